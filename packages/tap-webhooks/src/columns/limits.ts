/**
 * Limits that keep a sender which makes up names from growing a table without end. BigQuery allows 10,000 columns per table,
 * nested and deleted ones included. Columns of a given schema and key properties are added regardless of the limits.
 */

/** Columns of one object, split columns included, `_sdc_extra` not. */
export const MAX_PROPERTIES_PER_OBJECT = 1000;

/** Columns of a stream at all levels. Each object counts as one more, for the `_sdc_extra` that it may get. */
export const MAX_PROPERTIES_PER_STREAM = 8000;
