import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { type BatchMessage, type JsonObject, parseRecordText, systemCode } from '@tap-webhooks/singer';
import { batchUnusable, type Place } from './errors.js';
import { readLines } from './lines.js';
import type { IncomingRecord } from './rows.js';

/** Where the records go. Returns a promise when the reader has to wait for room. */
export type TakeRecord = (incoming: IncomingRecord, place: Place) => Promise<void> | undefined;

/**
 * Reads the files that a BATCH message names: raw records, one a line, plain or compressed with gzip (Singer SDK). The files
 * are left where they are.
 * @param line number of the message, for error texts.
 * @param isStopped asked before each record.
 * @throws ToolkitError `batch_unusable` (exit 2) and whatever `take` throws.
 */
export async function readBatchFiles(
  message: BatchMessage,
  line: number,
  maxLineBytes: number,
  take: TakeRecord,
  isStopped: () => boolean,
): Promise<void> {
  requireKnownEncoding(message, line);
  const version = message.version === undefined ? {} : { version: message.version };
  for (const [index, url] of message.manifest.entries()) {
    const placeOf = (fileLine: number) => `Line ${line}, line ${fileLine} of file ${index + 1} of the BATCH`;
    const file = openFile(url, message.encoding.compression, line);
    try {
      for await (const lines of readLines(file, maxLineBytes, placeOf)) {
        for (const [offset, text] of lines.texts.entries()) {
          if (isStopped()) return;
          if (text.trim() === '') continue;
          const place = placeOf(lines.first + offset);
          const wait = take({ record: parse(text, place), recordText: text.trim(), ...version }, place);
          if (wait) await wait;
        }
      }
    } catch (cause) {
      if (file.errored !== cause) throw cause;
      throw batchUnusable(line, `file ${index + 1} cannot be read (${systemCode(cause)})`, cause);
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
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch (cause) {
    throw batchUnusable(line, 'it names a file that is not a file:// URL of this machine', cause);
  }
  const file = createReadStream(path);
  if (compression !== 'gzip') return file;
  // a failure of one destroys the other, and the reader of the last one sees it
  return pipeline(file, createGunzip(), () => {});
}

function parse(text: string, place: Place): JsonObject {
  try {
    return parseRecordText(text);
  } catch (cause) {
    throw batchUnusable(place, 'a record is not a JSON object', cause);
  }
}
