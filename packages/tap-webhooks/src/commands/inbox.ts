import type { CommonArgs, Context } from '@tap-webhooks/singer/command';
import { readTapConfig } from '../config.js';
import { inboxDamaged } from '../errors.js';
import { type Lost, openInbox } from '../inbox/open.js';
import { resolveIntegrations, withoutSecrets } from '../integrations.js';

export interface InboxArgs extends CommonArgs {
  readonly json?: boolean;
}

/** Runs `inbox renew`. @throws ToolkitError `locked`, exit 4, while a receiver runs; or as `openInbox` does. */
export async function inboxRenew(args: InboxArgs, context: Context): Promise<void> {
  const inbox = await openInbox(readTapConfig(args, context), 'writer');
  try {
    const { id, first } = await inbox.renew(Date.now());
    await context.out.write(
      args.json
        ? JSON.stringify({ incarnation: id, first_position: first })
        : `The next event gets position ${first} of the new incarnation ${id}. Events that are there keep theirs. Start the receiver and the pipes again, with the states that you have.`,
    );
  } finally {
    await inbox.close();
  }
}

/** Runs `inbox downgrade`. @throws ToolkitError `locked`, exit 4, while a receiver runs; `no_way_back`, exit 1. */
export async function inboxDowngrade(args: InboxArgs, context: Context): Promise<void> {
  const { downgradeInbox } = await import('../inbox/open.js');
  const format = await downgradeInbox(readTapConfig(args, context));
  await context.out.write(
    args.json
      ? JSON.stringify({ format })
      : `The inbox has format ${format} now. Install the previous version before you start it again: this version would update the inbox.`,
  );
}

/**
 * Runs `inbox verify`: prints what was checked and found.
 * @throws ToolkitError `inbox_damaged`, exit 7, after it has printed that something is damaged; or as `openInbox` does.
 */
export async function inboxVerify(args: InboxArgs, context: Context): Promise<void> {
  const { verifyInbox } = await import('../inbox/open.js');
  const { file, rows, lost, damaged, indexes } = await verifyInbox(
    readTapConfig(args, context),
    context.stop,
  );
  await context.out.write(
    args.json
      ? JSON.stringify({ file, rows, lost, damaged, indexes }, null, 2)
      : [
          `Checked ${file}: ${counted(rows)}.`,
          ...(await listed('Cannot be read', lost)),
          ...(await listed('Not what was recorded', damaged)),
          ...indexes.map((name) => `Cannot be read: the index ${name}`),
        ].join('\n'),
  );
  if (lost.length + damaged.length + indexes.length > 0) throw inboxDamaged();
}

/** Runs `inbox rescue`. @throws ToolkitError `locked`, exit 4, while a receiver runs; or as `openInbox` does. */
export async function inboxRescue(args: InboxArgs, context: Context): Promise<void> {
  const { rescueInbox } = await import('../inbox/open.js');
  const config = readTapConfig(args, context);
  const integrations = resolveIntegrations(withoutSecrets(config), context.env);
  const { from, to, report } = await rescueInbox(
    config,
    integrations.map(({ rules }) => rules),
    context.stop,
  );
  const { rows, lost, damaged, withoutUrl } = report;
  await context.out.write(
    args.json
      ? JSON.stringify({ old: from, new: to, rows, lost, damaged, make_new_urls_for: withoutUrl }, null, 2)
      : [
          `Copied into ${to}, which counts from now on: ${counted(rows)}.`,
          ...(await listed('Lost', lost)),
          ...(await listed('Not what was recorded; such events are in the quarantine', damaged)),
          ...(lost.length === 0 ? ['Nothing was lost.'] : []),
          ...(withoutUrl.length > 0
            ? [
                `Make a new URL with \`tap-webhooks url create\`, and give it to the sender, for: ${withoutUrl.join(', ')}`,
              ]
            : []),
          `The old file ${from} is kept until you remove it.`,
        ].join('\n'),
  );
}

function counted(rows: { readonly [table: string]: number }): string {
  return Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${count} ${table}`)
    .join(', ');
}

async function listed(what: string, keys: readonly Lost[]): Promise<string[]> {
  const { describeKeys } = await import('../inbox/open.js');
  return await Promise.all(keys.map(async (one) => `${what}: ${await describeKeys(one)}`));
}
