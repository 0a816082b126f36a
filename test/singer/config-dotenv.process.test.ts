import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunningFixture } from '../helpers/fixture.js';
import { tempFolder } from '../helpers/temp.js';

async function configIn(cwd: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const fixture = new RunningFixture('config.mjs', [], { cwd, env });
  expect(await fixture.exit()).toBe(0);
  return JSON.parse(fixture.stdout);
}

function folders(): { outer: string; inner: string } {
  const outer = tempFolder();
  const inner = join(outer, 'a', 'b');
  mkdirSync(inner, { recursive: true });
  return { outer, inner };
}

test('`.env` is searched from the working folder upwards', async () => {
  const { outer, inner } = folders();
  writeFileSync(join(outer, '.env'), 'TAP_FIXTURE_NAME="from above"\nTAP_FIXTURE_PORT=8080\nOTHER=1\n');
  expect(await configIn(inner)).toEqual({ name: 'from above', port: 8080 });
});

test('a byte order mark at the start of `.env` is skipped', async () => {
  const { inner } = folders();
  writeFileSync(join(inner, '.env'), '\ufeffTAP_FIXTURE_NAME=marked\n');
  expect(await configIn(inner)).toEqual({ name: 'marked' });
});

test('only the nearest `.env` is read', async () => {
  const { outer, inner } = folders();
  writeFileSync(join(outer, '.env'), 'TAP_FIXTURE_NAME=far\nTAP_FIXTURE_PORT=1\n');
  writeFileSync(join(inner, '.env'), 'TAP_FIXTURE_NAME=near\n');
  expect(await configIn(inner)).toEqual({ name: 'near' });
});

test('the environment itself wins over `.env`', async () => {
  const { inner } = folders();
  writeFileSync(join(inner, '.env'), 'TAP_FIXTURE_NAME=file\nTAP_FIXTURE_PORT=1\n');
  expect(await configIn(inner, { TAP_FIXTURE_NAME: 'env' })).toEqual({ name: 'env', port: 1 });
});
