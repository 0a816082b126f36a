import { isObject } from './messages.js';

const SCHEMA = (value: unknown) => isObject(value) || typeof value === 'boolean';
const LIST = (value: unknown) => Array.isArray(value) && value.length > 0;
const NUMBER = (value: unknown) => typeof value === 'number';
const COUNT = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const TEXT = (value: unknown) => typeof value === 'string';
const BOOLEAN = (value: unknown) => typeof value === 'boolean';
/** Before draft 6 the exclusive limits were switches of the inclusive ones. */
const LIMIT_OR_SWITCH = (value: unknown) => NUMBER(value) || BOOLEAN(value);

/** What some draft of JSON Schema, from 4 on, allows as the value of a keyword. Draft 3 had `"required": true`. */
const ALLOWED: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['type', (value: unknown) => !Array.isArray(value) || value.length > 0],
  ['enum', LIST],
  ['multipleOf', (value: unknown) => NUMBER(value) && (value as number) > 0],
  ['minimum', NUMBER],
  ['maximum', NUMBER],
  ['exclusiveMinimum', LIMIT_OR_SWITCH],
  ['exclusiveMaximum', LIMIT_OR_SWITCH],
  ['minLength', COUNT],
  ['maxLength', COUNT],
  ['minItems', COUNT],
  ['maxItems', COUNT],
  ['minProperties', COUNT],
  ['maxProperties', COUNT],
  ['pattern', TEXT],
  ['uniqueItems', BOOLEAN],
  ['required', (value: unknown) => BOOLEAN(value) || (Array.isArray(value) && value.every(TEXT))],
  ['$ref', TEXT],
  ['allOf', LIST],
  ['anyOf', LIST],
  ['oneOf', LIST],
  ['not', SCHEMA],
  ['if', SCHEMA],
  ['then', SCHEMA],
  ['else', SCHEMA],
  ['items', (value: unknown) => SCHEMA(value) || Array.isArray(value)],
  ['prefixItems', LIST],
  ['additionalItems', SCHEMA],
  ['contains', SCHEMA],
  ['propertyNames', SCHEMA],
  ['additionalProperties', SCHEMA],
  ['properties', isObject],
  ['patternProperties', isObject],
  ['dependencies', isObject],
  ['definitions', isObject],
  ['$defs', isObject],
]);

/**
 * False when no draft of JSON Schema allows the value of a keyword: a count below 0, a limit that is no number, an empty `enum`. True
 * for keywords that are not known. An unknown `type` is a matter of its own.
 */
export function isAllowed(keyword: string, value: unknown): boolean {
  return ALLOWED.get(keyword)?.(value) ?? true;
}
