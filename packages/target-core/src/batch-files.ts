import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createGunzip } from 'node:zlib';
import { type BatchMessage, parseRecordText, type RecordText, systemCode } from '@tap-webhooks/singer';
import { batchUnusable, type InputLine } from './errors.js';
import { readLines } from './lines.js';
import type { IncomingRecord } from './rows.js';

/** Takes one record. Returns a promise when the reader has to wait for room. */
export type TakeRecord = (incoming: IncomingRecord, line: InputLine) => Promise<void> | undefined;

/**
 * `file://`, or `file:` alone, and a path that does not begin with a slash: the Singer SDK reads the first from the working folder,
 * and a URL parser would take the second for a path of the root folder.
 */
const RELATIVE = /^file:(?:\/\/(?!\/|localhost\/)|(?!\/))(.+)$/i;
/** RFC 3986, 3.1. */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
/** Names of accounts and ports are parts of a host, not of a path. */
const HOST = /^[^/]*[@:]/;

/**
 * Reads the files that a BATCH message names: raw records, one per line, plain or compressed with gzip (Singer SDK). The files
 * stay where they are.
 * @param line number of the message, for error texts.
 * @param isStopped asked before each record.
 * @throws ToolkitError `batch_unusable` (exit 2) and what `take` throws.
 */
export async function readBatchFiles(
  message: BatchMessage,
  line: number,
  maxLineBytes: number,
  take: TakeRecord,
  isStopped: () => boolean,
): Promise<void> {
  requireKnownEncoding(message, line);
  const version = message.versionText === undefined ? {} : { versionText: message.versionText };
  for (const [index, url] of message.manifest.entries()) {
    const describe = (fileLine: number) => `Line ${line}, line ${fileLine} of file ${index + 1} of the BATCH`;
    const file = openFile(pathOf(url, line, `file ${index + 1}`), message.encoding.compression);
    try {
      for await (const lines of readLines(file, maxLineBytes, describe)) {
        for (const [offset, written] of lines.texts.entries()) {
          if (isStopped()) return;
          const text = written.trim(); // also without a byte order mark
          if (text === '') continue;
          const recordLine = describe(lines.first + offset);
          const wait = take({ ...parse(text, recordLine), ...version }, recordLine);
          if (wait) await wait;
        }
      }
    } catch (cause) {
      if (file.errored !== cause) throw cause;
      const place = RELATIVE.test(url)
        ? '; its path is relative, so the target looks for it in its working folder'
        : '';
      throw batchUnusable(line, `file ${index + 1} cannot be read (${systemCode(cause)})${place}`, cause);
    }
  }
}

function requireKnownEncoding({ encoding: { format, compression } }: BatchMessage, line: number): void {
  if (format !== 'jsonl') throw batchUnusable(line, `its format is ${format}; only jsonl is read`);
  if (compression !== undefined && compression !== 'none' && compression !== 'gzip') {
    throw batchUnusable(line, `its compression is ${compression}; only gzip and none are read`);
  }
}

function openFile(path: string, compression: string | undefined): Readable {
  const file = createReadStream(path);
  if (compression !== 'gzip') return file;
  // When one of them fails, the other is destroyed, and whoever reads the last one gets the error.
  return pipeline(file, createGunzip(), () => {});
}

/** @param which begins a clause: `file 1`. */
function pathOf(url: string, line: number, which: string): string {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw batchUnusable(line, `${which} is no URL; only file:// URLs are read`);
  if (scheme !== 'file')
    throw batchUnusable(line, `${which} has a URL with ${scheme}:; only file:// URLs are read`);
  const relative = RELATIVE.exec(url)?.[1];
  if (relative !== undefined && HOST.test(relative))
    throw batchUnusable(line, `${which} is on another machine; only files of this machine are read`);
  try {
    return fileURLToPath(
      relative === undefined ? url : new URL(relative, pathToFileURL(`${process.cwd()}/`)),
    );
  } catch (cause) {
    throw batchUnusable(line, `${which} has a file:// URL that names no path of this machine`, cause);
  }
}

function parse(text: string, line: InputLine): RecordText {
  try {
    return parseRecordText(text);
  } catch (cause) {
    throw batchUnusable(line, 'a record is not a JSON object', cause);
  }
}
