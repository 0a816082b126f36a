import type { Catalog, Choice } from '../catalog/selection.js';
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
