// A writer in a process of its own: appends events with rising `n`, `in flight` at a time, and prints the `n` of each one
// that was acknowledged, or `refused` and its reason. Arguments: folder, first n, in flight, bytes a body.
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';

const [folder, first, inFlight, bytes] = process.argv.slice(2);
const inbox = await sqliteDriver(folder).writer({ create: true });
await inbox.setRules([{ name: 'web', stream: 'web-data', keyProperties: ['n'] }]);
let n = Number(first);

async function appendOne() {
  const mine = n++;
  const body = Buffer.from(JSON.stringify({ n: mine, text: 'x'.repeat(Number(bytes)) }));
  try {
    const verdict = await inbox.append({ integration: 'web', receivedAt: Date.now(), body });
    process.stdout.write(`${verdict.stored === 1 ? mine : 'not stored'}\n`);
  } catch (cause) {
    process.stdout.write(`refused ${cause.name} ${cause.message}\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (let i = 0; i < Number(inFlight); i += 1) {
  (async () => {
    for (;;) await appendOne();
  })();
}
