import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadTapConfig } from '../config.js';
import { openInbox } from '../inbox/open.js';
import { readStatus, statusText } from './status-report.js';

interface StatusArgs extends CommonArgs {
  readonly json?: boolean;
}

export async function status(args: StatusArgs, { out, env }: Context): Promise<void> {
  const config = loadTapConfig(args.config, env);
  const reader = await openInbox(config, 'reader');
  const found = await readStatus(config.inbox_path, reader, Date.now());
  await reader.close();
  await out.write(args.json ? JSON.stringify(found, null, 2) : statusText(found));
}
