import { COLUMN, isSystemName } from '@tap-webhooks/singer';
import type { SchemaSettings } from '../columns/plan.js';
import { type Level, newLevel } from '../columns/planning.js';
import type { RowProperties } from '../columns/row-properties.js';
import type { ExtraColumn, RowEncoder } from './extra.js';
import { RowWriter } from './row-writer.js';

/**
 * @param level as planned: it also knows columns that exist and that the schema does not tell of.
 * @returns an encoder that sends the rest of a row where the table keeps it.
 */
export function rowEncoder(
  level: Level,
  { properties, rest }: RowProperties,
  { sequence_unit }: SchemaSettings,
): RowEncoder {
  const sequence = level.routes.get(COLUMN.sequence);
  if (sequence && sequence_unit === 'stitch') sequence.role = 'sequence';
  const extra = rest && extraColumn(level, rest);
  if (!rest?.isPayload) {
    const route = extra && level.routes.get((rest as { name: string }).name);
    if (route) route.role = 'extra';
    return new RowWriter(level, extra);
  }
  // Columns from before the setting get nothing, and a field that is called like the payload is a part of it.
  const own = properties.map(({ name }) => level.routes.get(name)).filter((route) => route !== undefined);
  const routes = own.filter(({ name }) => name !== rest.name);
  for (const route of routes) {
    if (rest.copiesKeys && !isSystemName(route.name)) route.role = 'copied';
  }
  return new RowWriter(newLevel(routes), extra);
}

function extraColumn(
  level: Level,
  { name, isPayload }: { readonly name: string; readonly isPayload: boolean },
): ExtraColumn | undefined {
  const slot = level.routes.get(name)?.slots.find(({ type, isRepeated }) => type === 'JSON' && !isRepeated);
  return slot && { nameText: slot.nameText, isPayload };
}
