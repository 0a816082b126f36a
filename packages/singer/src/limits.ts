/**
 * The limits that tap and target share. What the tap prints never exceeds them: it checks every event when it arrives, so that
 * nothing it has accepted can stop a pipe later. A target must take all of it, and should take more. `README.md` of this
 * package describes them for people who write other targets.
 */
export const LIMIT = {
  /**
   * Levels of objects and arrays in an event, the event itself included. Readers recurse, and 100 is far from the end of any
   * stack. A record can have one level more: the object in `_sdc_extra`.
   */
  eventLevels: 100,
  /**
   * Values of an event at all levels: objects, arrays, texts, numbers and so on. Who reads an event as a tree needs up to 250
   * bytes of memory per value.
   */
  eventValues: 1_000_000,
  /** Levels in the JSON Schema of a SCHEMA: two per object level of an event, and those of the last column. */
  schemaLevels: 202,
  /**
   * Columns of one object, split columns included, `_sdc_extra` not. It keeps a sender that makes up names from growing a
   * table without end.
   */
  columnsPerObject: 1_000,
  /**
   * Columns of a stream at all levels. Each object counts as one more, for the `_sdc_extra` that it may get. BigQuery allows
   * 10,000 per table, system columns, nested and deleted ones included.
   */
  columnsPerStream: 8_000,
  /** Bytes of a column's name as the sender wrote it, in UTF-8 without escapes. Warehouses take 63 to 300 characters. */
  nameBytes: 1_024,
  /**
   * Bytes of a SCHEMA line without its line end. 8,000 columns with names of 100 bytes need about 1 MB; a SCHEMA is printed
   * again whenever it grows.
   */
  schemaLineBytes: 4 * 1024 * 1024,
  /**
   * Bytes of any line without its line end, as it is printed: with system columns, renamed members and `_sdc_extra`. Meltano
   * ends a run at a line of half its `elt.buffer_size`, which is 100 MiB by default.
   */
  lineBytes: 48 * 1024 * 1024,
} as const;
