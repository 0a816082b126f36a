import type { TableRef } from '../api/service.js';
import { type Field, traitsOf } from '../columns/types.js';

export interface FlatColumn {
  /** Dotted. */
  readonly path: string;
  readonly field: Field;
}

/** Columns, and the fields of RECORDs behind theirs. */
export function flatColumns(fields: readonly Field[], prefix = ''): FlatColumn[] {
  return fields.flatMap((field) => {
    const path = prefix + field.name;
    return [{ path, field }, ...flatColumns(field.fields ?? [], `${path}.`)];
  });
}

/** As GoogleSQL calls it: `INT64`, `ARRAY<STRING>`. */
export function sqlType({ type, mode }: Field): string {
  const { sql } = traitsOf(type);
  return mode === 'REPEATED' ? `ARRAY<${sql}>` : sql;
}

/** A column, or a field of a RECORD, as GoogleSQL writes it. */
export function columnName(path: readonly string[]): string {
  return path.map((name) => `\`${name}\``).join('.');
}

export function tableName(project: string, { dataset, table }: TableRef): string {
  return `\`${project}.${dataset}.${table}\``;
}

/** A string literal ("Lexical structure and syntax" of GoogleSQL). */
export function literal(text: string): string {
  const escaped = text
    .replaceAll(/['\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped
    .replaceAll(/[\u0000-\u001f\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}

/** JSONPath of GoogleSQL's JSON functions, as a literal: names that are no identifiers stand in double quotes. */
export function jsonPath(names: readonly string[]): string {
  const steps = names.map((name) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : quotedStep(name)));
  return literal(`$${steps.join('')}`);
}

function quotedStep(name: string): string {
  return `."${name.replaceAll(/["\\]/g, '\\$&')}"`;
}
