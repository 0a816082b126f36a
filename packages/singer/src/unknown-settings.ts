import { isObject, type JsonObject } from './messages.js';
import { nearest } from './nearest.js';

/** Settings that a program does not obey, by name: what to do instead, to end a sentence. They are refused when they ask for something. */
export type RefusedSettings = { readonly [setting: string]: string };

/** What is wrong with the top-level settings of a config that the schema does not have. */
export interface UnknownSettings {
  /** They stop the program: mistyped ones, and refused ones that ask for something. */
  readonly problems: readonly string[];
  /** They are ignored, with a warning. */
  readonly ignored: readonly string[];
}

/** @param known names of the settings that the schema has. */
export function unknownSettings(
  config: JsonObject,
  known: readonly string[],
  refused: RefusedSettings,
): UnknownSettings {
  const problems: string[] = [];
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (known.includes(name) || value === null) continue;
    const meant = mistypedSetting(name, known, refused);
    if (meant !== undefined) problems.push(`\`${name}\` is not a setting: did you mean ${meant}?`);
    else if (!Object.hasOwn(refused, name)) ignored.push(name);
    else if (asksForSomething(value)) problems.push(`\`${name}\` is not obeyed here: ${refused[name]}`);
  }
  return { problems, ignored };
}

/** Returns the setting that a name of no setting was most likely meant to be; undefined when none is near. */
export function mistypedSetting(
  name: string,
  known: readonly string[],
  refused: RefusedSettings,
): string | undefined {
  const names = [...known, ...Object.keys(refused)];
  return names.includes(name) ? undefined : nearest(name, names);
}

/** False for what turns a setting off, also as text from a variable: false, 0, nothing, an empty list or object. */
function asksForSomething(value: unknown): boolean {
  if (typeof value === 'string') return !/^\s*(false|no|off|0|null|none|\[\s*\]|\{\s*\})?\s*$/i.test(value);
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
