import type { JsonSchema } from '@tap-webhooks/singer';
import { isSystemColumn } from '../emit/system-columns.js';

export interface CatalogEntry {
  readonly tap_stream_id: string;
  readonly stream: string;
  readonly schema: JsonSchema;
  readonly key_properties: readonly string[];
  readonly metadata: ReadonlyArray<{ readonly breadcrumb: readonly string[]; readonly metadata: object }>;
}

/**
 * One stream of a discovered catalog: everything selected, and marked where it cannot be otherwise.
 * @param keyProperties as they are printed; @param ownKey the integration's, which stays in the row whatever is printed.
 */
export function catalogEntry(
  stream: string,
  schema: JsonSchema,
  keyProperties: readonly string[],
  ownKey: readonly string[],
): CatalogEntry {
  const columns = Object.keys((schema.properties ?? {}) as object).map((name) => ({
    breadcrumb: ['properties', name],
    metadata: {
      inclusion: ownKey.includes(name) || isSystemColumn(name) ? 'automatic' : 'available',
      selected: true,
    },
  }));
  const root = {
    breadcrumb: [],
    metadata: { inclusion: 'available', selected: true, 'table-key-properties': keyProperties },
  };
  return {
    tap_stream_id: stream,
    stream,
    schema,
    key_properties: keyProperties,
    metadata: [root, ...columns],
  };
}
