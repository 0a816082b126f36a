import { setTimeout as pause } from 'node:timers/promises';
import type { Kind } from './kind.js';

/** Signals at random moments: mostly kill -9 of one program, sometimes of all, sometimes SIGTERM, or SIGSTOP for a while. */
export const kill: Kind = {
  needs: [],
  async act({ pipe, random }) {
    const { running } = pipe;
    if (running.length === 0) return 'nothing ran';
    const one = random.pick(running);
    switch (random.below(10)) {
      case 0:
        for (const program of running) program.signal('SIGKILL');
        return `SIGKILL ${running.map(({ role }) => role).join(' ')}`;
      case 1:
        one.signal('SIGTERM');
        return `SIGTERM ${one.role}`;
      case 2: {
        const ms = 100 + random.below(1500);
        one.signal('SIGSTOP');
        await pause(ms);
        one.signal('SIGCONT');
        return `SIGSTOP ${one.role} for ${ms} ms`;
      }
      default:
        one.signal('SIGKILL');
        return `SIGKILL ${one.role}`;
    }
  },
};
