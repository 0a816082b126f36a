/**
 * Caps, so that a sender that makes up names cannot grow a table without end (BigQuery takes 10,000 columns, leaves and
 * deleted ones included). Columns of a given schema and key properties have their place whatever the caps.
 */

/** Columns of one object, split columns included, `_sdc_extra` not. */
export const MAX_PROPERTIES_PER_OBJECT = 1000;

/** Columns of a stream at all levels; each object counts once more, for the `_sdc_extra` that it may get. */
export const MAX_PROPERTIES_PER_STREAM = 8000;
