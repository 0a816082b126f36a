import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lineForPeople } from '../../packages/singer/dist/log.js';
import { RunningFixture } from '../helpers/fixture.js';
import { tempFolder } from '../helpers/temp.js';

/** The keys that Meltano 4 requires in a structured line. It takes a line that lacks one as plain text. */
const MELTANO_KEYS = [
  'app_name',
  'level',
  'logger_name',
  'message',
  'pid',
  'stream_name',
  'thread_name',
  'ts',
];

interface Line {
  level: string;
  extra?: object;
  [key: string]: unknown;
}

async function logged(env: NodeJS.ProcessEnv = {}, deed = 'log'): Promise<Line[]> {
  const none = { LOGLEVEL: undefined, TAP_FIXTURE_LOGLEVEL: undefined, SINGER_SDK_LOG_CONFIG: undefined };
  const fixture = new RunningFixture('program.mjs', ['--do', deed], { env: { ...none, ...env } });
  expect(await fixture.exit()).toBe(0);
  expect(fixture.stdout).toBe('');
  return fixture.stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const levels = async (env: NodeJS.ProcessEnv) => (await logged(env)).map((line) => line.level);

test('each line is one JSON object with the keys that Meltano requires', async () => {
  for (const line of await logged()) {
    const { extra: _, ...rest } = line;
    expect(Object.keys(rest).sort()).toEqual(MELTANO_KEYS);
  }
});

test('the stream has its own key, and other fields go to extra', async () => {
  const [loaded, look] = await logged();
  expect(loaded).toMatchObject({
    level: 'info',
    logger_name: 'tap-fixture',
    stream_name: 'users-data',
    message: 'loaded',
    extra: { rows: 3 },
  });
  expect(loaded?.ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(look).toMatchObject({ level: 'warning', stream_name: null, message: 'look at this' });
});

test('a child logger adds its fields to each line, and a field of the line itself wins', async () => {
  const lines = await logged({}, 'log as a child');
  expect(lines.map(({ stream_name: stream, extra }) => [stream, extra])).toEqual([
    ['users-data', { inbox: 'a' }],
    ['users-data', { inbox: 'b', table: 't', rows: 3 }],
    [null, undefined],
  ]);
});

test('the level is info by default', async () => {
  expect(await levels({})).toEqual(['info', 'warning', 'error']);
});

test("the program's own variable wins over LOGLEVEL", async () => {
  expect(await levels({ LOGLEVEL: 'error' })).toEqual(['error']);
  expect(await levels({ LOGLEVEL: 'error', TAP_FIXTURE_LOGLEVEL: 'WARNING' })).toEqual(['warning', 'error']);
});

test("Meltano's log config names the level when no variable does", async () => {
  const path = join(tempFolder(), 'logging.json');
  writeFileSync(path, '{"version":1,"root":{"level":"DEBUG"}}');
  expect(await levels({ SINGER_SDK_LOG_CONFIG: path })).toEqual(['debug', 'info', 'warning', 'error']);
  expect(await levels({ SINGER_SDK_LOG_CONFIG: path, LOGLEVEL: 'error' })).toEqual(['error']);
});

test.each(['loud', 'constructor', ''])('an unknown level (%j) counts as info', async (level) => {
  expect(await levels({ LOGLEVEL: level })).toEqual(['info', 'warning', 'error']);
});

test('a program runs even if its log config cannot be read', async () => {
  expect(await levels({ SINGER_SDK_LOG_CONFIG: join(tempFolder(), 'none.json') })).toHaveLength(3);
});

test('a program continues when nobody reads its stderr', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'log without a reader']);
  await fixture.saw('waiting');
  fixture.child.stderr?.destroy();
  fixture.child.stdin?.end();
  await fixture.saw('still here');
});

test('a name that comes with the data cannot steer a terminal', async () => {
  const fixture = new RunningFixture('program.mjs', ['--do', 'log a hostile name']);
  expect(await fixture.exit()).toBe(0);
  expect(fixture.stderr).not.toMatch(/[\p{Cc}](?!$)/u);
  expect(JSON.parse(fixture.stderr)).toMatchObject({ stream_name: 'x\x1b]0;pwned\x07\x9b2J' });
});

test('a name cannot steer the terminal on which the log is shown to people', () => {
  const fields = { stream_name: 'x\x1b]0;pwned\x07', extra: { table: 'a\r\nfake' } };
  const line = { level: 'info', ts: '2026-01-31T10:20:30.000Z', message: 'loaded \x1b[2J\nfake', ...fields };
  expect(lineForPeople(JSON.stringify(line))).toBe(
    '\r\x1b[K10:20:30 INFO    loaded \\u001b[2J\n  fake stream=x\\u001b]0;pwned\\u0007 table=a\\u000d\\u000afake\n',
  );
});
