// npm run bench:inbox-format - how long an inbox of many events takes to get today's format and to go back, and how large it is
// then: [--events 1000000], of about 600 bytes each. The receiver updates the inbox when it starts: senders wait for so long.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downgrade, sqliteDriver } from '../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { option, printTable } from './measure.mjs';

const EVENTS = option('events', 1_000_000);
const PER_BODY = 1000;

const folder = mkdtempSync(join(tmpdir(), 'inbox-format-'));
try {
  await fill(await sqliteDriver(folder).writer({ create: true }));
  const back = await measured(() => downgrade(folder));
  const update = await measured(async () => (await sqliteDriver(folder).writer()).close());
  printTable([
    ['step', 'seconds', 'MiB before', 'MiB after'],
    ['back to format 1', ...back],
    ['update to format 2', ...update],
  ]);
} finally {
  rmSync(folder, { recursive: true });
}

async function fill(inbox) {
  await inbox.setRules([
    { name: 'shop', stream: 'shop-data', keyProperties: [], deliveryId: { header: 'x-id' } },
  ]);
  for (let done = 0; done < EVENTS; done += PER_BODY) {
    const events = Array.from({ length: PER_BODY }, (_, n) => ({ n: done + n, text: 'x'.repeat(570) }));
    const body = Buffer.from(JSON.stringify(events));
    await inbox.append({ integration: 'shop', receivedAt: Date.now(), deliveryId: `d${done}`, body });
  }
  await inbox.close();
}

/** Returns the time of the work, and the size of the file before and after it. */
async function measured(work) {
  const before = size();
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  return [seconds.toFixed(2), mebibytes(before), mebibytes(size())];
}

function size() {
  const sizeOf = (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return readdirSync(folder)
    .filter((name) => name.startsWith('inbox.sqlite'))
    .reduce((sum, name) => sum + sizeOf(name), 0);
}

function mebibytes(bytes) {
  return String(Math.round(bytes / 1024 / 1024));
}
