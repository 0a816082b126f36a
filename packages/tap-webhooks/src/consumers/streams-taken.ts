import { integrationsGone } from '../errors.js';
import { type Consumer, takes } from '../inbox/consumer.js';
import type { InboxReader, StreamStatus } from '../inbox/inbox.js';
import { integrationOfStream } from '../names.js';
import { confirmedThrough } from './trim.js';

/** Which streams a pipe asks for. */
export interface Wanted {
  /** Streams of the config's integrations. A pipe without integrations takes every stream. */
  readonly configured: readonly string[];
  /** Its `choices` are undefined for a stream that it does not select. */
  readonly catalog: { choices(stream: string): unknown } | undefined;
}

/**
 * Returns the streams that a consumer takes from now on: all, also those configured later, unless its integrations or its
 * catalog leave out one that has events.
 * @param before as it was registered at its last start.
 * @throws ToolkitError `integration_gone`, exit 1, when the config lacks an integration that it took and has events of.
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
    throw integrationsGone(gone.filter((stream) => takes(before, stream)).map(integrationOfStream));
  const known = [...new Set([...configured, ...waiting])];
  const taken = known.filter((stream) => isConfigured(stream) && isSelected(stream));
  return taken.length === known.length ? 'all' : taken;
}

/**
 * Refuses to start a receiver whose config lacks an integration that still has events for a consumer.
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
    // When there are consumers and none takes the stream, nobody is going to read its events.
    const readers = consumers.length > 0 ? takers : [undefined];
    const waits = await Promise.all(readers.map((consumer) => isWaiting(status, consumer, reader)));
    if (waits.includes(true)) gone.push(integrationOfStream(status.stream));
  }
  if (gone.length > 0) throw integrationsGone(gone);
}

async function streamsWaiting(consumer: Consumer | undefined, reader: InboxReader): Promise<string[]> {
  const waiting: string[] = [];
  for (const status of await reader.streams())
    if (await isWaiting(status, consumer, reader)) waiting.push(status.stream);
  return waiting;
}

/** @param consumer when absent, nothing is confirmed. */
async function isWaiting(
  status: StreamStatus,
  consumer: Consumer | undefined,
  reader: InboxReader,
): Promise<boolean> {
  if (status.kept === 0) return false;
  return !consumer || (await confirmedThrough(consumer, status.stream, reader)) < status.newest;
}
