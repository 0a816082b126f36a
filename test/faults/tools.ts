import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Disk } from './disk.js';
import { KINDS, type KindName } from './kinds/index.js';
import type { Need } from './kinds/kind.js';
import { Shim } from './shim/shim.js';

/** What the kinds of a run need, as far as this machine can make it. */
export interface Tools {
  readonly shim?: Shim;
  readonly disk?: Disk;
  /** Kinds that this machine can do. */
  readonly kinds: readonly KindName[];
  /** The others, each with the reason. */
  readonly cannot: { readonly [kind: string]: string };
}

/** Makes what the kinds need, and leaves out those that this machine cannot do. */
export function prepare(kinds: readonly KindName[], seed: number, root: string): Tools {
  const made: { shim?: Shim; disk?: Disk } = {};
  const makers: { readonly [need in Need]: () => void } = {
    shim: () => {
      mkdirSync(join(root, 'shim'));
      made.shim = new Shim(join(root, 'shim'), seed);
    },
    disk: () => {
      made.disk = Disk.create();
    },
  };
  const failed = new Map<Need, string>();
  for (const need of new Set(kinds.flatMap((kind) => KINDS[kind].needs))) {
    try {
      makers[need]();
    } catch (cause) {
      failed.set(need, (cause as Error).message);
    }
  }
  const reason = (kind: KindName) => KINDS[kind].needs.map((need) => failed.get(need)).find(Boolean);
  const cannot = kinds.flatMap((kind) => {
    const why = reason(kind);
    return why === undefined ? [] : [[kind, why] as const];
  });
  return {
    ...made,
    kinds: kinds.filter((kind) => reason(kind) === undefined),
    cannot: Object.fromEntries(cannot),
  };
}
