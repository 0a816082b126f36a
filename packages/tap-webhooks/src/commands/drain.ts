import { pause, ToolkitError } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { trimShare } from '../consumers/trim.js';
import { inboxDamaged } from '../errors.js';
import type { InboxWriter } from '../inbox/inbox.js';
import { openInbox } from '../inbox/open.js';
import { openPipe, type PipeFiles, runPipe } from './pipe.js';

/** Pause in ms, in which a receiver that starts gets the writer's lock. */
const PAUSE_MS = 200;
/** The next drain deletes what is left then. */
const MAX_SHARES = 60;

/**
 * Emits what waits when it starts, and ends, as schedules need it. While no receiver runs, it also deletes what has been
 * confirmed, since nobody else does.
 */
export async function drain(
  config: TapConfig,
  configured: readonly string[],
  files: PipeFiles,
  context: Context,
): Promise<void> {
  const reader = await openInbox(config, 'reader', { log: context.log });
  let damaged: Awaited<ReturnType<typeof reader.damaged>> = [];
  try {
    const pipe = await openPipe(config, configured, files, reader, context);
    await runPipe(pipe, reader, async () => {
      await pipe.emitter.drain(context.stop);
      await context.out.end();
      await pipe.confirmState();
    });
    damaged = await reader.damaged();
    const result = context.stop.aborted
      ? 'Stopped before everything was emitted'
      : 'Emitted everything that waited';
    context.log.info({ records: pipe.emitter.emitted }, result);
  } finally {
    await reader.close();
  }
  if (files.state !== undefined) await trimAlone(config, context);
  if (damaged.length > 0) throw inboxDamaged(damaged);
}

async function trimAlone(config: TapConfig, { stop, log }: Context): Promise<void> {
  for (let share = 0; share < MAX_SHARES && !stop.aborted; share += 1) {
    try {
      const writer = await openUnlessLocked(config, log);
      if (!writer || !(await trimOnce(writer, config))) return;
    } catch (cause) {
      log.warn({ why: (cause as Error).message }, 'Nothing can be deleted now. The next drain tries again');
      return;
    }
    await pause(PAUSE_MS, stop);
  }
}

/** Returns undefined while a receiver runs, which trims the inbox itself. */
async function openUnlessLocked(config: TapConfig, log: Context['log']): Promise<InboxWriter | undefined> {
  try {
    return await openInbox(config, 'writer', { log });
  } catch (cause) {
    if (cause instanceof ToolkitError && cause.code === 'locked') return undefined;
    throw cause;
  }
}

async function trimOnce(writer: InboxWriter, config: TapConfig): Promise<boolean> {
  try {
    return await trimShare(writer, {
      retentionDays: config.retention_days,
      dedupeDays: config.dedupe_days,
    });
  } finally {
    await writer.close();
  }
}
