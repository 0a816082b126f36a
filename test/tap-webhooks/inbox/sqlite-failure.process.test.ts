import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, rules } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';
import { until } from '../../helpers/until.js';
import { expectWhole, WriterProcess } from './writer-process.js';

/** No file of the process may be longer than this: real failed writes, as on a full disk. */
const filesUpTo = (kilobytes: number) => `trap '' XFSZ; ulimit -f ${kilobytes}`;

it('the inbox refuses events while nothing can be written, and takes them again when there is room', async () => {
  const folder = tempFolder();
  // The log meets the limit first; the checkpoint of the fresh handle then empties it.
  const writer = new WriterProcess([folder, 0, 4, 20_000], filesUpTo(8000));
  await until(() => writer.output.includes('refused'), 'a refusal', 60_000);
  const before = writer.acknowledged.length;
  await until(() => writer.acknowledged.length > before, 'events that are taken again', 60_000);
  await writer.kill();
  expect(writer.lines.find((line) => line.startsWith('refused'))).toMatch(
    /^refused InboxUnavailable the inbox /,
  );
  await expectWhole(folder, writer.acknowledged);
});

it('the inbox loses no acknowledged event when the disk stays full', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 16, 20_000], filesUpTo(3000));
  const isRefused = (line: string) => line.startsWith('refused');
  const full = () => writer.lines.length > 200 && writer.lines.slice(-100).every(isRefused);
  await until(full, 'nothing but refusals', 60_000);
  await writer.kill();
  expect(writer.acknowledged.length).toBeGreaterThan(0);
  await expectWhole(folder, writer.acknowledged);
});

it('the inbox names no path and no payload in a refusal', async () => {
  const folder = tempFolder();
  const writer = new WriterProcess([folder, 0, 4, 20_000], filesUpTo(1000));
  await until(() => writer.output.includes('refused'), 'a refusal', 60_000);
  await writer.kill();
  expect(writer.output).not.toContain(folder);
  expect(writer.output).not.toContain('xxx');
});

it('the inbox refuses while another handle keeps the file from being written, and recovers by itself', async () => {
  const folder = tempFolder();
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([rules()]);
  await append(inbox, { a: 1 });
  const other = new DatabaseSync(`${folder}/inbox.sqlite`);
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await expect(append(inbox, { a: 2 })).rejects.toMatchObject({ name: 'InboxUnavailable' });
  other.exec('ROLLBACK');
  await until(
    () =>
      append(inbox, { a: 3 }).then(
        () => true,
        () => false,
      ),
    'an event that is taken',
  );
  expect((await entriesOf(inbox)).map(({ position, row }) => [position, JSON.parse(row).a])).toEqual([
    [1, 1],
    [2, 3],
  ]);
});

it('the inbox starts its thread again when bodies took all its memory', async () => {
  const folder = tempFolder();
  const script = fileURLToPath(new URL('./exhaust-memory.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
  expect(stdout.split('\n').slice(0, 5)).toEqual(['stored 1', ...Array(4).fill('InboxUnavailable')]);
  expect(stdout.split('\n').at(-2)).toBe('stored 1');
  await expectWhole(folder, [1, 2]);
});
