import { type Output, pipeClosed, stateLine, until } from '@tap-webhooks/singer';
import type { EmitKey } from '../config.js';
import { type Bookmarks, stateValue } from '../consumers/bookmark.js';
import { inboxPutBack } from '../errors.js';
import { type Entry, type InboxReader, newestIncarnation } from '../inbox/inbox.js';
import { Progress, StateInterval, type StateIntervalSettings } from './progress.js';
import type { StreamSource } from './selection.js';
import { type StreamFormat, streamFormat } from './stream-format.js';

export interface EmitSettings extends StateIntervalSettings {
  readonly emitKey: EmitKey;
}

export interface EmitterParts {
  readonly reader: InboxReader;
  readonly out: Output;
  readonly source: StreamSource;
  readonly settings: EmitSettings;
  /** Where emission begins. Bookmarks of streams that are not emitted are printed again unchanged. */
  readonly bookmarks: Bookmarks;
  /** Streams that begin after another position than their bookmark's. The bookmark is printed until they advance. */
  readonly starts?: ReadonlyMap<string, number>;
}

/** Most events per read of the inbox. The emitter holds only these, and the text made from them. */
const READ_ENTRIES = 1000;
const READ_BYTES = 1024 * 1024;
/** About how many characters go to the output at once: a promise per line would cost more than the line. */
const CHUNK_CHARS = 64 * 1024;
/** How often to look for newly configured streams, in ms. */
const REFRESH_MS = 1000;

/**
 * Prints an inbox as Singer messages: all streams merged in position order, a SCHEMA before the first record that needs it,
 * and complete STATEs. It waits for the output, so memory stays flat, however slow the reader is.
 */
export class Emitter {
  readonly #parts: EmitterParts;
  readonly #progress: Progress;
  readonly #formats = new Map<string, StreamFormat>();
  readonly #interval: StateInterval;
  #emitted = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refreshedThrough = -1;
  /** Id of the newest incarnation, as it was at first. */
  #incarnation: string | undefined;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.bookmarks, parts.starts);
    this.#interval = new StateInterval(parts.settings);
  }

  /** How many records were emitted. */
  get emitted(): number {
    return this.#emitted;
  }

  /** Position of the last record; 0 before the first. */
  get position(): number {
    return this.#progress.position;
  }

  /**
   * Emits until `stop` aborts, then finishes the current line and prints the last STATE.
   * @throws ToolkitError `pipe_closed`, exit 6, when the reader of the output is gone.
   */
  async follow(stop: AbortSignal): Promise<void> {
    await this.#begin();
    while (!stop.aborted) {
      const through = await this.#parts.reader.newest();
      await this.#refresh(through);
      if (!(await this.#emitSome(through, stop))) await this.#wait(through, stop);
    }
    await this.#finish();
  }

  /** Emits what the inbox holds now, up to its newest position, and prints the last STATE. */
  async drain(stop: AbortSignal): Promise<void> {
    const through = await this.#parts.reader.newest();
    await this.#begin();
    await this.#refresh(through);
    while (!stop.aborted && (await this.#emitSome(through, stop)));
    await this.#finish();
  }

  /** Prints the bookmarks before any record: a target that parks a table keeps the bookmark that it saw. */
  async #begin(): Promise<void> {
    if (this.#parts.bookmarks.size > 0) await this.#parts.out.write(this.#state());
  }

  async #finish(): Promise<void> {
    if (this.#interval.pending) await this.#parts.out.write(this.#state());
  }

  /**
   * New events of an older copy that was put back have positions that were emitted already, and would be passed over.
   * @throws ToolkitError `state_misfit`, exit 5.
   */
  async #requireSameInbox(): Promise<void> {
    const { reader } = this.#parts;
    const { highest } = this.#progress;
    const [incarnations, check] = await Promise.all([
      reader.incarnations(),
      highest && reader.check(highest.position),
    ]);
    const { id } = newestIncarnation(incarnations);
    this.#incarnation ??= id;
    if (id !== this.#incarnation || (check !== undefined && check !== highest?.check)) throw inboxPutBack();
    // An event that a disk has lost has no check either, and does no harm.
    if (highest && check === undefined && (await reader.newest()) < highest.position) throw inboxPutBack();
  }

  /** Emits one read of entries. @returns false when there were none up to `through`. */
  async #emitSome(through: number, stop: AbortSignal): Promise<boolean> {
    await this.#requireSameInbox();
    const request = { after: this.#progress.after, through, limit: READ_ENTRIES, limitBytes: READ_BYTES };
    const entries = await this.#parts.reader.read(request);
    if (entries.length > 0) await this.#emit(entries, stop);
    else this.#progress.noteRead(through);
    return entries.length > 0;
  }

  async #emit(entries: readonly Entry[], stop: AbortSignal): Promise<void> {
    let chunk: string[] = [];
    let chars = 0;
    for (const entry of entries) {
      if (stop.aborted) break;
      const format = this.#formats.get(entry.stream);
      const line =
        format && entry.schemaVersion <= format.version
          ? format.recordLine(entry)
          : await this.#withSchema(entry);
      chunk.push(line);
      chars += line.length;
      this.#count(entry);
      if (this.#interval.isFull) chunk.push(this.#state());
      if (chars < CHUNK_CHARS) continue;
      await this.#write(chunk);
      chunk = [];
      chars = 0;
    }
    if (chunk.length > 0) await this.#write(chunk);
  }

  async #write(chunk: readonly string[]): Promise<void> {
    await this.#parts.out.write(chunk.join('\n'));
    await this.#writeStateWhenDue();
  }

  async #writeStateWhenDue(): Promise<void> {
    if (this.#interval.remaining <= 0) await this.#parts.out.write(this.#state());
  }

  /**
   * Returns the record after the SCHEMA that it needs: the newest of its epoch, which takes all rows of the epoch that have been
   * stored so far. A sender that adds a column with each event would otherwise cause a SCHEMA per event.
   */
  async #withSchema(entry: Entry): Promise<string> {
    const { reader, source, settings } = this.#parts;
    const stored = await reader.newestOfEpoch(entry.stream, entry.schemaVersion);
    const format = streamFormat(stored, settings.emitKey, source.choices(entry.stream));
    this.#formats.set(entry.stream, format);
    return `${format.schemaLine()}\n${format.recordLine(entry)}`;
  }

  #count(entry: Entry): void {
    this.#progress.noteEmitted(entry);
    this.#interval.count();
    this.#emitted += 1;
  }

  /** Returns the current STATE as a line, and starts the next interval. */
  #state(): string {
    this.#interval.begin();
    return stateLine(stateValue(this.#progress.bookmarks()));
  }

  /** Adds the streams that got their first event since the last call. */
  async #refresh(through: number): Promise<void> {
    if (through <= this.#refreshedThrough || this.#msUntilRefresh() > 0) return;
    this.#refreshedAt = performance.now();
    for (const stream of await this.#parts.source.streams()) this.#progress.add(stream);
    this.#refreshedThrough = through;
  }

  #msUntilRefresh(): number {
    return this.#refreshedAt + REFRESH_MS - performance.now();
  }

  /** Waits until there are new events, a STATE is due, or it is time to look for new streams. */
  async #wait(through: number, stop: AbortSignal): Promise<void> {
    const { reader, out } = this.#parts;
    if (out.closed.aborted) throw pipeClosed();
    const refresh = this.#refreshedThrough < through ? this.#msUntilRefresh() : Number.POSITIVE_INFINITY;
    const patience = Math.min(this.#interval.remaining, refresh);
    await until([patience, stop, out.closed], (signal) => reader.waitBeyond(through, signal));
    await this.#writeStateWhenDue();
  }
}
