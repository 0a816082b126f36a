import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { openInbox } from '../inbox/open.js';
import { openPipe, type PipeFiles, runPipe } from './pipe.js';

/** Emits until stopped, beside a receiver in another process. */
export async function follow(
  config: TapConfig,
  configured: readonly string[],
  files: PipeFiles,
  context: Context,
): Promise<void> {
  const reader = await openInbox(config, 'reader', { log: context.log });
  try {
    const pipe = await openPipe(config, configured, files, reader, context);
    context.log.info({ consumer: config.consumer }, 'Emitting until stopped');
    await runPipe(pipe, reader, () => pipe.emitter.follow(context.stop));
  } finally {
    await reader.close();
  }
}
