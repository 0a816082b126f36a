import { JsonError, type JsonNode, parseJson } from '@tap-webhooks/singer';
import type { FakeField } from './schema.js';
import { readScalar } from './values/scalar.js';
import { BadValue, newRow, type StoredRow, type Value } from './values/value.js';

/** Deepest nesting that is read: deeper than any row that may be loaded. */
const MAX_DEPTH = 1000;

interface Columns {
  readonly byName: ReadonlyMap<string, { readonly field: FakeField; readonly nested: Columns | undefined }>;
  readonly required: readonly string[];
}

/** Reads lines of newline-delimited JSON by a schema. Names match in any case ("Specifying a schema"). */
export class RowReader {
  readonly #columns: Columns;
  readonly #ignoreUnknown: boolean;

  constructor(fields: readonly FakeField[], ignoreUnknown: boolean) {
    this.#columns = columnsOf(fields);
    this.#ignoreUnknown = ignoreUnknown;
  }

  /** Reads a row. @throws BadValue that says what is wrong with it. */
  read(text: string): StoredRow {
    let node: JsonNode;
    try {
      node = parseJson(text, { maxDepth: MAX_DEPTH });
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      throw new BadValue(`Parser terminated before end of string: ${error.message}`);
    }
    if (node.kind !== 'object') throw new BadValue('Start of object expected.');
    return this.#record(text, node, this.#columns, '');
  }

  #record(text: string, node: JsonNode, columns: Columns, path: string): StoredRow {
    const row = newRow();
    for (const { name, value } of node.members ?? []) {
      const column = columns.byName.get(name.toLowerCase());
      if (column === undefined) {
        if (this.#ignoreUnknown) continue;
        throw new BadValue(`No such field: ${path}${name}.`);
      }
      const { field, nested } = column;
      if (value.kind === 'null') continue;
      const read = this.#field(text, value, field, nested, path + field.name);
      row[field.name] = read;
    }
    for (const name of columns.required)
      if (row[name] === undefined) throw new BadValue(`Missing required field: ${path}${name}.`);
    return row;
  }

  #field(text: string, node: JsonNode, field: FakeField, nested: Columns | undefined, path: string): Value {
    if (field.mode !== 'REPEATED') return this.#one(text, node, field, nested, path);
    if (node.kind !== 'array')
      throw new BadValue(`Repeated field must be imported as a JSON array. Field: ${path}.`);
    return (node.items ?? []).map((item) => {
      // "Specify nested and repeated columns": an array holds no NULL
      if (item.kind === 'null')
        throw new BadValue(`Only optional fields can be set to NULL. Field: ${path}; Value: NULL`);
      return this.#one(text, item, field, nested, path);
    });
  }

  #one(text: string, node: JsonNode, field: FakeField, nested: Columns | undefined, path: string): Value {
    if (nested !== undefined) {
      if (node.kind === 'object') return this.#record(text, node, nested, `${path}.`);
      throw new BadValue(`This field: ${path} is not a record.`);
    }
    try {
      return checkParameters(readScalar(text, node, field.type), field);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw new BadValue(
        `${error.message} Field: ${path}; Value: ${text.slice(node.start, node.end).slice(0, 100)}`,
      );
    }
  }
}

function columnsOf(fields: readonly FakeField[]): Columns {
  return {
    byName: new Map(
      fields.map((field) => [
        field.name.toLowerCase(),
        { field, nested: field.type === 'RECORD' ? columnsOf(field.fields ?? []) : undefined },
      ]),
    ),
    required: fields.filter(({ mode }) => mode === 'REQUIRED').map(({ name }) => name),
  };
}

/** Checks maxLength: characters of a STRING, bytes of a BYTES ("TableFieldSchema"). */
function checkParameters(value: Value, { maxLength, type }: FakeField): Value {
  if (maxLength === undefined || typeof value !== 'string') return value;
  const length = type === 'BYTES' ? Buffer.from(value, 'base64').length : [...value].length;
  if (length > Number(maxLength))
    throw new BadValue(`Value has length ${length} which exceeds the maximum length.`);
  return value;
}
