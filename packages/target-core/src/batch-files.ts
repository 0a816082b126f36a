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

/** `file://` and a path that does not begin with a slash, which the Singer SDK reads from the working folder. */
const RELATIVE = /^file:\/\/(?!\/|localhost\/)(.+)$/i;
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
    const file = openFile(url, message.encoding.compression, line);
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
      const place = RELATIVE.test(url) ? ' from the working folder' : '';
      throw batchUnusable(line, `file ${index + 1} cannot be read${place} (${systemCode(cause)})`, cause);
    }
  }
}

function requireKnownEncoding({ encoding: { format, compression } }: BatchMessage, line: number): void {
  if (format !== 'jsonl') throw batchUnusable(line, `its format is ${format}; only jsonl is read`);
  if (compression !== undefined && compression !== 'none' && compression !== 'gzip') {
    throw batchUnusable(line, `its compression is ${compression}; only gzip and none are read`);
  }
}

function openFile(url: string, compression: string | undefined, line: number): Readable {
  const file = createReadStream(pathOf(url, line));
  if (compression !== 'gzip') return file;
  // When one of them fails, the other is destroyed, and whoever reads the last one gets the error.
  return pipeline(file, createGunzip(), () => {});
}

function pathOf(url: string, line: number): string {
  const relative = RELATIVE.exec(url)?.[1];
  try {
    if (relative === undefined) return fileURLToPath(url);
    if (!HOST.test(relative)) return fileURLToPath(new URL(relative, pathToFileURL(`${process.cwd()}/`)));
  } catch (cause) {
    throw batchUnusable(line, 'it names a file that is not a file:// URL of this machine', cause);
  }
  throw batchUnusable(line, 'it names a file of another machine; only files of this machine are read');
}

function parse(text: string, line: InputLine): RecordText {
  try {
    return parseRecordText(text);
  } catch (cause) {
    throw batchUnusable(line, 'a record is not a JSON object', cause);
  }
}
