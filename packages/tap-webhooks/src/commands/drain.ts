import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { trimShare } from '../consumers/trim.js';
import { openSqliteReader } from '../inbox/sqlite/reader.js';
import { openSqliteWriter } from '../inbox/sqlite/writer.js';
import { lockForAMoment } from './own-inbox.js';
import { openPipe, type PipeFiles, runPipe } from './pipe.js';

/** A receiver that starts meanwhile gets the lock in this pause. */
const PAUSE_MS = 200;
/** What is left then goes at the next drain. */
const MAX_SHARES = 60;

/**
 * Emits what waits at this moment and ends, which is what schedules need. While no receiver runs it also deletes what has
 * been confirmed, since nobody else would.
 */
export async function drain(
  config: TapConfig,
  configured: readonly string[],
  files: PipeFiles,
  context: Context,
): Promise<void> {
  const reader = await openSqliteReader(config.inbox_path);
  const pipe = await openPipe(config, configured, files, reader, context);
  await runPipe(pipe, reader, async () => {
    await pipe.emitter.drain(context.stop);
    await context.out.end();
    await pipe.confirmState();
  });
  await reader.close();
  const result = context.stop.aborted
    ? 'Stopped before everything was emitted'
    : 'Everything that waited is emitted';
  context.log.info({ records: pipe.emitter.emitted }, result);
  if (files.state !== undefined) await trimAlone(config, context);
}

async function trimAlone(config: TapConfig, { stop, log }: Context): Promise<void> {
  for (let share = 0; share < MAX_SHARES && !stop.aborted; share += 1) {
    const lock = await lockForAMoment(config.inbox_path);
    if (!lock) return;
    try {
      if (!(await trimOnce(config))) return;
    } catch (cause) {
      log.warn({ why: (cause as Error).message }, 'Nothing can be deleted now; the next drain tries again');
      return;
    } finally {
      lock.release();
    }
    await sleep(PAUSE_MS);
  }
}

async function trimOnce(config: TapConfig): Promise<boolean> {
  const writer = await openSqliteWriter(config.inbox_path);
  try {
    return await trimShare(config.inbox_path, writer, {
      retentionDays: config.retention_days,
      dedupeDays: config.dedupe_days,
    });
  } finally {
    await writer.close();
  }
}
