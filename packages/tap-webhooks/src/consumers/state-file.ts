import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type JsonObject,
  type Logger,
  pause,
  STATE_BOOKMARKS,
  syncFolder,
  ToolkitError,
} from '@tap-webhooks/singer';
import { stateUnreadable } from '../errors.js';

/**
 * The file of `--state`: Singer's JSON file (one object, pretty-printed or not), or the growing file of state lines that
 * `tap | target >> state.jsonl` writes. Only the end of the latter is read, however long it is.
 */

/** Bytes that are read first from the end of the file: enough for the state of some hundred streams. */
const TAIL_BYTES = 64 * 1024;
/** No state is longer than this. A file is refused whose last bytes, this many, hold no state. */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;

/**
 * Returns the last whole state of the file; undefined when the file is absent, empty, or holds only what a crash leaves: the
 * beginning of a state, or NULs. What is returned has been synced to disk: otherwise a power cut could take back a state by which
 * events were trimmed.
 * @throws ToolkitError `state_unreadable`, exit 5, when the file holds something else.
 */
export async function readStateFile(path: string): Promise<JsonObject | undefined> {
  const file = await openIfThere(path);
  if (!file) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return lastState(path, await file.readFile('utf8'));
    const state = await readTail(path, file, stat.size);
    if (state) await makeDurable(path, file);
    return state;
  } catch (cause) {
    throw cause instanceof ToolkitError ? cause : stateUnreadable(path, cause);
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw stateUnreadable(path, cause);
  }
}

async function readTail(path: string, file: FileHandle, size: number): Promise<JsonObject | undefined> {
  for (let bytes = TAIL_BYTES; ; bytes *= 8) {
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.toString('utf8', 0, bytesRead);
    if (from === 0) return lastState(path, text);
    const state = lastLine(withoutNuls(text.slice(text.indexOf('\n') + 1)));
    if (state) return state;
    if (bytes >= MAX_TAIL_BYTES) throw stateUnreadable(path);
  }
}

function lastState(path: string, text: string): JsonObject | undefined {
  const content = withoutNuls(text);
  const whole = unwrap(parseObject(content));
  if (whole && (hasBookmarks(whole) || Object.keys(whole).length === 0)) return whole;
  const state = lastLine(content);
  if (!state && !isTorn(content) && !content.split('\n').every(isTorn)) throw stateUnreadable(path);
  return state;
}

/** A state without bookmarks, such as what `meltano state get` prints, must not count as nothing read yet. */
function hasBookmarks(state: JsonObject): boolean {
  const bookmarks = state[STATE_BOOKMARKS];
  return typeof bookmarks === 'object' && bookmarks !== null && !Array.isArray(bookmarks);
}

/** A file system that was extended before a power cut, but not written, has NULs there. */
function withoutNuls(text: string): string {
  return text.replaceAll('\0', ' ').trim();
}

const STRING = /"(?:[^"\\\n]|\\.)*"/g;
const OPEN_STRING = /"(?:[^"\\\n]|\\.)*\\?$/;
/** What else JSON consists of. */
const OTHER = /^[{}[\]:,\s\d.+\-a-zE]*$/;

/** Returns whether a text is empty, or the beginning of a JSON object that does not end. */
function isTorn(text: string): boolean {
  const begun = text.trim();
  if (begun === '') return true;
  const marks = begun.replaceAll(STRING, '').replace(OPEN_STRING, '');
  if (!/^\{\s*("|$)/.test(begun) || !OTHER.test(marks)) return false;
  let depth = 0;
  for (const [mark] of marks.matchAll(/[{}[\]]/g)) {
    depth += mark === '{' || mark === '[' ? 1 : -1;
    if (depth === 0) return false; // it ends, and is not JSON
  }
  return true;
}

/** Skips a torn line, which does not parse, and lines without bookmarks. */
function lastLine(text: string): JsonObject | undefined {
  const lines = text.split('\n');
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const state = unwrap(parseObject(lines[index] ?? ''));
    if (state && hasBookmarks(state)) return state;
  }
  return undefined;
}

/** Some programs keep the whole STATE message instead of its value. */
function unwrap(object: JsonObject | undefined): JsonObject | undefined {
  const value = object?.type === 'STATE' ? object.value : object;
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Files whose name in their folder has been synced, by device and inode. */
const syncedEntries = new Set<string>();

async function makeDurable(path: string, file: FileHandle): Promise<void> {
  await file.datasync();
  const { dev, ino } = await file.stat();
  if (syncedEntries.has(`${dev}:${ino}`)) return;
  await syncFolder(dirname(path));
  syncedEntries.add(`${dev}:${ino}`);
}

/** How often the file is looked at, in ms. It is read only when it has changed. */
const INTERVAL_MS = 1000;

/**
 * Reads the state file again whenever it changes, until the signal aborts, so that a pipe that runs for months confirms
 * meanwhile. A file that shrank, is gone or cannot be read now does no harm: what is confirmed never falls.
 */
export async function followState(
  path: string,
  signal: AbortSignal,
  log: Logger,
  onState: (state: JsonObject) => Promise<void>,
): Promise<void> {
  let seen = '';
  let complained = false;
  while (!signal.aborted) {
    const stamp = await stampOf(path);
    if (stamp !== undefined && stamp !== seen) {
      try {
        const state = await readStateFile(path);
        if (state) await onState(state);
        complained = false;
      } catch (cause) {
        if (!complained)
          log.warn(
            { why: (cause as Error).message },
            'The state file cannot be read now, so nothing is confirmed',
          );
        complained = true;
      }
      seen = stamp;
    }
    await pause(INTERVAL_MS, signal);
  }
}

/** Returns a text that changes with the file; undefined when there is none, or it is a pipe that can be read only once. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}
