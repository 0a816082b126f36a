import { invalidQuery } from '../refusal.js';
import { type FakeField, type FieldType, findField, typeNamed } from '../schema.js';
import type { StoredTable } from '../stored-table.js';
import type { Value } from '../values/value.js';

/** Types that a column of each type may become ("Data definition language", ALTER COLUMN SET DATA TYPE). */
const WIDENINGS: { readonly [type: string]: readonly FieldType[] } = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC', 'FLOAT'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT'],
  STRING: ['STRING'],
};

/** Changes the type of a column. @throws Refusal 400 `invalidQuery`. */
export function alterType(table: StoredTable, column: string, typeName: string, isDryRun: boolean): void {
  const type = typeNamed(typeName);
  if (type === undefined) throw invalidQuery(`Type not found: ${typeName}`);
  if (table.view) throw invalidQuery(`ALTER TABLE is not supported for the view ${table.id}`);
  const field = findField(table.fields, column);
  if (field === undefined) throw invalidQuery(`Column not found: ${column}`);
  if (field.type !== type && !WIDENINGS[field.type]?.includes(type)) {
    throw invalidQuery(
      `ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (${field.type}) is assignable to the new type (${type})`,
    );
  }
  if (type === 'FLOAT' && table.clustering?.some((name) => name.toLowerCase() === column.toLowerCase()))
    throw invalidQuery(`Clustering column ${column} cannot become FLOAT64`);
  if (!isDryRun) change(table, field, type);
}

function change(table: StoredTable, field: FakeField, type: FieldType): void {
  table.fields = table.fields.map((other) => (other === field ? { ...field, type } : other));
  if (type === 'FLOAT' && field.type !== 'FLOAT') {
    for (const row of table.rows) {
      const value = row[field.name];
      if (value !== undefined) row[field.name] = Array.isArray(value) ? value.map(toDouble) : toDouble(value);
    }
  }
  table.touch();
}

function toDouble(value: Value): Value {
  return Number(value);
}
