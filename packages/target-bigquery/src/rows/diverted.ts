import type { JsonForm } from '../columns/types.js';
import type { MemberLayout } from './layout.js';

/** Values of one field that its column did not hold, in rows that were written together. */
export interface Diverted {
  /** Dotted path of the field. */
  readonly field: string;
  /** Name of the field's column; undefined when the table had no room for one. */
  readonly column: string | undefined;
  /** Name of the column that the first of the values is in. */
  readonly into: string;
  /** What the first of the values is: `text of 29 characters that is no time`. It never quotes the value. */
  readonly form: string;
  readonly count: number;
}

/** Counts of one field. */
interface Count {
  readonly member: MemberLayout;
  readonly into: string;
  readonly form: string;
  count: number;
}

/**
 * Counts the values that the column of their field does not hold, and that are elsewhere in the row. Only fields that the schema
 * names are counted. A row that has none of them costs nothing.
 */
export class DivertedValues {
  readonly #counts = new Map<MemberLayout, Count>();
  /** Of the last row: one entry per value. */
  readonly #row: Count[] = [];

  /** Begins a row: the one before it stays counted. */
  begin(): void {
    if (this.#row.length > 0) this.#row.length = 0;
  }

  /** Number of values of the row so far. */
  get length(): number {
    return this.#row.length;
  }

  /** Forgets all but the first values of the row. */
  cut(length: number): void {
    while (this.#row.length > length) this.#uncount(this.#row.pop() as Count);
  }

  /** Counts a value. @param into name of the column that it is in. @param raw the value as JSON text. */
  add(member: MemberLayout, into: string, raw: string): void {
    if (!member.isDeclared) return;
    let count = this.#counts.get(member);
    if (count === undefined) {
      count = { member, into, form: formOf(raw, member), count: 0 };
      this.#counts.set(member, count);
    }
    count.count += 1;
    this.#row.push(count);
  }

  /** Returns what was counted since the last call, and begins anew. */
  take(): readonly Diverted[] {
    if (this.#counts.size === 0) return [];
    const all = [...this.#counts.values()].map(({ member, into, form, count }) => ({
      field: member.path,
      column: member.columns[0]?.name,
      into,
      form,
      count,
    }));
    this.#counts.clear();
    this.#row.length = 0;
    return all;
  }

  #uncount(count: Count): void {
    count.count -= 1;
    if (count.count === 0) this.#counts.delete(count.member);
  }
}

const TIMES: ReadonlySet<JsonForm> = new Set(['timestamp', 'date', 'datetime', 'time']);

/** What a value is, in words that do not quote it. */
function formOf(raw: string, { columns: [column] }: MemberLayout): string {
  switch (raw.charAt(0)) {
    case '"':
      return textForm(JSON.parse(raw) as string, column?.form);
    case '{':
      return 'an object';
    case '[':
      return 'a list';
    case 't':
    case 'f':
      return 'a boolean';
    default:
      return numberForm(raw);
  }
}

function textForm(text: string, form: JsonForm | undefined): string {
  const said = `text of ${text.length} characters`;
  if (form === undefined || !TIMES.has(form)) return said;
  const digits = /[.,](\d{7,})/.exec(text)?.[1]?.length;
  if (digits !== undefined) return `${said} with ${digits} digits of a second`;
  return `${said} that is no ${form === 'date' ? 'date' : 'time'}`;
}

function numberForm(raw: string): string {
  const digits = raw.replace(/[eE].*$/, '').replaceAll(/\D/g, '').length;
  return `${/[.eE]/.test(raw) ? 'a decimal' : 'an integer'} of ${digits} digits`;
}
