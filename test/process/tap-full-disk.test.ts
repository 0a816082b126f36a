import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { records, states } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

/** A file system of its own, in memory. Undefined where this user may not mount one. */
function smallDisk(megabytes: number): string | undefined {
  const folder = join(tempFolder(), 'disk');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (status !== 0) return undefined;
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
  });
  return folder;
}

it('a full disk drains by itself when the target returns, and webhooks are accepted again', async (context) => {
  const disk = smallDisk(48);
  if (disk === undefined) return context.skip('this user may not mount a file system');
  const home = new TapProcesses(['shop'], {
    inbox_path: join(disk, 'inbox'),
    integrations: [{ name: 'shop', provider: 'webhooks', max_waiting_bytes: 1_000_000_000 }],
  });
  const { program, post } = await home.listen('receive');
  await until(() => existsSync(join(disk, 'inbox', 'reserve')), 'the reserve');
  const acknowledged: number[] = [];
  const text = 'x'.repeat(400_000);
  let status = 200;
  for (let n = 0; status === 200; n += 1) {
    status = await post('shop', { n, text });
    if (status === 200) acknowledged.push(n);
  }
  expect(status).toBe(503);
  expect(acknowledged.length).toBeGreaterThan(20);
  await until(() => program.stderr.includes('The disk of the inbox is full'), 'a line of the log');
  const delivered: unknown[] = [];
  const drain = async () => {
    const { code, lines, stderr } = await home.run('drain', '--state', home.state);
    expect(code, stderr).toBe(0);
    delivered.push(...records(lines).map(({ n }) => n));
    const [last] = states(lines).slice(-1);
    if (last !== undefined) appendFileSync(home.state, `${last}\n`);
  };
  await drain();
  expect(delivered).toEqual(acknowledged);
  await drain(); // confirms what was delivered
  await until(async () => (await post('shop', { n: -1 })) === 200, 'a webhook that is accepted', 60_000);
  await drain();
  expect(delivered).toEqual([...acknowledged, -1]);
});

describe('a receiver whose inbox', () => {
  it('is deleted answers 503 from then on, says so, and creates no other one', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen('receive');
    expect(await post('shop', { n: 1 })).toBe(200);
    rmSync(home.inbox, { recursive: true });
    expect(await post('shop', { n: 2 })).toBe(503);
    await until(() => program.stderr.includes('was removed or replaced'), 'a line of the log');
    expect(await post('shop', { n: 3 })).toBe(503);
    expect(existsSync(join(home.inbox, 'inbox.sqlite'))).toBe(false);
  });

  it('is moved away accepts webhooks again when it is back', async () => {
    const home = new TapProcesses();
    const { post } = await home.listen('receive');
    expect(await post('shop', { n: 1 })).toBe(200);
    renameSync(home.inbox, `${home.inbox}.away`);
    expect(await post('shop', { n: 2 })).toBe(503);
    renameSync(`${home.inbox}.away`, home.inbox);
    await until(async () => (await post('shop', { n: 3 })) === 200, 'a webhook that is accepted');
    expect(readdirSync(home.inbox)).toContain('inbox.sqlite');
  });

  it('is replaced by another one accepts nothing into that', async () => {
    const [home, other] = [new TapProcesses(), new TapProcesses()];
    await other.fill('shop', { n: 9 });
    const { post } = await home.listen('receive');
    renameSync(home.inbox, `${home.inbox}.away`);
    renameSync(other.inbox, home.inbox);
    expect(await post('shop', { n: 2 })).toBe(503);
    expect(await post('shop', { n: 3 })).toBe(503);
  });
});
