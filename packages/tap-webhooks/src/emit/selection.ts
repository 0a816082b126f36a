import { readFile } from 'node:fs/promises';
import { catalogUnreadable } from '../errors.js';
import type { InboxReader } from '../inbox/inbox.js';

/** Which streams a pipe emits. */
export interface StreamSource {
  /** Called again while the pipe runs, since streams may be configured meanwhile. */
  streams(): Promise<string[]>;
  /** What the catalog says about a stream's properties; undefined: everything is emitted. */
  choices(stream: string): Choice | undefined;
}

/**
 * @param configured streams of the config's integrations, known before their first event.
 * @param isTaken whether the consumer takes the stream.
 * @param catalog when given, only streams that it selects are emitted.
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
 * What a catalog says about a property, and about the properties in it. The rules are those of the Singer SDK
 * (`singer_sdk/singerlib/catalog.py`): inclusion `unsupported` is never selected and `automatic` always; otherwise `selected`
 * decides, then `selected-by-default`, then the parent. A stream that is not listed is not selected; a stream without any
 * metadata is.
 */
export interface Choice {
  /** Undefined when the catalog says nothing about this property itself. */
  selected?: boolean;
  readonly inner: Map<string, Choice>;
}

export interface Catalog {
  /** Returns what is chosen within a stream; undefined when the stream is not selected. */
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

/** Reads a catalog as `--discover` prints it, with what a person or Meltano selected in it. */
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
    const choice = choiceAt(root, breadcrumb);
    const selected = isSelected(metadata);
    if (choice && selected !== undefined) choice.selected = selected;
  }
  return root;
}

/** A breadcrumb alternates `properties` and a name. Properties within the items of an array cannot be chosen: undefined. */
function choiceAt(root: Choice, breadcrumb: readonly string[]): Choice | undefined {
  let choice = root;
  for (let index = 0; index < breadcrumb.length; index += 2) {
    const name = breadcrumb[index + 1];
    if (breadcrumb[index] !== 'properties' || name === undefined) return undefined;
    const inner = choice.inner.get(name) ?? { inner: new Map() };
    choice.inner.set(name, inner);
    choice = inner;
  }
  return choice;
}

function isSelected(metadata: Metadata): boolean | undefined {
  if (metadata.inclusion === 'unsupported') return false;
  if (metadata.inclusion === 'automatic') return true;
  if (typeof metadata.selected === 'boolean') return metadata.selected;
  const byDefault = metadata['selected-by-default'];
  return typeof byDefault === 'boolean' ? byDefault : undefined;
}
