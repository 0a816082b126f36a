import { type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';

const EMPTY: ReadonlySet<string> = new Set(['null', '[]', '{}']);
const NUMBER = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/**
 * Returns one spelling for a row that a tap sent or that a table of BigQuery holds, since columns keep values and not their
 * spelling. Members are sorted by name, and null or empty ones are left out. Decimals are plain, and times are in UTC. A number
 * that a double cannot hold equals its digits in a string, since JSON columns would round it.
 */
export function valuesOf(rowText: string): string {
  return spelled(rowText, parseJson(rowText));
}

function spelled(text: string, node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return objectText(text, node);
    case 'array':
      return `[${(node.items ?? []).map((item) => spelled(text, item)).join(',')}]`;
    case 'string':
      return stringText(stringValue(text, node));
    case 'number':
      return decimal(text.slice(node.start, node.end)) as string;
    default:
      return text.slice(node.start, node.end);
  }
}

function objectText(text: string, { members = [] }: JsonNode): string {
  const kept = members
    .map(({ name, value }) => [name, spelled(text, value)] as const)
    .filter(([, value]) => !EMPTY.has(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${kept.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

function stringText(value: string): string {
  const time = TIME.exec(value);
  if (time) {
    const [, seconds, fraction = '', zone] = time;
    const utc = new Date(`${seconds}${zone}`).toISOString().slice(0, 19);
    return JSON.stringify(`${utc}.${fraction.padEnd(3, '0').replace(/(\.\d{3}\d*?)0+$/, '$1')}Z`);
  }
  const digits = decimal(value);
  return digits !== undefined && digits !== decimal(String(Number(value))) ? digits : JSON.stringify(value);
}

/** Returns a number's digits without an exponent and without needless zeros; undefined for text that is not a number. */
function decimal(text: string): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const right = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const plain = `${left.replace(/^0+(?=\d)/, '')}.${right}`.replace(/\.?0*$/, '');
  return plain === '0' || plain === '' ? '0' : sign + plain;
}
