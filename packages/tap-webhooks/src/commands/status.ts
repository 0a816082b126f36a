import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadTapConfig } from '../config.js';
import { openSqliteReader } from '../inbox/sqlite/reader.js';
import { readStatus, statusText } from './status-report.js';

interface StatusArgs extends CommonArgs {
  readonly json?: boolean;
}

export async function status(args: StatusArgs, { out, env }: Context): Promise<void> {
  const { inbox_path: path } = loadTapConfig(args.config, env);
  const reader = await openSqliteReader(path);
  const found = await readStatus(path, reader, Date.now());
  await reader.close();
  await out.write(args.json ? JSON.stringify(found, null, 2) : statusText(found));
}
