import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { records, TapHome } from '../../helpers/tap.js';

const EVENTS = 40;

/** An inbox of events that fill several pages, with some bytes changed as a disk does that fails. */
async function damagedHome(how: (bytes: Buffer) => void): Promise<TapHome> {
  const home = new TapHome();
  await home.fill('shop', ...Array.from({ length: EVENTS }, (_, n) => ({ n, text: 'x'.repeat(500) })));
  const path = join(home.inbox, 'inbox.sqlite');
  const bytes = readFileSync(path);
  how(bytes);
  writeFileSync(path, bytes);
  return home;
}

const changeEvent = (n: number) => (bytes: Buffer) => {
  bytes.write('y', bytes.indexOf(`{"n":${n},"text":"x`) + 18);
};

const damagePage = (n: number) => (bytes: Buffer) => {
  const page = Math.floor(bytes.indexOf(`{"n":${n},`) / 4096);
  bytes.fill(0, page * 4096, (page + 1) * 4096);
};

it('a damaged event is left out and said, and the rest is emitted', async () => {
  const home = await damagedHome(changeEvent(7));
  const { code, lines, stderr } = await home.run('drain');
  expect(records(lines).map(({ n }) => n)).toEqual([...Array(EVENTS).keys()].filter((n) => n !== 7));
  expect(code).toBe(7);
  expect(stderr).toContain(
    'Their positions: 8. See `tap-webhooks inbox verify`, then use `tap-webhooks inbox rescue`.',
  );
  expect(stderr).toContain('An event is not what was recorded');
});

it('a damaged page is said, and what can be read of the rest is emitted', async () => {
  const home = await damagedHome(damagePage(20));
  const { code, lines, stderr } = await home.run('drain');
  const emitted = records(lines).map(({ n }) => n);
  expect(emitted).toEqual(expect.arrayContaining([0, 10, 30, EVENTS - 1]));
  expect(emitted).not.toContain(20);
  expect(emitted.length).toBeGreaterThan(EVENTS - 10);
  expect(code).toBe(7);
  expect(stderr).toContain('`tap-webhooks inbox rescue`');
});

it('verify tells that an inbox is whole', async () => {
  const home = await damagedHome(() => {});
  const { code, stdout } = await home.run('inbox', 'verify', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: { events: EVENTS }, lost: [], damaged: [], indexes: [] });
});

it('verify tells which events are damaged, and rescue copies the others', async () => {
  const home = await damagedHome((bytes) => {
    damagePage(20)(bytes);
    changeEvent(7)(bytes);
  });
  const verified = await home.run('inbox', 'verify');
  expect(verified.code).toBe(7);
  expect(verified.stdout).toMatch(/^Cannot be read: events \d+ to \d+$/m);
  expect(verified.stdout).toMatch(/^Not what was recorded: events 8$/m);
  const rescued = await home.run('inbox', 'rescue');
  expect(rescued.code, rescued.stderr).toBe(0);
  expect(rescued.stdout).toMatch(/^Copied into \S+inbox-2.sqlite, which counts from now on: /);
  expect(rescued.stdout).toMatch(/^Lost: events \d+ to \d+$/m);
  expect(rescued.stdout).toMatch(/^Not what was recorded; such events are in the quarantine: events 8$/m);
  expect(readdirSync(home.inbox)).toEqual(
    expect.arrayContaining(['current', 'inbox-2.sqlite', 'inbox.sqlite']),
  );
  expect((await home.run('inbox', 'verify')).code).toBe(0);
  const drained = await home.run('drain');
  expect(drained.code).toBe(0);
  expect(records(drained.lines).map(({ n }) => n)).toEqual(expect.arrayContaining([0, 10, 30, EVENTS - 1]));
});
