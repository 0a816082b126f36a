import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFake } from '../fake-bigquery/fake.js';
import { hookLines, targetConfigFile } from '../helpers/hooks.js';
import { binPath, type ProgramName } from '../helpers/program.js';
import { portOf, postTo } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { tempFolder } from '../helpers/temp.js';

/** Runs a program under an umask to its end. */
async function runUnder(umask: string, name: ProgramName, args: readonly string[], input: string) {
  const script = `umask ${umask}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', script, process.execPath, binPath(name), ...args]);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, stdout, stderr };
}

/** Rights of everything in a folder, e.g. `a/b.jsonl 600`. */
function rightsIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => `${name} ${(lstatSync(join(folder, name)).mode & 0o777).toString(8)}`);
}

const ROTATING = { rotate_bytes: 1, compression: 'gzip' };

describe('files of target-jsonl', () => {
  test('are for the owner only, even with umask 0', async () => {
    const folder = tempFolder();
    const config = targetConfigFile(folder);
    const { code, stderr } = await runUnder('0', 'target-jsonl', ['-c', config], hookLines(1, 3, 3));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Other users')]);
    expect(rightsIn(join(folder, 'hooks'))).toEqual([
      '.data.lock 600',
      '.data.manifest.json 600',
      'data.jsonl 600',
    ]);
    expect(statSync(join(folder, 'hooks')).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['nobody', ['data.000001.jsonl.gz 600'], 0o700],
    ['group', ['data.000001.jsonl.gz 640'], 0o750],
    ['everyone', ['data.000001.jsonl.gz 644'], 0o755],
  ])('can be read by %s when share_files_with says so', async (share_files_with, files, folderMode) => {
    const folder = tempFolder();
    const config = targetConfigFile(folder, { ...ROTATING, share_files_with });
    const { code } = await runUnder('022', 'target-jsonl', ['-c', config], hookLines(1, 1, 1));
    expect(code).toBe(0);
    expect(rightsIn(join(folder, 'hooks')).filter((name) => name.startsWith('data'))).toEqual(files);
    expect(statSync(join(folder, 'hooks')).mode & 0o777).toBe(folderMode);
  });

  test('that other users can read already keep their rights, with a warning', async () => {
    const folder = tempFolder();
    const config = targetConfigFile(folder);
    mkdirSync(join(folder, 'hooks'));
    chmodSync(join(folder, 'hooks'), 0o755);
    const { code, stderr } = await runUnder('022', 'target-jsonl', ['-c', config], hookLines(1, 1, 1));
    expect(code).toBe(0);
    expect(stderr).toContain(`"wide":["${join(folder, 'hooks')}"]`);
    expect(statSync(join(folder, 'hooks')).mode & 0o777).toBe(0o755);
  });

  test.each(['data.jsonl', '.data.manifest.json.part', '..data.manifest.json.part', '.data.lock'])(
    'are not written through a symbolic link %s that somebody planted',
    async (name) => {
      const folder = tempFolder();
      const victim = join(tempFolder(), 'victim');
      writeFileSync(victim, 'precious, without a line end');
      mkdirSync(join(folder, 'hooks'), { mode: 0o700 });
      symlinkSync(victim, join(folder, 'hooks', name));
      const config = targetConfigFile(folder);
      const { code } = await runUnder('022', 'target-jsonl', ['-c', config], hookLines(1, 2, 2));
      expect(readFileSync(victim, 'utf8')).toBe('precious, without a line end');
      expect([0, 3]).toContain(code); // 0 where the name means nothing to the target
    },
  );

  test.each(['data.jsonl', '.data.lock'])('are refused with a sentence when %s is a link', async (name) => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'hooks'), { mode: 0o700 });
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'hooks', name));
    const config = targetConfigFile(folder);
    const { code, stderr } = await runUnder('022', 'target-jsonl', ['-c', config], hookLines(1, 2, 2));
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('there is a symbolic link where a file is needed'),
    ]);
    expect(readdirSync(folder).includes('elsewhere')).toBe(false);
  });

  test('are refused with a sentence when a pipe is in their place', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'hooks'), { mode: 0o700 });
    execFileSync('mkfifo', [join(folder, 'hooks', 'data.jsonl')]);
    const config = targetConfigFile(folder);
    const { code, stderr } = await runUnder('022', 'target-jsonl', ['-c', config], hookLines(1, 2, 2));
    expect([code, stderr]).toEqual([3, expect.stringContaining('there is a pipe or a device')]);
  });
});

test('files of target-bigquery are for the owner only, even with umask 0', async () => {
  const fake = await startFake();
  onTestFinished(() => fake.close());
  const folder = tempFolder();
  const spool = join(folder, 'spool');
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({ project: 'test', location: 'US', spool_path: spool, api_endpoint: fake.apiEndpoint }),
  );
  const { code, stderr } = await runUnder('0', 'target-bigquery', ['-c', config], hookLines(1, 3, 3));
  expect(code, stderr).toBe(0);
  expect(rightsIn(spool).filter((name) => !/ [67]00$/.test(name))).toEqual([]);
});

test('files of an inbox are for the owner only, even with umask 0', async () => {
  const home = new TapProcesses();
  const state = join(home.folder, 'state.jsonl');
  writeFileSync(state, '');
  expect((await runUnder('0', 'tap-webhooks', ['url', 'create', 'shop', '-c', home.config], '')).code).toBe(
    0,
  );
  const args = ['drain', '-c', home.config, '--state', state];
  expect((await runUnder('0', 'tap-webhooks', args, '')).code).toBe(0);
  expect(rightsIn(home.inbox).filter((name) => !/ [67]00$/.test(name))).toEqual([]);
  expect(statSync(home.inbox).mode & 0o777).toBe(0o700);
});

test('a receiver warns of an inbox that other users have rights to, and does not change them', async () => {
  const home = new TapProcesses();
  const path = await home.path('shop');
  chmodSync(home.inbox, 0o755);
  const program = home.start('receive');
  expect(await postTo(await portOf(program), path, { n: 1 })).toBe(200);
  expect(program.stderr).toContain(
    `Other users have rights to ${home.inbox}: take them away with chmod go= `,
  );
  expect(statSync(home.inbox).mode & 0o777).toBe(0o755);
});
