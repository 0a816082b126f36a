import type { ColumnBudget } from './budget.js';
import { type Field, typeOf } from './fields.js';
import { splitBase } from './names.js';
import { parametersOf } from './parameters.js';
import type { Level, Route, Slot } from './routes.js';

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
    type: typeOf(field),
    parameters: parametersOf(field),
    takesDigits: typeOf(field) === 'STRING' && splitBase(field.name) !== undefined && field.name !== source,
    level,
    wrapped,
    filledIn: 0,
  };
}
