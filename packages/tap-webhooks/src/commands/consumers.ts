import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig } from '../config.js';
import type { Consumer, Consumers } from '../inbox/consumer.js';
import { openInbox } from '../inbox/open.js';
import { table } from './text-table.js';

interface ConsumersArgs extends CommonArgs {
  readonly json?: boolean;
}

export async function consumersList(args: ConsumersArgs, context: Context): Promise<void> {
  await withConsumers(args, context, async (consumers) => {
    const found = await consumers.list();
    return args.json ? consumersJson(found) : consumersText(found);
  });
}

/** @throws ToolkitError `unknown_consumer`, exit 1; `locked`, exit 4, while a pipe reads as this consumer. */
export async function consumersDrop(
  args: ConsumersArgs & { readonly name: string },
  context: Context,
): Promise<void> {
  await withConsumers(args, context, async (consumers) => {
    await consumers.drop(args.name);
    return args.json ? JSON.stringify({ dropped: args.name }) : `Dropped ${args.name}.`;
  });
}

async function withConsumers(
  args: CommonArgs,
  context: Context,
  answer: (consumers: Consumers) => Promise<string>,
): Promise<void> {
  const inbox = await openInbox(readTapConfig(args, context), 'admin');
  try {
    await context.out.write(await answer(inbox.consumers));
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
