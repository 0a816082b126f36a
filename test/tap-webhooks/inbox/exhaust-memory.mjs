// Appends one event, then bodies that together need more memory than the thread may have, then another event until that is
// taken, and prints what became of each. Argument: folder.

import { setFlagsFromString } from 'node:v8';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';

// V8 reads this when it makes a heap: the threads that are started from now on get so many MiB. This one has its own already.
setFlagsFromString('--max-old-space-size=20');
const inbox = await sqliteDriver(process.argv[2]).writer({ create: true });
await inbox.setRules([{ name: 'web', stream: 'web-data', keyProperties: ['n'] }]);

async function append(body) {
  const said = await inbox.append({ integration: 'web', receivedAt: Date.now(), body }).then(
    ({ stored }) => `stored ${stored}`,
    ({ name }) => name,
  );
  process.stdout.write(`${said}\n`);
  return said.startsWith('stored');
}

await append(Buffer.from('{"n":1}'));
const dense = Buffer.concat([Buffer.from('{"n":3,"a":['), Buffer.alloc(249_000, '[],'), Buffer.from('1]}')]);
await Promise.all(Array.from({ length: 4 }, () => append(dense)));
while (!(await append(Buffer.from('{"n":2}')))) await new Promise((resolve) => setTimeout(resolve, 100));
await inbox.close();
