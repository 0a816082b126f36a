import { invalidQuery } from '../refusal.js';
import { type FakeField, findField, typeNamed } from '../schema.js';
import type { StoredTable } from '../stored-table.js';
import type { StoredRow } from '../values/value.js';
import { type Comparable, checkComparable, comparable, comparableText, order } from './compare.js';
import type { Parameters } from './parameters.js';
import type { Condition, Either, Operand } from './syntax.js';

/** Returns the column of that name. @throws Refusal 400 `invalidQuery`. */
export function columnOf({ fields }: StoredTable, name: string): FakeField {
  const field = findField(fields, name);
  if (field === undefined) throw invalidQuery(`Unrecognized name: ${name}`);
  return field;
}

/**
 * Returns a test of rows by a condition. A row for which the comparison is NULL does not pass.
 * @throws Refusal 400 `invalidQuery` for types that do not compare.
 */
export function testOf(
  condition: Condition | Either,
  table: StoredTable,
  parameters: Parameters,
): (row: StoredRow) => boolean {
  if (condition.kind === 'either') {
    const sides = condition.sides.map((side) => side.map((part) => testOf(part, table, parameters)));
    return (row) => sides.some((tests) => tests.every((test) => test(row)));
  }
  const field = columnOf(table, condition.column);
  const { name, type } = field;
  if (condition.kind === 'null') return (row) => (row[name] === undefined) === condition.isNull;
  const values =
    condition.kind === 'in'
      ? condition.operands.flatMap((operand) =>
          valuesOf(operand, field, parameters, operand.kind === 'parameter'),
        )
      : valuesOf(condition.operand, field, parameters, false);
  if (condition.kind === 'in')
    return (row) => {
      const value = row[name];
      return (
        value !== undefined &&
        values.some((other) => other !== null && order(comparable(value, type), other) === 0)
      );
    };
  const [other] = values;
  const { operator } = condition;
  return (row) => {
    const value = row[name];
    if (value === undefined || other === null || other === undefined) return false; // NULL compares as NULL
    const result = order(comparable(value, type), other);
    if (operator === '=') return result === 0;
    if (operator === '!=') return result !== 0;
    return operator.startsWith('<')
      ? result < 0 || (operator === '<=' && result === 0)
      : result > 0 || (operator === '>=' && result === 0);
  };
}

/** Returns the values of an operand: several for a list, else one. null is NULL. */
export function valuesOf(
  operand: Operand,
  field: FakeField,
  parameters: Parameters,
  isList: boolean,
): ReadonlyArray<Comparable | null> {
  if (operand.kind === 'literal') {
    const type = typeNamed(operand.type) ?? 'STRING';
    checkComparable(field, type, true);
    return [comparableText(operand.text, type === 'STRING' ? field.type : type)];
  }
  const { type, values } = parameters.get(operand.name, isList);
  checkComparable(field, type, false);
  return values.map((text) => (text === null ? null : comparableText(text, type)));
}
