import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fake } from '../fake-bigquery/fake.js';
import { openBigQuery } from './bigquery-target.js';
import { InProcessTarget } from './in-process.js';
import { RunningProgram } from './program.js';
import { tempFolder } from './temp.js';
import { expectedRow, linesAfter, positionOf } from './webhook-stream.js';

/** Loads the sample stream into the fake's table `shop.data`, with as many processes of the target as it takes. */
export class Loading {
  /** State lines that were printed whole, over all runs. */
  readonly states: string[] = [];
  readonly #fake: Fake;
  readonly #total: number;
  readonly #settings: object;

  constructor(fake: Fake, total: number, settings: object = {}) {
    this.#fake = fake;
    this.#total = total;
    this.#settings = settings;
  }

  /** Position after which the next run begins, as an orchestrator would have kept it. */
  get position(): number {
    const last = this.states.at(-1);
    return last === undefined ? 0 : positionOf(last);
  }

  /**
   * Starts a process and gives it everything after the last printed state.
   * @param disk the spool folder; an empty one by default.
   */
  start(disk = tempFolder()): RunningProgram {
    const program = new RunningProgram('target-bigquery', ['--config', this.#config(disk)]);
    program.child.stdin?.end(this.#input());
    return program;
  }

  #config(disk: string): string {
    const path = join(disk, 'config.json');
    const { apiEndpoint, storageApiEndpoint } = this.#fake;
    const place = {
      project: 'test',
      location: 'US',
      api_endpoint: apiEndpoint,
      storage_api_endpoint: storageApiEndpoint,
    };
    const own = { spool_path: join(disk, 'spool'), max_batch_age_seconds: 3600, batch_size_rows: 200 };
    writeFileSync(path, JSON.stringify({ ...place, ...own, ...this.#settings }));
    return path;
  }

  #input(): string {
    return `${[...linesAfter(this.position, this.#total)].join('\n')}\n`;
  }

  /** Kills a process with -9 once a step is reached. A process that ended before it fails the test. */
  async kill(program: RunningProgram, step: Promise<unknown>): Promise<void> {
    const ended = program.exit().then((code) => {
      throw new Error(`it ended with ${code} before the step was reached: ${program.stderr}`);
    });
    await Promise.race([step, ended]);
    ended.catch(() => {});
    program.child.kill('SIGKILL');
    await this.ended(program);
  }

  /** Waits for the end of a process and keeps its states. @returns exit code, -1 for a signal. */
  async ended(program: RunningProgram): Promise<number> {
    const code = await program.exit();
    this.#keepStates(program.stdout);
    return code;
  }

  /** Runs to the end of the stream, in this process: only the disk of a killed process could matter to it. */
  async finish(disk = tempFolder()): Promise<void> {
    const target = new InProcessTarget(openBigQuery, this.#config(disk));
    target.end(this.#input());
    const code = await target.exit();
    this.#keepStates(target.stdout);
    expect({ code, log: code === 0 ? '' : target.stderr }).toEqual({ code: 0, log: '' });
  }

  /** Keeps the whole state lines. The last line of a killed process may be torn. */
  #keepStates(stdout: string): void {
    const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
    this.states.push(...whole.split('\n').filter((line) => line !== ''));
  }

  /** Expects every row in the table once, whole and in order. */
  expectEveryRowOnce(): void {
    const rows = this.#fake.rows('shop', 'data').map(({ _sdc_received_at, _sdc_batched_at, ...row }) => row);
    expect(rows.map((row) => Number(row._sdc_position))).toEqual(
      Array.from({ length: this.#total }, (_, index) => index + 1),
    );
    for (const [index, row] of rows.entries()) expect(row).toEqual(expectedRow(index + 1, this.#total));
  }
}
