import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig } from '../config.js';
import { openInbox } from '../inbox/open.js';
import { readStatus, statusText } from './status-report.js';

interface StatusArgs extends CommonArgs {
  readonly json?: boolean;
}

export async function status(args: StatusArgs, context: Context): Promise<void> {
  const config = readTapConfig(args, context);
  const reader = await openInbox(config, 'reader');
  const found = await readStatus(config.inbox_path, reader, Date.now());
  await reader.close();
  await context.out.write(args.json ? JSON.stringify(found, null, 2) : statusText(found));
}
