import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canFailCalls, ERRNO, FailingCalls } from '../helpers/failing-calls.js';
import { binPath } from '../helpers/program.js';
import { TapHome } from '../helpers/tap.js';

/** An account that owns nothing. Root could write everywhere. */
const NOBODY = 65_534;

function runAs(home: TapHome, env: NodeJS.ProcessEnv, ...args: string[]) {
  const account =
    process.getuid?.() === 0 && env.LD_PRELOAD === undefined ? { uid: NOBODY, gid: NOBODY } : {};
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [binPath('tap-webhooks'), ...args, '--config', home.config],
    { ...account, encoding: 'utf8', env: { ...process.env, ...env } },
  );
  return { code: status, stdout, stderr };
}

/** A filled inbox in a folder that cannot be written. */
async function readOnlyHome(): Promise<TapHome> {
  const home = new TapHome();
  await home.fill('shop', { n: 1 }, { n: 2 });
  const open = process.getuid?.() === 0 ? 0o755 : 0o555;
  for (const path of [home.folder, home.inbox]) chmodSync(path, open);
  for (const file of readdirSync(home.inbox)) chmodSync(join(home.inbox, file), 0o644);
  onTestFinished(() => {
    for (const path of [home.folder, home.inbox]) chmodSync(path, 0o755);
  });
  return home;
}

describe('an inbox that cannot be written', () => {
  it('can be looked at', async () => {
    const home = await readOnlyHome();
    const { code, stdout, stderr } = runAs(home, {}, 'status', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ inbox: { newest: 2 }, streams: [{ kept: 2 }] });
    expect(runAs(home, {}, 'url', 'list').code).toBe(0);
    expect(runAs(home, {}, '--test').stdout).toContain('"n":1');
    expect(readdirSync(home.inbox)).toEqual(['inbox.sqlite', 'receiver.lock']);
  });

  it.each([['drain'], ['receive'], ['url', 'create', 'shop']])(
    'ends `%s` with exit code 7 and a sentence',
    async (...args) => {
      const home = await readOnlyHome();
      const { code, stderr } = runAs(home, {}, ...args);
      expect(stderr).toMatch(/The inbox at \S+ cannot be used: .*(rights|right|write)/);
      expect(stderr).not.toContain('defect');
      expect(code).toBe(7);
    },
  );
});

// Without a C compiler no system call can be made to fail.
describe.skipIf(!canFailCalls)('a disk that refuses', () => {
  it.each([
    ['ENOSPC', 'no room'],
    ['EDQUOT', 'no room'],
    ['EIO', 'the disk failed'],
  ] as const)('%s ends commands with exit code 7 and a sentence', async (name, sentence) => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    const calls = new FailingCalls();
    calls.fail(...['-wal', ''].map((end) => `write inbox.sqlite${end} ${ERRNO[name]}`));
    const { code, stderr } = runAs(home, calls.env, 'url', 'create', 'shop');
    expect(stderr).toContain(sentence);
    expect([code, stderr.includes('defect')]).toEqual([7, false]);
  });
});

describe('a malformed inbox', () => {
  it.each([['status'], ['drain'], ['receive'], ['url', 'list']])(
    'ends `%s` with exit code 7 and names the commands that help',
    async (...args) => {
      const home = new TapHome();
      await home.fill('shop', ...Array.from({ length: 200 }, (_, n) => ({ n, text: 'x'.repeat(500) })));
      const path = join(home.inbox, 'inbox.sqlite');
      const bytes = readFileSync(path);
      bytes.fill(0xff, 4096);
      writeFileSync(path, bytes);
      const { code, stderr } = await home.run(...args);
      expect(stderr).toContain('`tap-webhooks inbox verify`');
      expect(stderr).toContain('`tap-webhooks inbox rescue`');
      expect(code).toBe(7);
      expect(existsSync(path)).toBe(true);
    },
  );
});
