import type { FieldType } from './fields.js';
import type { Parameters } from './parameters.js';

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
  readonly type: FieldType;
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
