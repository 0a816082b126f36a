// Opens the inbox at a given moment, adds a token to it, and prints the inbox's incarnation. Arguments: folder, writer or
// tokens, epoch in ms.
import { openSqliteReader } from '../../../packages/tap-webhooks/dist/inbox/sqlite/reader.js';
import { openSqliteTokens } from '../../../packages/tap-webhooks/dist/inbox/sqlite/tokens.js';
import { openSqliteWriter } from '../../../packages/tap-webhooks/dist/inbox/sqlite/writer.js';

const [folder, role, at] = process.argv.slice(2);
while (Date.now() < Number(at));
const opened =
  role === 'writer' ? await openSqliteWriter(folder) : await openSqliteTokens(folder, { create: true });
await opened.addToken(`i${process.pid}`, String(process.pid).padStart(64, '0'), Date.now());
await opened.close();
const reader = await openSqliteReader(folder);
process.stdout.write(reader.incarnation);
await reader.close();
