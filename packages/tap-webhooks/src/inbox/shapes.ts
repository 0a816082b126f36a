import type { JsonSchema } from '@tap-webhooks/singer';
import { type SavedShape, StreamShape } from '../columns/stream-shape.js';
import { schemaTooLarge } from '../errors.js';
import { chosenProperties } from './chosen-columns.js';
import type { ChosenColumn, IntegrationRules, StreamSchema } from './inbox.js';

/**
 * Caches the columns of each stream between batches, so that they are not built from the stored schema each time. An empty
 * cache gives the same answers. A shape is found by its stream and the version of its schema. `forget` must be called after
 * a failed transaction, whose shapes never became durable.
 */
export class Shapes {
  readonly #shapes = new Map<string, CachedShape>();

  /** Returns the columns of the stored schema and the rules. A caller that lets them grow then calls `keep`. */
  of(rules: IntegrationRules, stored: StreamSchema | undefined): StreamShape {
    const version = stored?.version ?? 0;
    const cached = this.#shapes.get(rules.stream);
    if (cached && cached.version === version && cached.rules === rules) return cached.shape;
    const shape = freshShape(rules, stored);
    this.keep(rules, version, shape);
    return shape;
  }

  keep(rules: IntegrationRules, version: number, shape: StreamShape): void {
    this.#shapes.set(rules.stream, { rules, version, shape });
  }

  /** Drops everything. Call it whenever what was judged did not become durable. */
  forget(): void {
    this.#shapes.clear();
  }
}

/** Where versions and epochs are counted from. */
const NONE = { version: 0, epoch: 0 };

interface CachedShape {
  readonly rules: IntegrationRules;
  readonly version: number;
  readonly shape: StreamShape;
}

export function freshShape(rules: IntegrationRules, stored: StreamSchema | undefined): StreamShape {
  const { schema, keyProperties, maxMapKeys } = rules;
  if (!stored) return StreamShape.begin(schema, keyProperties, maxMapKeys);
  const { names } = stored;
  const saved: SavedShape = { schema: stored.schema, splits: { ...stored.splits }, ...(names && { names }) };
  return StreamShape.restore(saved, schema, keyProperties, maxMapKeys);
}

/** Returns what is stored of a shape that events have made. */
export function schemaOf(
  rules: IntegrationRules,
  { version, epoch }: Pick<StreamSchema, 'version' | 'epoch'>,
  shape: StreamShape,
): StreamSchema {
  const { stream, keyProperties, latestBy, columns } = rules;
  const saved = shape.save();
  const schema = columns ? withColumns(saved.schema, columns) : saved.schema;
  return { stream, version, epoch, keyProperties, ...(latestBy && { latestBy }), ...saved, schema };
}

function withColumns(payload: JsonSchema, columns: readonly ChosenColumn[]): JsonSchema {
  return { ...payload, properties: { ...(payload.properties as JsonSchema), ...chosenProperties(columns) } };
}

/**
 * Returns the schemas to store when the rules are replaced: the next version, in an epoch of its own, for every stream whose
 * rules differ from what is stored, and the first version for every new stream.
 * @param stored the newest schema of each stream that has one.
 */
export function schemasOfRules(
  all: readonly IntegrationRules[],
  stored: ReadonlyMap<string, StreamSchema>,
): StreamSchema[] {
  return all.flatMap((rules) => {
    const before = stored.get(rules.stream);
    const shape = freshShape(rules, before);
    const { version, epoch } = before ?? NONE;
    const now = schemaOf(rules, { version: version + 1, epoch: epoch + 1 }, shape);
    if (before && contentOf(before) === contentOf(now)) return [];
    refuseTooLarge(rules, shape, before);
    return [now];
  });
}

/**
 * The configured schema fits by itself, but not with the columns that events have added. A stream that was too large before,
 * in an inbox of an earlier version, is not refused.
 */
function refuseTooLarge(rules: IntegrationRules, shape: StreamShape, before: StreamSchema | undefined): void {
  const exceeded = before && shape.overLimit();
  if (exceeded === undefined) return;
  const { schema: _, ...withoutSchema } = rules;
  if (freshShape(withoutSchema, before).overLimit() === undefined) throw schemaTooLarge(rules.name, exceeded);
}

/** Returns a text of everything that rules decide, whatever the order in which it was stored. */
function contentOf({ stream: _, version: __, epoch: ___, ...content }: StreamSchema): string {
  return JSON.stringify(Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1)));
}
