import { recordLine, schemaLine, stateLine, type TapStream } from './load.js';

export const SHOP: TapStream = {
  stream: 'shop-data',
  inbox: 'inbox-1',
  keys: ['id'],
  columns: {
    id: { type: 'integer' },
    name: { type: ['null', 'string'] },
    price: { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 1e12 },
    paid: { type: 'boolean' },
    at: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    tags: { type: 'array', items: { type: 'string' } },
    sizes: { type: 'array', items: { type: 'integer' } },
    customer: {
      type: 'object',
      properties: {
        ref: { type: 'integer' },
        address: { type: 'object', properties: { zip: { type: 'string' }, floor: { type: 'integer' } } },
      },
    },
    lines: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          sku: { type: 'string' },
          count: { type: 'integer' },
          notes: { type: 'array', items: { type: 'string' } },
        },
      },
    },
    extra: {},
  },
};

/** Members of two rows. */
const ROWS = [
  '"id":9223372036854775807,"name":"Ä \\"quoted\\" \\\\ 漢字 \\ud83d\\ude00\\n","price":1234567890.25,"paid":true,' +
    '"at":"2026-02-03T04:05:06.789012+01:00","day":"2024-02-29","tags":["a","","ü"],"sizes":[-9223372036854775808,0],' +
    '"customer":{"ref":-9007199254740993,"address":{"zip":"0123","floor":-1}},' +
    '"lines":[{"sku":"x","count":9007199254740993,"notes":["n","m"]},{"sku":"y","count":0,"notes":[]}],' +
    '"extra":{"deep":[1,{"b":null},"c"],"yes":true}',
  '"id":1,"name":null',
];

/** What {@link QUERY} finds of them. */
export const SENT = [
  {
    id: '9223372036854775807',
    name: 'Ä "quoted" \\ 漢字 😀\n',
    price: 'true',
    paid: 'true',
    at: '2026-02-03 03:05:06.789012',
    day: '2024-02-29',
    tags: ['a', '', 'ü'],
    sizes: ['-9223372036854775808', '0'],
    customer: { ref: '-9007199254740993', address: { zip: '0123', floor: '-1' } },
    lines: [
      { sku: 'x', count: '9007199254740993', notes: ['n', 'm'] },
      { sku: 'y', count: '0', notes: [] },
    ],
    extra: '{"deep":[1,{"b":null},"c"],"yes":true}',
    received: '2026-01-31 23:59:00.010000',
    sequence: '1769903940010',
    inbox: 'inbox-1',
    position: '1',
  },
  {
    id: '1',
    name: null,
    price: null,
    paid: null,
    at: null,
    day: null,
    tags: [],
    sizes: [],
    customer: null,
    lines: [],
    extra: null,
    received: '2026-01-31 23:59:00.020000',
    sequence: '1769903940020',
    inbox: 'inbox-1',
    position: '2',
  },
];

// FORMAT_TIMESTAMP: no two services spell a TIMESTAMP alike
const TIME = "'%Y-%m-%d %H:%M:%E6S'";

export const QUERY = `
  SELECT id, name, price = NUMERIC '1234567890.25' AS price, paid, FORMAT_TIMESTAMP(${TIME}, at, 'UTC') AS at,
    CAST(day AS STRING) AS day, tags, sizes, customer, \`lines\`, TO_JSON_STRING(extra) AS extra,
    FORMAT_TIMESTAMP(${TIME}, _sdc_received_at, 'UTC') AS received, _sdc_sequence AS sequence,
    _sdc_inbox AS inbox, _sdc_position AS position
  FROM shop.data ORDER BY _sdc_position`;

/** What a tap prints of a stream with those rows. */
export function shopLines(stream: TapStream): string[] {
  const records = ROWS.map((row, index) => recordLine(stream, index + 1, row));
  return [schemaLine(stream), ...records, stateLine(stream, ROWS.length)];
}
