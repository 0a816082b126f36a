import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from 'vitest';
import { RunningProgram, runProgram } from '../helpers/program.js';
import { tempFolder } from '../helpers/temp.js';
import { until } from '../helpers/until.js';

/** Makes an inbox of 200 MB, which takes some seconds to read and to copy. */
async function largeInbox() {
  const folder = tempFolder();
  const inbox = join(folder, 'inbox');
  const config = join(folder, 'tap.json');
  const integrations = [{ name: 'web', provider: 'webhooks' }];
  writeFileSync(
    config,
    JSON.stringify({ inbox_path: inbox, public_url: 'https://hooks.example.com', integrations }),
  );
  await runProgram('tap-webhooks', ['url', 'create', 'web', '--config', config]);
  const database = new DatabaseSync(join(inbox, 'inbox.sqlite'));
  database.exec(`
    PRAGMA synchronous = OFF;
    INSERT OR IGNORE INTO streams (id, name) VALUES (1, 'web-data');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO events (position, stream, received_at, sequence, schema_version, digest, record)
      SELECT i, 1, i, i, 1, '', '{"x":"' || hex(zeroblob(10000)) || '"}' FROM n;
    PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
  return { inbox, config };
}

it('inbox verify ends after SIGINT', async () => {
  const { config } = await largeInbox();
  const verify = new RunningProgram('tap-webhooks', ['inbox', 'verify', '--config', config]);
  const { pid } = verify.child;
  await until(() => bytesRead(pid) > 30_000_000, 'the rows are being read');
  verify.child.kill('SIGINT');
  expect(await verify.exit()).toBe(7);
  expect(verify.stdout).toBe('');
  expect(verify.stderr).toContain('The command was stopped before it was done, and has changed nothing');
});

it('inbox rescue ends after SIGTERM, leaves no copy, and the inbox is used as before', async () => {
  const { inbox, config } = await largeInbox();
  const rescue = new RunningProgram('tap-webhooks', ['inbox', 'rescue', '--config', config]);
  const copy = join(inbox, 'inbox-2.sqlite');
  await until(() => existsSync(copy) && statSync(copy).size > 10_000_000, 'the rows are being copied');
  rescue.child.kill('SIGTERM');
  expect(await rescue.exit()).toBe(7);
  expect(rescue.stderr).toContain('The command was stopped before it was done, and has changed nothing');
  expect(readdirSync(inbox).filter((name) => name.startsWith('inbox-2'))).toEqual([]);
  const { code } = await runProgram('tap-webhooks', ['status', '--config', config]);
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(inbox, 'current'), 'utf8'))).toEqual({ file: 'inbox.sqlite' });
});

function bytesRead(pid: number | undefined): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
