import { splitOrigin } from '@tap-webhooks/singer';
import { type Limits, limitsOf } from '../columns/kind.js';
import type { ColumnPlan, FieldPlan, FieldRole, RowPlan } from '../columns/planning.js';
import { type JsonForm, traitsOf } from '../columns/types.js';
import type { Cursor } from './cursor.js';

const COLON = 0x3a;

/**
 * The plan of a row, prepared for writing: names as JSON text, and room for what a writer remembers from object to object.
 * Each writer has its own.
 */
export interface ObjectLayout {
  /** By the name of the field as the tap writes it. */
  readonly members: ReadonlyMap<string, MemberLayout>;
  /** Columns that must not be null. */
  readonly required: readonly ColumnLayout[];
  /** The member that the last object began with: most likely the next one does too. */
  first: MemberLayout | undefined;
}

/** One field of an object. */
export interface MemberLayout {
  readonly name: string;
  /** The name as JSON text. */
  readonly nameText: string;
  /** Dotted, from the row on. */
  readonly path: string;
  /** The schema names it. */
  readonly isDeclared: boolean;
  /** A value goes to the first that holds it unaltered, else to `_sdc_extra`. */
  readonly columns: readonly ColumnLayout[];
  readonly role: FieldRole | undefined;
  /** The member that followed this one last time. */
  next: MemberLayout | undefined;
  /** Number of the object that this member was last seen in. */
  seenIn: number;
}

/** One column that a member may be written to. */
export interface ColumnLayout {
  readonly name: string;
  /** Name of the column as JSON text. */
  readonly nameText: string;
  readonly isRenamed: boolean;
  readonly isRepeated: boolean;
  readonly form: JsonForm;
  readonly limits: Limits | undefined;
  /** A split column for text also takes numbers that are beyond every type of number, by their digits. */
  readonly takesDigits: boolean;
  /** It takes no time that has to be cut: a key. */
  readonly isExact: boolean;
  /** Of a RECORD: its objects. */
  readonly object: ObjectLayout | undefined;
  /** Of an array whose items are wrapped (`1` becomes `{"value":1}`): the member `value`. */
  readonly wrapped: MemberLayout | undefined;
  /** Number of the object for which it was last written. */
  filledIn: number;
}

export function rowLayout({ fields, roles }: RowPlan): ObjectLayout {
  return objectLayout(fields, '', roles);
}

const NO_ROLES: ReadonlyMap<string, FieldRole> = new Map();

function objectLayout(fields: readonly FieldPlan[], within: string, roles = NO_ROLES): ObjectLayout {
  const members = new Map<string, MemberLayout>();
  const required: ColumnLayout[] = [];
  for (const field of fields) {
    const member = memberLayout(field, within + field.name, roles.get(field.name));
    members.set(field.name, member);
    required.push(...member.columns.filter((_, index) => field.columns[index]?.column.mode === 'REQUIRED'));
  }
  return { members, required, first: undefined };
}

/** @param path of the field; the items of a list have the path of the list. */
function memberLayout(field: FieldPlan, path: string, role?: FieldRole): MemberLayout {
  const { name, columns } = field;
  return {
    name,
    nameText: JSON.stringify(name),
    path,
    isDeclared: field.isDeclared,
    columns: columns.map((plan) => columnLayout(field, path, plan)),
    role,
    next: undefined,
    seenIn: 0,
  };
}

function columnLayout(
  { name: source, isKey }: FieldPlan,
  path: string,
  { column, fields, wrapped }: ColumnPlan,
): ColumnLayout {
  const { name, type, mode } = column;
  return {
    name,
    nameText: JSON.stringify(name),
    isRenamed: name !== source,
    isRepeated: mode === 'REPEATED',
    form: traitsOf(type).json,
    limits: limitsOf(column),
    takesDigits: type === 'STRING' && splitOrigin(name) !== undefined && name !== source,
    isExact: isKey,
    object: fields && objectLayout(fields, `${path}.`),
    wrapped: wrapped && memberLayout(wrapped, path),
    filledIn: 0,
  };
}

/**
 * Reads the names of members. They mostly come in the same order as in the object before, so the expected name is compared
 * with the text first; only another one is looked up.
 */
export class MemberNames {
  /** The position after the name that was read last. */
  end = 0;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /**
   * Passes a name, the colon and the space around it.
   * @param previous the member before it in the object.
   * @returns undefined for a field that the plan does not know.
   */
  read(object: ObjectLayout, previous: MemberLayout | undefined): MemberLayout | undefined {
    const cursor = this.#cursor;
    const { text, at: start } = cursor;
    const expected = previous ? previous.next : object.first;
    let member = expected;
    if (expected !== undefined && text.startsWith(expected.nameText, start)) {
      cursor.at = start + expected.nameText.length;
    } else {
      member = object.members.get(this.#decoded());
      if (previous) previous.next = member ?? previous.next;
      else object.first = member ?? object.first;
    }
    this.end = cursor.at;
    if (text.charCodeAt(cursor.at) !== COLON) cursor.space();
    cursor.at += 1;
    cursor.space();
    return member;
  }

  #decoded(): string {
    const cursor = this.#cursor;
    const { out, copied } = cursor;
    const name = cursor.string();
    cursor.out = out;
    cursor.copied = copied;
    return name;
  }
}
