import { usage } from '@tap-webhooks/singer';
import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { loadTapConfig } from '../config.js';
import type { Consumer } from '../inbox/consumer.js';
import { openInbox } from '../inbox/open.js';
import { table } from './text-table.js';

interface ConsumersArgs extends CommonArgs {
  readonly action: 'list' | 'drop';
  readonly name?: string;
  readonly json?: boolean;
}

/** @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as the one to drop. */
export async function consumers(args: ConsumersArgs, { out, env }: Context): Promise<void> {
  const inbox = await openInbox(loadTapConfig(args.config, env), 'admin');
  try {
    if (args.action === 'drop') {
      if (args.name === undefined)
        throw usage('Name the consumer to drop: `tap-webhooks consumers drop <name>`.');
      await inbox.consumers.drop(args.name);
      await out.write(args.json ? JSON.stringify({ dropped: args.name }) : `Dropped ${args.name}.`);
      return;
    }
    const found = await inbox.consumers.list();
    await out.write(args.json ? consumersJson(found) : consumersText(found));
  } finally {
    await inbox.close();
  }
}

function consumersJson(consumers: readonly Consumer[]): string {
  const list = consumers.map(({ name, registeredAt, streams, confirmed }) => ({
    consumer: name,
    registered_at: registeredAt,
    streams,
    confirmed,
  }));
  return JSON.stringify({ consumers: list }, null, 2);
}

function consumersText(consumers: readonly Consumer[]): string {
  if (consumers.length === 0) return 'No pipe has read this inbox yet.';
  const rows = consumers.map(({ name, registeredAt, streams }) => [
    name,
    registeredAt,
    streams === 'all' ? 'all' : streams.join(', '),
  ]);
  return table(['consumer', 'registered', 'streams'], rows);
}
