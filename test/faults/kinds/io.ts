import { setTimeout as pause } from 'node:timers/promises';
import type { Role } from '../program.js';
import type { InjectedError } from '../shim/shim.js';
import type { Kind } from './kind.js';

/** Errors, and the part of the path of the files that they hit. Writes and syncs of the tap go to the inbox, others to the table. */
const FAILURES: ReadonlyArray<readonly [role: Role, error: InjectedError, chance: number, path: string]> = [
  ['receiver', 'sync EIO', 0.1, '/inbox/'],
  ['receiver', 'write EIO', 0.05, '/inbox/'],
  ['receiver', 'write ENOSPC', 0.1, '/inbox/'],
  ['receiver', 'write short', 0.1, '/inbox/'],
  ['receiver', 'truncate EIO', 0.5, '/inbox/'],
  ['tap', 'sync EIO', 0.1, '/inbox/'],
  ['tap', 'write EIO', 0.05, '/inbox/'],
  ['tap', 'rename EIO', 0.3, '/inbox/consumers/'],
  ['tap', 'sync EIO', 0.3, 'state.jsonl'],
  ['target', 'sync EIO', 0.1, '/out/'],
  ['target', 'write ENOSPC', 0.1, '/out/'],
  ['target', 'write short', 0.1, '/out/'],
  ['target', 'rename EIO', 0.3, '/out/'],
  ['target', 'truncate EIO', 0.5, '/out/'],
  ['target', 'write ENOSPC', 0.2, '/spool/'],
];

/** System calls of one program that fail now and then, for a while. */
export const io: Kind = {
  needs: ['shim'],
  async act({ pipe, random, shim }) {
    const roles = new Set(pipe.running.map(({ role }) => role));
    const possible = FAILURES.filter(
      ([role]) => roles.has(role) || (role === 'receiver' && roles.has('tap')),
    );
    const [role, error, chance, path] = random.pick(possible.length > 0 ? possible : FAILURES);
    const ms = 500 + random.below(2000);
    shim?.fail(role === 'receiver' && !roles.has(role) ? 'tap' : role, error, chance, path);
    await pause(ms);
    shim?.heal();
    return `${error} in ${role} for ${ms} ms`;
  },
};
