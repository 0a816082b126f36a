import { memberSlices } from '@tap-webhooks/singer';

/** A step into a row: the name of a field, or the index of an item. */
export type Step = string | number;

/**
 * Name under which a value stands in `_sdc_extra`: `name` for a field of the row, `buyer.name` for one of a RECORD,
 * `items[2].name` for one of an item, counted from 0. In a name itself `.`, `[` and `\` get a `\` in front, so that the path
 * can be read back.
 */
export function extraName(path: readonly Step[]): string {
  let name = '';
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`;
    else name += (name === '' ? '' : '.') + step.replace(/[.[\\]/g, '\\$&');
  }
  return name;
}

/** A value that no column holds, ready for a JSON column. */
export interface Stray {
  /** As JSON text. */
  readonly nameText: string;
  readonly text: string;
}

/**
 * JSON text of the object in `_sdc_extra`. Of two values with one name the last counts.
 * @param sent value of the row's own `_sdc_extra`, if any: its members come first. When it is no object, or has a name of
 * ours, it becomes a member of its own instead.
 */
export function extraText(strays: readonly Stray[], sent: string | undefined): string {
  if (strays.length === 0 && sent !== undefined) return sent;
  const members = new Map<string, string>();
  for (const { nameText, text } of strays) members.set(nameText, text);
  const inner = [...members].map(([nameText, text]) => `${nameText}:${text}`).join(',');
  if (sent === undefined) return `{${inner}}`;
  const own = sent.startsWith('{') ? memberSlices(sent) : [];
  const isMixable = own.length > 0 && !own.some(({ name }) => members.has(JSON.stringify(name)));
  if (!isMixable) return `{"_sdc_extra":${sent},${inner}}`;
  return `${sent.slice(0, sent.lastIndexOf('}')).trimEnd()},${inner}}`;
}
