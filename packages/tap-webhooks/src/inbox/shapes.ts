import { type SavedShape, StreamShape } from '../columns/stream-shape.js';
import type { IntegrationRules, StreamSchema } from './inbox.js';

/**
 * Remembers the columns of each stream between batches, so that they are not made again from the stored schema each time.
 * It is only a memory: an empty one leads to the same answers. A shape is found by the version of the schema it stands for,
 * so what a failed transaction left behind does no harm once `forget` was called.
 */
export class Shapes {
  readonly #shapes = new Map<string, CachedShape>();

  /** The columns as the stored schema and the rules have them. The caller may let them grow, and then calls `keep`. */
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

  /** To be called whenever what was judged did not become durable. */
  forget(): void {
    this.#shapes.clear();
  }
}

interface CachedShape {
  readonly rules: IntegrationRules;
  readonly version: number;
  readonly shape: StreamShape;
}

export function freshShape(rules: IntegrationRules, stored: StreamSchema | undefined): StreamShape {
  if (!stored) return StreamShape.begin(rules.schema, rules.keyProperties);
  const saved: SavedShape = { schema: stored.schema, splits: { ...stored.splits } };
  return StreamShape.restore(saved, rules.schema, rules.keyProperties);
}

export function schemaOf(rules: IntegrationRules, version: number, shape: StreamShape): StreamSchema {
  const { stream, keyProperties, latestBy } = rules;
  const { schema, splits } = shape.save();
  return { stream, version, schema, keyProperties, ...(latestBy && { latestBy }), splits };
}

/**
 * The schemas to store when the rules are replaced: the next version of every stream whose rules say something else than
 * what is stored, and the first one of every new stream.
 * @param stored the newest schema of each stream that has one.
 */
export function schemasOfRules(
  all: readonly IntegrationRules[],
  stored: ReadonlyMap<string, StreamSchema>,
): StreamSchema[] {
  return all.flatMap((rules) => {
    const before = stored.get(rules.stream);
    const now = schemaOf(rules, before?.version ?? 0, freshShape(rules, before));
    return before && contentOf(before) === contentOf(now) ? [] : [{ ...now, version: now.version + 1 }];
  });
}

function contentOf({ schema, keyProperties, latestBy, splits }: StreamSchema): string {
  return JSON.stringify([schema, keyProperties, latestBy ?? null, splits]);
}
