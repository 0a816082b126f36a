import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { logOf, type Place, stateOf, tapConfigOf, targetConfigOf } from './place.js';
import { binOf, type Ending, Program, type Role, type Stdio } from './program.js';

export const MODES = ['listen', 'follow', 'drain'] as const;
export type Mode = (typeof MODES)[number];

export interface PipeSettings {
  readonly place: Place;
  /** `receive` is the receiver alone. */
  readonly mode: Mode | 'receive';
  readonly target: 'target-jsonl' | 'target-bigquery';
  /** Environment of a process, such as the library that injects errors. */
  readonly environment: (role: Role) => NodeJS.ProcessEnv;
}

/** What a supervisor such as systemd waits before it starts a service again. */
const RESTART_MS = 100;
/** Between two drains. */
const SCHEDULE_MS = 300;
/** A program that is told to end, or whose other end of the pipe is gone, ends within this time. */
const STOP_MS = 30_000;

/** The processes of one mode. Each is started again when it has ended, as a supervisor does, until it is stopped. */
export class Pipe {
  readonly endings: Ending[] = [];
  /** What did not end by itself in time. */
  readonly stuck: string[] = [];
  readonly #settings: PipeSettings;
  readonly #running = new Set<Program>();
  #loops: Promise<unknown> = Promise.resolve();
  #stopping = true;

  constructor(settings: PipeSettings) {
    this.#settings = settings;
  }

  get running(): readonly Program[] {
    return [...this.#running];
  }

  start(): void {
    this.#stopping = false;
    const { mode } = this.#settings;
    const loops: Array<Promise<void>> = [];
    if (mode !== 'receive')
      loops.push(this.#keep(() => this.#joined(mode), mode === 'drain' ? SCHEDULE_MS : RESTART_MS));
    if (mode !== 'listen') loops.push(this.#keep(() => [this.#receiver()], RESTART_MS));
    this.#loops = Promise.all(loops);
  }

  /** Kills everything with -9, does what it is told while nothing runs, and starts everything again. */
  async whileKilled(action: () => unknown): Promise<void> {
    await this.kill();
    await action();
    this.start();
  }

  /** Stops every program where it is, by SIGSTOP, and resolves once their main threads, which answer, have stopped. */
  async halt(): Promise<void> {
    for (const program of this.running) program.signal('SIGSTOP');
    for (const program of this.running) while (program.isRunning && !isHalted(program.pid)) await pause(1);
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    for (const program of this.running) program.signal('SIGKILL');
    await this.#loops;
  }

  /** Stops as an operator does: SIGTERM to what runs on. A drain ends by itself. @returns the endings. */
  async stop(): Promise<Ending[]> {
    this.#stopping = true;
    const before = this.endings.length;
    const told = this.#settings.mode === 'drain' ? ['receiver'] : ['receiver', 'tap'];
    for (const program of this.running) if (told.includes(program.role)) program.signal('SIGTERM');
    await this.#endInTime(this.running, 'SIGTERM');
    await this.#loops;
    return this.endings.slice(before);
  }

  /** Runs a drain beside nothing, to its end. @returns the endings of tap and target. */
  async drain(): Promise<Ending[]> {
    const before = this.endings.length;
    await this.#untilEnded(this.#joined('drain'));
    return this.endings.slice(before);
  }

  async #keep(begin: () => readonly Program[], restMs: number): Promise<void> {
    while (!this.#stopping) {
      await this.#untilEnded(begunOrNone(begin));
      if (!this.#stopping) await pause(restMs);
    }
  }

  async #untilEnded(programs: readonly Program[]): Promise<void> {
    if (programs.length === 0) return;
    await Promise.race(programs.map(({ ended }) => ended));
    if (programs.length > 1) await this.#endInTime(programs, 'the end of the other program');
    for (const program of programs) {
      this.endings.push(await program.ended);
      this.#running.delete(program);
    }
  }

  async #endInTime(programs: readonly Program[], why: string): Promise<void> {
    const all = Promise.all(programs.map(({ ended }) => ended));
    const timer = new AbortController();
    const late = pause(STOP_MS, undefined, { signal: timer.signal });
    await Promise.race([all, late]).catch(() => {});
    timer.abort();
    await late.catch(() => {});
    for (const program of programs) {
      if (!program.isRunning) continue;
      this.stuck.push(`${program.role} did not end within ${STOP_MS / 1000} s after ${why}`);
      program.signal('SIGKILL');
    }
    await all;
  }

  #receiver(): Program {
    return this.#started('receiver', 'tap-webhooks', this.#tapArgs('receive'), 'ignore', 'ignore');
  }

  /** Starts `tap --state S | target >> S`, connected only by the pipe. */
  #joined(mode: Mode): readonly Program[] {
    const { place, target: name } = this.#settings;
    const state = openSync(stateOf(place), 'a');
    const target = this.#started('target', name, ['--config', targetConfigOf(place)], 'pipe', state);
    closeSync(state);
    const stdin = target.child.stdin;
    if (!stdin) throw new Error('the target has no stdin');
    stdin.on('error', () => {});
    const args = [...this.#tapArgs(mode), '--state', stateOf(place)];
    const tap = this.#started('tap', 'tap-webhooks', args, 'ignore', stdin);
    stdin.destroy(); // the harness must not keep the pipe open
    return [tap, target];
  }

  #tapArgs(mode: string): string[] {
    return [mode, '--config', tapConfigOf(this.#settings.place)];
  }

  #started(role: Role, program: string, args: readonly string[], stdin: Stdio, stdout: Stdio): Program {
    const started = new Program({
      role,
      bin: binOf(program),
      args,
      log: logOf(this.#settings.place, role),
      env: { ...process.env, ...this.#settings.environment(role) },
      stdin,
      stdout,
    });
    this.#running.add(started);
    return started;
  }
}

/** Returns nothing when the state file cannot be opened, as a shell that redirects to it starts nothing. */
function begunOrNone(begin: () => readonly Program[]): readonly Program[] {
  try {
    return begin();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === 'open') return [];
    throw cause;
  }
}

/** Linux: the state follows the name of the program, which may hold any character. */
function isHalted(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return 'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return true; // it has ended
  }
}
