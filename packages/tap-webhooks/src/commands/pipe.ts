import { type Bookmark, startProgress } from '@tap-webhooks/singer';
import type { Context } from '@tap-webhooks/singer/command';
import type { TapConfig } from '../config.js';
import { type Bookmarks, bookmarksOf, wellFormed } from '../consumers/bookmark.js';
import { checkBookmarks } from '../consumers/check-bookmarks.js';
import { Confirmation } from '../consumers/confirmation.js';
import { followState, readStateFile } from '../consumers/state-file.js';
import { streamsToTake } from '../consumers/streams-taken.js';
import { Emitter } from '../emit/emitter.js';
import { type Catalog, readCatalog, streamSource } from '../emit/selection.js';
import { type Consumer, type ConsumerLease, takes } from '../inbox/consumer.js';
import type { InboxReader } from '../inbox/inbox.js';

/**
 * Shows the progress of the pipe on a terminal.
 * @param emitter absent in a process that does not emit.
 */
export function showProgress(reader: InboxReader, emitter?: Emitter): { stop(): void } {
  const begun = performance.now();
  let first: number | undefined;
  let newest = 0;
  return startProgress(() => {
    void reader.newest().then(
      (position) => {
        first ??= position;
        newest = position;
      },
      () => {}, // closed meanwhile
    );
    const received = `${newest - (first ?? newest)} received`;
    if (!emitter) return received;
    const rate = Math.round(emitter.emitted / ((performance.now() - begun) / 1000));
    const backlog = emitter.position === 0 ? '' : `, ${Math.max(0, newest - emitter.position)} waiting`;
    return `${received}, ${emitter.emitted} emitted (${rate}/s)${backlog}`;
  });
}

/** Files given on the command line. */
export interface PipeFiles {
  readonly state?: string | undefined;
  readonly catalog?: string | undefined;
}

/** The emitting half of the tap: one consumer that reads an inbox and confirms what its state file tells. */
export interface Pipe {
  readonly emitter: Emitter;
  /** Confirms what the state file gains, until the signal aborts. Never rejects. */
  watchState(signal: AbortSignal): Promise<void>;
  /** Confirms what the state file says now. */
  confirmState(): Promise<void>;
  /** Lets another pipe read as this consumer. */
  close(): Promise<void>;
}

/**
 * Takes the consumer's lease, checks the state against the inbox, registers the consumer and confirms what the state says.
 * Nothing has been emitted yet.
 * @param configured streams of the config's integrations.
 */
export async function openPipe(
  config: TapConfig,
  configured: readonly string[],
  files: PipeFiles,
  reader: InboxReader,
  context: Pick<Context, 'out' | 'log'>,
): Promise<Pipe> {
  const lease = await reader.consumers.lease(config.consumer);
  try {
    return await pipeOf(config, configured, files, reader, context, lease);
  } catch (cause) {
    await lease.release();
    throw cause;
  }
}

async function pipeOf(
  config: TapConfig,
  configured: readonly string[],
  { state, catalog: catalogPath }: PipeFiles,
  reader: InboxReader,
  { out, log }: Pick<Context, 'out' | 'log'>,
  lease: ConsumerLease,
): Promise<Pipe> {
  const catalog = catalogPath === undefined ? undefined : await readCatalog(catalogPath);
  const consumer = await lease.consumer();
  const streams = await streamsToTake({ configured, catalog }, consumer, reader);
  const isTaken = (stream: string) => takes({ streams }, stream);
  const { fitting, starts, carried } = await bookmarksFrom(state, isTaken, reader, config, consumer, log);
  const confirmation = new Confirmation(reader, lease, await lease.register(streams));
  await confirmation.confirm(fitting);
  if (state === undefined)
    log.warn('No --state is given: emission starts at the oldest kept event, and no event is ever deleted');
  const confirmState = async () => {
    const value = state === undefined ? undefined : await readStateFile(state);
    if (value) await confirmation.confirm(wellFormed(bookmarksOf(value)));
  };
  return {
    emitter: new Emitter({
      reader,
      out,
      source: streamSource(reader, configured, isTaken, catalog as Catalog | undefined),
      settings: {
        emitKey: config.emit_key,
        stateIntervalSeconds: config.state_interval_seconds,
        stateIntervalRecords: config.state_interval_records,
      },
      bookmarks: new Map([...carried, ...fitting]),
      starts,
    }),
    confirmState,
    async watchState(signal) {
      if (state === undefined) return;
      await followState(state, signal, log, async (value) => {
        await confirmation.confirm(wellFormed(bookmarksOf(value)));
      });
    },
    close: () => lease.release(),
  };
}

/** Returns the bookmarks to begin at, and those of streams that are not taken, which every STATE repeats unchanged. */
async function bookmarksFrom(
  path: string | undefined,
  isTaken: (stream: string) => boolean,
  reader: InboxReader,
  config: TapConfig,
  consumer: Consumer | undefined,
  log: Context['log'],
): Promise<{ fitting: Bookmarks; starts: ReadonlyMap<string, number>; carried: Bookmarks }> {
  const state = path === undefined ? undefined : await readStateFile(path);
  if (path !== undefined && state === undefined)
    log.info('The state file holds no state: emission starts at the oldest kept event');
  const given = [...bookmarksOf(state ?? {})];
  const ours = new Map<string, Bookmark | undefined>(given.filter(([stream]) => isTaken(stream)));
  const { bookmarks, starts, lost, setAside } = await checkBookmarks(
    ours,
    reader,
    config.accept_state_of_inbox,
    consumer,
  );
  for (const [stream, why] of lost)
    log.warn(
      { stream, why, after: starts.get(stream) },
      'The target has events that this inbox lost. Emission starts after what is known to be confirmed',
    );
  for (const stream of setAside)
    log.warn({ stream }, 'Its bookmark is set aside: emission starts at the oldest kept event');
  return {
    fitting: bookmarks,
    starts,
    carried: wellFormed(new Map(given.filter(([stream]) => !isTaken(stream)))),
  };
}

/** Does the work while the state file is watched and progress is shown, then releases the consumer. */
export async function runPipe(pipe: Pipe, reader: InboxReader, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const watching = pipe.watchState(over.signal);
  const progress = showProgress(reader, pipe.emitter);
  try {
    await work();
  } finally {
    progress.stop();
    over.abort();
    await watching;
    await pipe.close();
  }
}
