import { readFileSync } from 'node:fs';

/** Returns the resident memory of a process in MiB, now or at its peak; NaN when it has ended, or not on Linux. */
export function memoryOf(pid: number, which: 'now' | 'peak'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (which === 'now' ? /VmRSS:\s+(\d+)/ : /VmHWM:\s+(\d+)/).exec(status)?.[1];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}
