// Appends one event, then a body that needs more memory than this process was started with, then another event until that is
// taken, and prints what became of each. Argument: folder.
import { openSqliteWriter } from '../../../packages/tap-webhooks/dist/inbox/sqlite/writer.js';

const inbox = await openSqliteWriter(process.argv[2]);
await inbox.setRules([{ name: 'web', stream: 'web-data', keyProperties: ['n'] }]);

async function append(text) {
  const delivery = { integration: 'web', receivedAt: Date.now(), body: Buffer.from(text) };
  const said = await inbox.append(delivery).then(
    ({ stored }) => `stored ${stored}`,
    ({ name }) => name,
  );
  process.stdout.write(`${said}\n`);
  return said.startsWith('stored');
}

await append('{"n":1}');
await append(`{"n":3,"a":[${'[],'.repeat(3_000_000)}1]}`);
while (!(await append('{"n":2}'))) await new Promise((resolve) => setTimeout(resolve, 100));
await inbox.close();
