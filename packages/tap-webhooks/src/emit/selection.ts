import { readFile } from 'node:fs/promises';
import { catalogUnreadable } from '../errors.js';
import type { InboxReader } from '../inbox/inbox.js';

/** Which streams a pipe emits. */
export interface StreamSource {
  /** Asked again while the pipe runs: streams that were configured meanwhile are in it. */
  streams(): Promise<string[]>;
  /** What the catalog says of a stream's properties; undefined: everything is emitted. */
  choices(stream: string): Choice | undefined;
}

/**
 * @param configured streams of the config's integrations, known before their first event.
 * @param isTaken does the consumer take the stream?
 * @param catalog with one, only streams that it selects.
 */
export function streamSource(
  reader: InboxReader,
  configured: readonly string[],
  isTaken: (stream: string) => boolean,
  catalog: Catalog | undefined,
): StreamSource {
  const isEmitted = (stream: string) =>
    isTaken(stream) && (!catalog || catalog.choices(stream) !== undefined);
  return {
    async streams() {
      const stored = (await reader.schemas()).map((schema) => schema.stream);
      return [...new Set([...configured, ...stored])].filter(isEmitted);
    },
    choices: (stream) => catalog?.choices(stream),
  };
}

/**
 * What a catalog selects, by the Singer SDK's rules (`singer_sdk/singerlib/catalog.py`): inclusion `unsupported` is never
 * selected and `automatic` always; else `selected`, else `selected-by-default`, else what holds the property. A stream
 * that is not listed is not selected; without any metadata it is.
 */

/** A property's own word, and those of the properties in it. */
export interface Choice {
  /** Undefined when the catalog says nothing of its own. */
  selected?: boolean;
  readonly inner: Map<string, Choice>;
}

export interface Catalog {
  /** The stream's choices when it is selected, else undefined. */
  choices(stream: string): Choice | undefined;
}

interface Metadata {
  readonly inclusion?: unknown;
  readonly selected?: unknown;
  readonly 'selected-by-default'?: unknown;
}

/** @throws ToolkitError `catalog_unreadable`, exit 1. */
export async function readCatalog(path: string): Promise<Catalog> {
  try {
    return parseCatalog(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw catalogUnreadable(path, cause);
  }
}

/** @param value a catalog as `--discover` prints it, with what a person or Meltano has selected in it. */
export function parseCatalog(value: unknown): Catalog {
  const { streams } = value as { streams: ReadonlyArray<{ tap_stream_id: string; metadata?: unknown }> };
  const selected = new Map<string, Choice>();
  for (const entry of streams) {
    const choice = choiceOf(entry.metadata);
    if (choice.selected) selected.set(entry.tap_stream_id, choice);
  }
  return { choices: (stream) => selected.get(stream) };
}

function choiceOf(metadata: unknown): Choice {
  const entries = (metadata ?? []) as ReadonlyArray<{ breadcrumb: readonly string[]; metadata: Metadata }>;
  const root: Choice = { selected: entries.length === 0, inner: new Map() };
  for (const { breadcrumb, metadata } of entries) {
    const place = choiceAt(root, breadcrumb);
    const word = wordOf(metadata);
    if (place && word !== undefined) place.selected = word;
  }
  return root;
}

/** A breadcrumb alternates `properties` and a name; what leads into the items of an array is not chosen by itself. */
function choiceAt(root: Choice, breadcrumb: readonly string[]): Choice | undefined {
  let place = root;
  for (let index = 0; index < breadcrumb.length; index += 2) {
    const name = breadcrumb[index + 1];
    if (breadcrumb[index] !== 'properties' || name === undefined) return undefined;
    const inner = place.inner.get(name) ?? { inner: new Map() };
    place.inner.set(name, inner);
    place = inner;
  }
  return place;
}

function wordOf(metadata: Metadata): boolean | undefined {
  if (metadata.inclusion === 'unsupported') return false;
  if (metadata.inclusion === 'automatic') return true;
  if (typeof metadata.selected === 'boolean') return metadata.selected;
  const byDefault = metadata['selected-by-default'];
  return typeof byDefault === 'boolean' ? byDefault : undefined;
}
