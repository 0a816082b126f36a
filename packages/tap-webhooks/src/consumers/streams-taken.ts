import { integrationsGone } from '../errors.js';
import { type Consumer, takes } from '../inbox/consumer.js';
import type { InboxReader, StreamStatus } from '../inbox/inbox.js';
import { confirmedThrough } from './trim.js';

/** What says which streams a pipe reads. */
export interface Wanted {
  /** Streams of the config's integrations; none: a pipe without integrations of its own takes what there is. */
  readonly configured: readonly string[];
  /** Its `choices` are undefined for a stream that it does not select. */
  readonly catalog: { choices(stream: string): unknown } | undefined;
}

/**
 * The streams that a consumer takes from now on: all, also those configured later, unless its integrations or its catalog
 * leave one out that has events.
 * @param before as it was registered at its last start.
 * @throws ToolkitError `integration_gone`, exit 1, when events wait for it of an integration that it took until now.
 */
export async function streamsToTake(
  { configured, catalog }: Wanted,
  before: Consumer | undefined,
  reader: InboxReader,
): Promise<Consumer['streams']> {
  const waiting = await streamsWaiting(before, reader);
  const isConfigured = (stream: string) => configured.length === 0 || configured.includes(stream);
  const isSelected = (stream: string) => !catalog || catalog.choices(stream) !== undefined;
  const gone = waiting.filter((stream) => !isConfigured(stream) && isSelected(stream));
  if (before && gone.some((stream) => takes(before, stream)))
    throw integrationsGone(gone.filter((stream) => takes(before, stream)).map(integrationOf));
  const known = [...new Set([...configured, ...waiting])];
  const taken = known.filter((stream) => isConfigured(stream) && isSelected(stream));
  return taken.length === known.length ? 'all' : taken;
}

/**
 * A receiver must know every integration whose events are still to be read by somebody.
 * @throws ToolkitError `integration_gone`, exit 1.
 */
export async function refuseGone(
  configured: readonly string[],
  consumers: readonly Consumer[],
  reader: InboxReader,
): Promise<void> {
  const gone: string[] = [];
  for (const status of await reader.streams()) {
    if (configured.includes(status.stream)) continue;
    const takers = consumers.filter((consumer) => takes(consumer, status.stream));
    // Where there are consumers and none takes the stream, nothing of it is still to be read by anybody.
    const readers = consumers.length > 0 ? takers : [undefined];
    const waits = await Promise.all(readers.map((consumer) => isWaiting(status, consumer, reader)));
    if (waits.includes(true)) gone.push(integrationOf(status.stream));
  }
  if (gone.length > 0) throw integrationsGone(gone);
}

async function streamsWaiting(consumer: Consumer | undefined, reader: InboxReader): Promise<string[]> {
  const waiting: string[] = [];
  for (const status of await reader.streams())
    if (await isWaiting(status, consumer, reader)) waiting.push(status.stream);
  return waiting;
}

/** @param consumer absent: nobody has confirmed anything. */
async function isWaiting(
  status: StreamStatus,
  consumer: Consumer | undefined,
  reader: InboxReader,
): Promise<boolean> {
  if (status.kept === 0) return false;
  return !consumer || (await confirmedThrough(consumer, status.stream, reader)) < status.newest;
}

function integrationOf(stream: string): string {
  return stream.replace(/-data$/, '');
}
