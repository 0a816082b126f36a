/** A stream as tap-webhooks prints it: 64-bit integers, nested values, a schema that widens half-way, a field that changes its type. */

const INBOX = 'c1a8d797-dd6f-42f4-8117-87a13fc41de0';
const STREAM = 'shop-data';

const FIRST_MS = 1_780_000_000_000;
const nullable = (type: string) => ({ type: ['null', type] });

const SYSTEM = {
  _sdc_received_at: { type: 'string', format: 'date-time' },
  _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
  _sdc_sequence: { type: 'integer' },
  _sdc_table_version: { type: 'integer' },
  _sdc_inbox: { type: 'string' },
  _sdc_position: { type: 'integer' },
};

const FIRST_COLUMNS = {
  order_id: nullable('integer'),
  customer: { type: ['null', 'object'], properties: { id: nullable('integer'), name: nullable('string') } },
  tags: { type: ['null', 'array'], items: nullable('string') },
  total: nullable('integer'),
};

/** Columns of the second schema: `total` becomes a number; `note` and its split column are new. */
const SECOND_COLUMNS = {
  ...FIRST_COLUMNS,
  total: nullable('number'),
  note: nullable('string'),
  note__it: nullable('integer'),
  customer: {
    type: ['null', 'object'],
    properties: { ...FIRST_COLUMNS.customer.properties, since: { type: ['null', 'string'], format: 'date' } },
  },
};

function schemaLine(columns: object): string {
  return JSON.stringify({
    type: 'SCHEMA',
    stream: STREAM,
    schema: {
      type: 'object',
      properties: { ...columns, ...SYSTEM },
      'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
      'x-sdc-splits': { note__it: 'note' },
      'x-sdc-sequence-unit': 'ms',
    },
    key_properties: ['order_id'],
  });
}

/** Returns the last position under the first schema. */
const halfOf = (total: number) => Math.floor(total / 2);

/** Returns the text of the payload's members at a position. */
function payload(position: number, total: number): string {
  const id = `"order_id":${9_007_199_254_740_993n + BigInt(position % 1000)}`;
  const tags = position % 3 === 0 ? '[]' : '["a","b"]';
  const name = `"name":"Zoë ${position}"`;
  const big = `"id":${-9_223_372_036_854_775_808n + BigInt(position)}`;
  if (position <= halfOf(total))
    return `${id},"customer":{${big},${name}},"tags":${tags},"total":${position}`;
  const note = position % 2 === 0 ? '"note":"even"' : `"note__it":${position}`;
  const customer = `"customer":{${big},${name},"since":"2026-01-31"}`;
  return `${id},${customer},"tags":${tags},"total":${position}.25,${note}`;
}

function recordLine(position: number, total: number): string {
  const ms = FIRST_MS + position;
  const at = new Date(ms).toISOString();
  const system = `"_sdc_received_at":"${at}","_sdc_sequence":${ms},"_sdc_table_version":0,"_sdc_inbox":"${INBOX}","_sdc_position":${position}`;
  return `{"type":"RECORD","stream":"${STREAM}","record":{${payload(position, total)},${system}},"time_extracted":"${at}"}`;
}

function stateLine(position: number): string {
  const bookmark = { position, inbox: INBOX, check: '0000000000000000' };
  return JSON.stringify({ type: 'STATE', value: { bookmarks: { [STREAM]: bookmark } } });
}

/** Returns the lines after a position, with a STATE after every `stateEvery` records and at the end. */
export function* linesAfter(position: number, total: number, stateEvery = 100): Generator<string> {
  const half = halfOf(total);
  yield schemaLine(position < half ? FIRST_COLUMNS : SECOND_COLUMNS);
  for (let next = position + 1; next <= total; next += 1) {
    if (next === half + 1 && position < half) yield schemaLine(SECOND_COLUMNS);
    yield recordLine(next, total);
    if (next % stateEvery === 0 || next === total) yield stateLine(next);
  }
}

/** Returns the position in a state line that a target printed. */
export function positionOf(state: string): number {
  return JSON.parse(state).bookmarks[STREAM].position;
}

/** Returns the row at a position as a query would show it: integers and decimals as text, no null or empty columns. */
export function expectedRow(position: number, total: number): Record<string, unknown> {
  const isFirst = position <= halfOf(total);
  const customer = {
    id: String(-9_223_372_036_854_775_808n + BigInt(position)),
    name: `Zoë ${position}`,
    ...(isFirst ? {} : { since: '2026-01-31' }),
  };
  return {
    order_id: String(9_007_199_254_740_993n + BigInt(position % 1000)),
    customer,
    ...(position % 3 === 0 ? {} : { tags: ['a', 'b'] }),
    total: isFirst ? String(position) : `${position}.25`,
    ...(isFirst ? {} : position % 2 === 0 ? { note: 'even' } : { note__it: String(position) }),
    _sdc_sequence: String(FIRST_MS + position),
    _sdc_table_version: '0',
    _sdc_inbox: INBOX,
    _sdc_position: String(position),
  };
}
