import type { JsonObject } from './messages.js';
import {
  type ArrayRules,
  type Combined,
  type Limit,
  type MoreRules,
  NOTHING,
  type ObjectRules,
  type Problem,
  type Range,
  type Reference,
  type Rules,
  TYPE,
} from './plain-schema.js';

/** So many references are followed in about a second. No event of our tap has a third as many values. */
const MOST_STEPS = 3_000_000;

/** References that were followed in the check that runs: without them, the schema bounds the cost of a value. */
let steps = 0;

/**
 * Returns the first problem that is met, as a sentence that names the member and the rule, never the value; undefined when the
 * value fits. The cost depends on the value, not on how many properties the rules have. Only required properties cost
 * something when they are absent.
 * @throws RangeError when the stack ends, or the check takes too long: alternatives that refer to themselves can take a time that
 *   doubles with each level of the value.
 */
export function problemOf(rules: Rules, value: unknown): string | undefined {
  steps = 0;
  const problem = check(rules, value);
  return problem && `${problem.path || 'the record'} ${problem.message}`;
}

function check(rules: Rules, value: unknown): Problem | undefined {
  const type = typeOf(value);
  if ((rules.types & type) === 0) return { path: '', message: typeMessage(rules) };
  return rules.more && checkMore(rules.more, type, value);
}

/** The bits of `TYPE` for a value. As an integer counts every number without a fraction, and one beyond all doubles. */
function typeOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return TYPE.string;
    case 'number':
      return Number.isInteger(value) || !Number.isFinite(value) ? TYPE.integer | TYPE.number : TYPE.number;
    case 'boolean':
      return TYPE.boolean;
    default:
      return value === null ? TYPE.null : Array.isArray(value) ? TYPE.array : TYPE.object;
  }
}

function checkMore(rules: MoreRules, type: number, value: unknown): Problem | undefined {
  const { judge, reference, combined, array, object } = rules;
  if (judge) return judge(value);
  const broken =
    checkScalar(rules, type, value) ??
    (reference && checkReference(reference, value)) ??
    (combined && checkCombined(combined, value));
  if (broken) return broken;
  if (array && type === TYPE.array) return checkArray(array, value as unknown[]);
  return object && type === TYPE.object ? checkObject(object, value as JsonObject) : undefined;
}

function checkScalar(rules: MoreRules, type: number, value: unknown): Problem | undefined {
  const { limits, length, pattern, constant, values } = rules;
  if (limits && type & TYPE.number) {
    const limit = limits.find((one) => !isWithin(value as number, one));
    if (limit) return { path: '', message: `must be ${limit.comparison} ${limit.bound}` };
  }
  if (length && type === TYPE.string) {
    const broken = countProblem(lengthOf(value as string, length), length, 'characters');
    if (broken) return broken;
  }
  if (pattern && type === TYPE.string && !pattern.test(value as string))
    return { path: '', message: `must match pattern "${pattern}"` };
  if (constant && constant.value !== value) return { path: '', message: 'must be equal to constant' };
  return values && !values.has(value)
    ? { path: '', message: 'must be equal to one of the allowed values' }
    : undefined;
}

function checkReference({ rules }: Reference, value: unknown): Problem | undefined {
  if (++steps > MOST_STEPS) throw new RangeError('the check takes too long');
  return check(rules, value);
}

function typeMessage(rules: Rules): string {
  return rules === NOTHING ? 'boolean schema is false' : `must be ${rules.typeNames}`;
}

function isWithin(value: number, { comparison, bound }: Limit): boolean {
  switch (comparison) {
    case '<=':
      return value <= bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '>':
      return value > bound;
  }
}

/** The number of characters (code points) when that matters, else the number of UTF-16 code units, which is never less. */
function lengthOf(text: string, { most, least }: Range): number {
  if (text.length <= most && text.length >= 2 * least) return text.length;
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function countProblem(count: number, { most, least }: Range, of: string): Problem | undefined {
  if (count > most) return { path: '', message: `must NOT have more than ${most} ${of}` };
  return count < least ? { path: '', message: `must NOT have fewer than ${least} ${of}` } : undefined;
}

function checkCombined({ anyOf, oneOf, allOf }: Combined, value: unknown): Problem | undefined {
  if (anyOf?.every((rules) => check(rules, value))) {
    return { path: '', message: 'must match a schema in anyOf' };
  }
  if (oneOf && oneOf.filter((rules) => !check(rules, value)).length !== 1) {
    return { path: '', message: 'must match exactly one schema in oneOf' };
  }
  for (const rules of allOf ?? []) {
    const problem = check(rules, value);
    if (problem) return problem;
  }
  return undefined;
}

function checkArray({ count, items }: ArrayRules, value: readonly unknown[]): Problem | undefined {
  const broken = count && countProblem(value.length, count, 'items');
  if (broken || !items) return broken;
  for (let index = 0; index < value.length; index += 1) {
    const problem = check(items, value[index]);
    if (problem) return inside(String(index), problem);
  }
  return undefined;
}

function checkObject(rules: ObjectRules, value: JsonObject): Problem | undefined {
  const { count, required, properties, others } = rules;
  const broken = count && countProblem(Object.keys(value).length, count, 'properties');
  if (broken) return broken;
  for (const name of required) {
    if (!Object.hasOwn(value, name)) return { path: '', message: `must have required property '${name}'` };
  }
  for (const name in value) {
    const rule = properties.get(name) ?? others;
    if (!rule) continue;
    const problem = check(rule, value[name]);
    if (!problem) continue;
    if (rule === NOTHING && !properties.has(name)) {
      return { path: '', message: 'must NOT have additional properties' };
    }
    return inside(name, problem);
  }
  return undefined;
}

function inside(name: string, problem: Problem): Problem {
  problem.path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}${problem.path}`;
  return problem;
}
