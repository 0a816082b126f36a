import { type JsonNode, parseJson, stringValue } from '@tap-webhooks/singer';

/**
 * Returns one spelling for each JSON value: no white space, members sorted by name, escapes decoded. Numbers stay as they were
 * written, since they must not change on the way.
 */
export function canonicalText(text: string): string {
  return canonical(text, parseJson(text, { maxDepth: 1000 })); // a row can be deeper than an event
}

function canonical(text: string, node: JsonNode): string {
  if (node.kind === 'array') return `[${(node.items ?? []).map((item) => canonical(text, item)).join(',')}]`;
  if (node.kind === 'string') return JSON.stringify(stringValue(text, node));
  if (node.kind !== 'object') return text.slice(node.start, node.end);
  const members = [...(node.members ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${canonical(text, value)}`).join(',')}}`;
}

/** Replaces values that differ each time. */
const SHAPES: { readonly [placeholder: string]: string } = {
  '"<time>"': '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"',
  '"<ms>"': '\\d{13}',
  '"<text>"': '"(?:[^"\\\\]|\\\\.)*"',
};

/** Returns the expected text when the row matches it, else the row, so that a difference shows what was found. */
export function fits(row: string, wanted = ''): string {
  const pattern = wanted
    .split(/("<(?:time|ms|text)>")/)
    .map((part) => SHAPES[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${pattern}$`, 's').test(row) ? wanted : row;
}
