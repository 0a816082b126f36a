import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { eventDigest } from '../packages/tap-webhooks/dist/inbox/digest.js';
import { program as targetJsonl } from '../packages/target-jsonl/dist/program.js';
import { runCommand } from './helpers/in-process.js';
import { TapHome } from './helpers/tap.js';

/**
 * What becomes of eight webhooks when backups are put back, as `packages/tap-webhooks/README.md` documents it. Webhooks 1 to 3
 * were loaded before the backup, 4 to 6 after it. Then inbox, state and table are each kept, put back, or gone. Webhooks 7 and
 * 8 come afterwards.
 */

type Fate = 'kept' | 'older' | 'gone';

const PARTS = ['inbox', 'state.jsonl', 'table'] as const;

/** A tap and the target of its pipe, in one folder. */
class Pipe extends TapHome {
  readonly table = join(this.folder, 'table');
  readonly #target = join(this.folder, 'target.json');

  constructor() {
    super();
    writeFileSync(this.#target, JSON.stringify({ destination_path: this.table }));
  }

  /** Drains into the table, and adds the target's states to the state file. @returns the exit code and log of the tap. */
  async pipe(): Promise<{ readonly code: number; readonly stderr: string }> {
    const { code, stdout, stderr } = await this.run('drain', '--state', this.state);
    if (code !== 0) return { code, stderr };
    const input = join(this.folder, 'lines');
    writeFileSync(input, stdout);
    const loaded = await runCommand(targetJsonl, '--config', this.#target, '--input', input);
    expect(loaded.code, loaded.stderr).toBe(0);
    writeFileSync(this.state, loaded.stdout, { flag: 'a' });
    return { code, stderr };
  }

  /** Copies inbox, state and table. */
  save(to: string): void {
    mkdirSync(to, { recursive: true });
    for (const part of PARTS) cpSync(join(this.folder, part), join(to, part), { recursive: true });
  }

  /** Puts each part back from where its fate says. */
  restore(fates: readonly Fate[], saved: { readonly [fate in 'kept' | 'older']: string }): void {
    for (const [index, part] of PARTS.entries()) {
      const fate = fates[index] ?? 'gone';
      if (fate !== 'gone') cpSync(join(saved[fate], part), join(this.folder, part), { recursive: true });
    }
  }

  /** What the table holds, in order of the webhooks' numbers. */
  numbers(): number[] {
    const path = join(this.table, 'shop', 'data.jsonl');
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line).n as number).sort((one, other) => one - other);
  }

  /** Adds an event that was received before all others and gets its position now, as a retried one does. */
  addRetried(n: number): void {
    const database = new DatabaseSync(join(this.inbox, 'inbox.sqlite'));
    const row = database
      .prepare(
        `SELECT (SELECT value FROM meta WHERE name = 'newest') + 1 AS position, stream, name, schema_version AS version,
           (SELECT id FROM incarnations ORDER BY number DESC LIMIT 1) AS inbox
         FROM events JOIN streams ON streams.id = stream ORDER BY position DESC LIMIT 1`,
      )
      .get() as { position: number; stream: number; name: string; version: number; inbox: string };
    const event = {
      position: row.position,
      inbox: row.inbox,
      stream: row.name,
      receivedAt: LONG_AGO,
      sequence: LONG_AGO,
      schemaVersion: row.version,
      deliveryId: null,
      eventType: null,
      row: `{"n":${n},"__sdc_primary_key":"00000000-0000-4000-8000-00000000000${n}"}`,
    };
    database
      .prepare(
        'INSERT INTO events (position, stream, received_at, sequence, schema_version, digest, record) VALUES (?,?,?,?,?,?,?)',
      )
      .run(row.position, row.stream, LONG_AGO, LONG_AGO, row.version, eventDigest(event), event.row);
    database.exec(`UPDATE meta SET value = ${row.position}, digest = NULL WHERE name = 'newest'`);
    database.exec(
      `UPDATE streams SET newest = ${row.position}, kept = kept + 1, digest = NULL WHERE id = ${row.stream}`,
    );
    database.close();
  }
}

/** 2026-01-01T00:00:00.000Z */
const LONG_AGO = 1_767_225_600_000;

const numbered = (...numbers: number[]) => numbers.map((n) => ({ n }));
const folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
const saved = { older: join(folder, 'older'), kept: join(folder, 'kept') };

afterAll(() => rmSync(folder, { recursive: true }));

/** Makes the backup and what came after it, once. */
async function makeBackup(): Promise<void> {
  if (existsSync(saved.kept)) return;
  const pipe = new Pipe();
  await pipe.fill('shop', ...numbered(1, 2, 3));
  await pipe.pipe();
  await pipe.pipe(); // confirms what the first one loaded
  pipe.save(saved.older);
  await pipe.fill('shop', ...numbered(4, 5, 6));
  await pipe.pipe();
  await pipe.pipe();
  pipe.save(saved.kept);
}

/** Returns a pipe with inbox, state and table as their fates say. */
async function pipeAfter(...fates: readonly Fate[]): Promise<Pipe> {
  await makeBackup();
  const pipe = new Pipe();
  pipe.restore(fates, saved);
  return pipe;
}

/** Runs the pipe as the README says, and returns the numbers that are in the table afterwards. */
async function recover(pipe: Pipe, inbox: Fate): Promise<number[]> {
  if (inbox === 'older') expect((await pipe.run('inbox', 'renew')).code).toBe(0);
  await pipe.fill('shop', ...numbered(7, 8));
  const isOfLostInbox = inbox === 'gone' && existsSync(pipe.state);
  const first = await pipe.pipe();
  if (isOfLostInbox) {
    expect(first.code).toBe(5);
    const [, lost] = /`accept_state_of_inbox` to ([0-9a-f-]{36})/.exec(first.stderr) ?? [];
    pipe.configure(['shop'], { accept_state_of_inbox: lost });
    expect((await pipe.pipe()).code).toBe(0);
  } else expect(first.code, first.stderr).toBe(0);
  return pipe.numbers();
}

const ALL = [1, 2, 3, 4, 5, 6, 7, 8];
const without = (...missing: number[]) => ALL.filter((n) => !missing.includes(n));

// inbox, state and table; what the table holds afterwards; what it holds once the pipe has run without a state.
const OUTCOMES: ReadonlyArray<readonly [Fate, Fate, Fate, readonly number[], readonly number[]]> = [
  ['kept', 'kept', 'kept', ALL, ALL],
  ['kept', 'kept', 'older', without(4, 5, 6), ALL],
  ['kept', 'kept', 'gone', without(1, 2, 3, 4, 5, 6), ALL],
  ['kept', 'older', 'kept', ALL, ALL],
  ['kept', 'older', 'older', ALL, ALL],
  ['kept', 'older', 'gone', without(1, 2, 3), ALL],
  ['kept', 'gone', 'kept', ALL, ALL],
  ['kept', 'gone', 'older', ALL, ALL],
  ['kept', 'gone', 'gone', ALL, ALL],
  ['older', 'kept', 'kept', ALL, ALL],
  ['older', 'kept', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['older', 'kept', 'gone', without(1, 2, 3, 4, 5, 6), without(4, 5, 6)],
  ['older', 'older', 'kept', ALL, ALL],
  ['older', 'older', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['older', 'older', 'gone', without(1, 2, 3, 4, 5, 6), without(4, 5, 6)],
  ['older', 'gone', 'kept', ALL, ALL],
  ['older', 'gone', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['older', 'gone', 'gone', without(4, 5, 6), without(4, 5, 6)],
  ['gone', 'kept', 'kept', ALL, ALL],
  ['gone', 'kept', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['gone', 'kept', 'gone', without(1, 2, 3, 4, 5, 6), without(1, 2, 3, 4, 5, 6)],
  ['gone', 'older', 'kept', ALL, ALL],
  ['gone', 'older', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['gone', 'older', 'gone', without(1, 2, 3, 4, 5, 6), without(1, 2, 3, 4, 5, 6)],
  ['gone', 'gone', 'kept', ALL, ALL],
  ['gone', 'gone', 'older', without(4, 5, 6), without(4, 5, 6)],
  ['gone', 'gone', 'gone', without(1, 2, 3, 4, 5, 6), without(1, 2, 3, 4, 5, 6)],
];

describe('after a mishap', () => {
  it.each(OUTCOMES)(
    'with the inbox %s, the state %s and the table %s, each webhook that inbox or table still has is in the table once',
    async (inbox, state, table, afterwards, filled) => {
      const pipe = await pipeAfter(inbox, state, table);
      expect(await recover(pipe, inbox)).toEqual(afterwards);
      pipe.addRetried(9);
      expect((await pipe.pipe()).code).toBe(0);
      expect(pipe.numbers()).toEqual([...afterwards, 9]);
      rmSync(pipe.state, { force: true });
      expect((await pipe.pipe()).code).toBe(0);
      expect(pipe.numbers()).toEqual([...filled, 9]);
    },
  );

  it('a backup that is put back again, after the inbox was renewed, loses no webhook once the state is accepted', async () => {
    const pipe = await pipeAfter('older', 'kept', 'kept');
    expect((await pipe.run('inbox', 'renew')).code).toBe(0);
    await pipe.fill('shop', ...numbered(7, 8));
    expect((await pipe.pipe()).code).toBe(0);
    rmSync(pipe.inbox, { recursive: true });
    cpSync(join(saved.older, 'inbox'), pipe.inbox, { recursive: true });
    expect((await pipe.run('inbox', 'renew')).code).toBe(0);
    await pipe.fill('shop', ...numbered(9, 10, 11));
    const { code, stderr } = await pipe.pipe();
    expect(code).toBe(5);
    expect(stderr).toContain('a copy of this one from before its last `inbox renew` was put back');
    const [, lost] = /`accept_state_of_inbox` to ([0-9a-f-]{36})/.exec(stderr) ?? [];
    pipe.configure(['shop'], { accept_state_of_inbox: lost });
    expect((await pipe.pipe()).code).toBe(0);
    expect(pipe.numbers()).toEqual([...ALL, 9, 10, 11]);
  });

  it('an inbox that was put back with its state loses no new webhook, though nobody renewed it', async () => {
    const pipe = await pipeAfter('older', 'older', 'kept');
    await pipe.fill('shop', ...numbered(7, 8));
    expect((await pipe.pipe()).code).toBe(0);
    expect(pipe.numbers()).toEqual(ALL);
  });
});
