// Opens the inbox at a given moment, adds a token to it, and prints the inbox's incarnation. Arguments: folder, writer or
// tokens, epoch in ms.
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';

const [folder, role, at] = process.argv.slice(2);
while (Date.now() < Number(at));
const opened =
  role === 'writer'
    ? await sqliteDriver(folder).writer({ create: true })
    : await sqliteDriver(folder).admin({ create: true });
await opened.addToken(`i${process.pid}`, String(process.pid).padStart(64, '0'), Date.now());
await opened.close();
const reader = await sqliteDriver(folder).reader();
process.stdout.write((await reader.incarnations()).map(({ id }) => id).join());
await reader.close();
