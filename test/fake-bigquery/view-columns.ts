import { type FakeField, findField } from './schema.js';

const QUOTED = /`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;

/**
 * Returns the columns of a view, which the service finds in its query ("Creating views"). This server understands one SELECT
 * of a table. A plain column has the table's type, and any other expression counts as STRING.
 */
export function viewColumns(query: string, source: readonly FakeField[]): FakeField[] {
  const plain = query.replace(QUOTED, (text) => '~'.repeat(text.length)); // same length, so that places stay the same
  const start = /^\s*SELECT\b/i.exec(plain)?.[0].length ?? 0;
  const end = plain.search(/\bFROM\b/i);
  return splitAtCommas(plain, start, end < 0 ? plain.length : end).flatMap(([from, to]) =>
    columnsOf(query.slice(from, to).trim(), source),
  );
}

function columnsOf(expression: string, source: readonly FakeField[]): FakeField[] {
  if (expression === '*')
    return source.map(({ description: _, ...field }) => ({ ...field, mode: shownMode(field) }));
  const alias = /\sAS\s+`?([^`\s]+)`?$/i.exec(expression)?.[1];
  const column = /^(?:[\w]+\.)?`?([^`.()]+)`?$/.exec(expression.replace(/\sAS\s.*$/i, ''))?.[1];
  const field = column === undefined ? undefined : findField(source, column);
  const name = alias ?? column ?? 'f0_';
  if (field === undefined) return [{ name, type: 'STRING', mode: 'NULLABLE' }];
  const { description: _, ...rest } = field;
  return [{ ...rest, name, mode: shownMode(field) }];
}

function shownMode({ mode }: FakeField): FakeField['mode'] {
  return mode === 'REPEATED' ? mode : 'NULLABLE';
}

function splitAtCommas(text: string, start: number, end: number): Array<[number, number]> {
  const parts: Array<[number, number]> = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < end; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    else if (text[at] === ',' && depth === 0) {
      parts.push([from, at]);
      from = at + 1;
    }
  }
  return [...parts, [from, end]];
}
