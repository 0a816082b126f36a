import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cleanUp } from './clean-up.js';

/** Which part of the pipe a process is; `tap` is the one that emits (and, in `listen`, also receives). */
export type Role = 'receiver' | 'tap' | 'target';

export interface Ending {
  readonly role: Role;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last signal that the harness sent, other than SIGSTOP and SIGCONT. */
  readonly sent: NodeJS.Signals | undefined;
}

export type Stdio = 'pipe' | 'ignore' | number | Writable;

export interface Start {
  readonly role: Role;
  readonly bin: string;
  readonly args: readonly string[];
  /** File to which its log is appended. */
  readonly log: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Stdio;
  readonly stdout: Stdio;
}

export function binOf(program: string): string {
  return fileURLToPath(new URL(`../../../packages/${program}/bin/${program}.js`, import.meta.url));
}

/** A running process of the pipe. */
export class Program {
  readonly role: Role;
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  isRunning = true;
  #sent: NodeJS.Signals | undefined;

  constructor({ role, bin, args, log, env, stdin, stdout }: Start) {
    const stderr = openSync(log, 'a');
    this.role = role;
    this.child = spawn(process.execPath, [bin, ...args], { stdio: [stdin, stdout, stderr], env });
    closeSync(stderr);
    const killNow = cleanUp(() => {
      if (this.isRunning) this.child.kill('SIGKILL');
    });
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      this.isRunning = false;
      killNow();
      return { role, code, signal, sent: this.#sent };
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Sends a signal, unless the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#sent = signal;
    this.child.kill(signal);
  }
}
