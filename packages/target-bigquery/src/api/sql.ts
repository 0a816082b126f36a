import { type Field, traitsOf } from '../columns/types.js';
import type { TableRef } from '../table-ref.js';

/** The type of a column as GoogleSQL names it: `INT64`, `ARRAY<STRING>`. */
export function sqlType({ type, mode }: Field): string {
  const { sql } = traitsOf(type);
  return mode === 'REPEATED' ? `ARRAY<${sql}>` : sql;
}

/** The name of a column, or of a field of a RECORD, as GoogleSQL writes it. */
export function quotedColumn(path: readonly string[]): string {
  return path.map((name) => `\`${name}\``).join('.');
}

/** The full name of a table as GoogleSQL writes it. */
export function quotedTable(project: string, { dataset, table }: TableRef): string {
  return `\`${project}.${dataset}.${table}\``;
}

/** A string literal ("Lexical structure and syntax" of GoogleSQL). */
export function literal(text: string): string {
  const escaped = text
    .replaceAll(/['\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must be escaped
    .replaceAll(/[\u0000-\u001f\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}

/** A path for GoogleSQL's JSON functions, as a literal. Names that are not identifiers are in double quotes. */
export function jsonPath(names: readonly string[]): string {
  const steps = names.map((name) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : quotedStep(name)));
  return literal(`$${steps.join('')}`);
}

function quotedStep(name: string): string {
  return `."${name.replaceAll(/["\\]/g, '\\$&')}"`;
}
