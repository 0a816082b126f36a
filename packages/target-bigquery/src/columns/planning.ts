import { splitOrigin } from '@tap-webhooks/singer';
import {
  type ColumnType,
  type Field,
  type JsonForm,
  type Parameters,
  parametersOf,
  traitsOf,
} from './types.js';

/** Columns that a table may have, fields of RECORDs included ("Quotas and limits", tables). */
export const MAX_COLUMNS = 10_000;

/** Columns that a table may still get. */
export class ColumnBudget {
  #left: number;
  #reserved: number;

  /** @param reserved how many of those left are kept for columns that a table cannot do without. */
  constructor(left: number, reserved: number) {
    this.#left = left;
    this.#reserved = reserved;
  }

  /** @returns false when there is no room for one more. */
  take(isReserved: boolean): boolean {
    if (this.#left <= (isReserved ? 0 : this.#reserved)) return false;
    if (isReserved) this.#reserved -= 1;
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}

/** How the fields of one object reach columns: of a row, or of a RECORD. */
export interface Level {
  /** By the name of the field as the tap writes it. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Columns that must not be null. */
  readonly required: readonly Slot[];
  /** Field that the last object began with: the next one most likely does too. */
  first: Route | undefined;
}

/** One field of an object, and the columns that its values may go to. */
export interface Route {
  readonly name: string;
  /** The name as JSON text. */
  readonly nameText: string;
  /** In this order; a value goes to the first that holds it unaltered. None: values go to `_sdc_extra`. */
  readonly slots: readonly Slot[];
  /**
   * `extra`: the row's own `_sdc_extra`, written behind all others; `copied`: it stands in the payload too; `sequence`: it is
   * loaded in Stitch's finer unit.
   */
  role: 'extra' | 'copied' | 'sequence' | undefined;
  /** Field that came behind this one last time. */
  next: Route | undefined;
  /** Number of the object that this field was last seen in. */
  seenIn: number;
}

/** One column that a field's values may go to. */
export interface Slot {
  /** Name of the column as JSON text. */
  readonly nameText: string;
  readonly isRenamed: boolean;
  readonly isRequired: boolean;
  readonly isRepeated: boolean;
  readonly type: ColumnType;
  readonly form: JsonForm;
  readonly parameters: Parameters | undefined;
  /** A further column for text also takes numbers that are beyond every type of number, by their digits. */
  readonly takesDigits: boolean;
  /** Of a RECORD. Of Stitch's arrays: of its items, whose only field is `value`. */
  readonly level: Level | undefined;
  /** Items of an array are wrapped: `1` becomes `{"value":1}`. */
  readonly wrapped: Route | undefined;
  /** Number of the object for which it was last written. */
  filledIn: number;
}

export function newLevel(routes: readonly Route[]): Level {
  const required = routes.flatMap((route) => route.slots.filter((slot) => slot.isRequired));
  return { routes: new Map(routes.map((route) => [route.name, route])), required, first: undefined };
}

export function newRoute(name: string, slots: readonly Slot[]): Route {
  return { name, nameText: JSON.stringify(name), slots, role: undefined, next: undefined, seenIn: 0 };
}

/** What planning collects over all levels, and the settings it goes by. */
export interface Planning {
  readonly wrapping: boolean;
  readonly budget: ColumnBudget;
  /** Of the row's own level: a name that no new column may have. */
  readonly tableName: string;
  /** Fields of the row's own level that there must be room for. */
  readonly reserved: ReadonlySet<string>;
  readonly added: string[];
  /** Columns that exist and get their field's name into the description. */
  readonly marked: string[];
  /** Dotted paths of fields that make rows versions of one thing: no value of theirs may end up in `_sdc_extra`. */
  readonly keys: ReadonlySet<string>;
  readonly widened: Array<{ readonly column: string; readonly to: 'BIGNUMERIC' }>;
  readonly problems: string[];
  /** Dotted path of each column with the dotted path of its field. */
  readonly sources: Map<string, string>;
}

/** Where a level is. */
export interface Place {
  /** RECORDs that it stands in. */
  readonly depth: number;
  /** Dotted paths of the RECORD and of its field, each with a dot behind it; empty at the row's own level. */
  readonly columns: string;
  readonly sources: string;
  /** The RECORD is new itself. */
  readonly isNew: boolean;
}

export const TOP: Place = { depth: 0, columns: '', sources: '', isNew: false };

/** Inside a RECORD. */
export function within(place: Place, column: string, source: string, isNew: boolean): Place {
  return {
    depth: place.depth + 1,
    columns: `${place.columns}${column}.`,
    sources: `${place.sources}${source}.`,
    isNew: place.isNew || isNew,
  };
}

/** A column with how values reach it. */
export interface Planned {
  field: Field;
  readonly level: Level | undefined;
  readonly wrapped: Route | undefined;
}

export function slotOf(source: string, { field, level, wrapped }: Planned): Slot {
  return {
    nameText: JSON.stringify(field.name),
    isRenamed: field.name !== source,
    isRequired: field.mode === 'REQUIRED',
    isRepeated: field.mode === 'REPEATED',
    type: field.type,
    form: traitsOf(field.type).json,
    parameters: parametersOf(field),
    takesDigits: field.type === 'STRING' && splitOrigin(field.name) !== undefined && field.name !== source,
    level,
    wrapped,
    filledIn: 0,
  };
}
