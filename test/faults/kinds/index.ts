import { backup } from './backup.js';
import { clock } from './clock.js';
import { device, full, power } from './disks.js';
import { io } from './io.js';
import { kill } from './kill.js';
import type { Kind } from './kind.js';
import { torn } from './torn.js';

export const KINDS = { kill, power, io, full, device, clock, torn, backup } satisfies {
  [name: string]: Kind;
};

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as KindName[];
