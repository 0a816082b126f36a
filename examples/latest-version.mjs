// Prints the latest versions in a table of JSON Lines: per value of a path, the row with the highest _sdc_sequence.
//
//   node examples/latest-version.mjs .demo/rows/stitch_delighted/data.jsonl event_data.id
//
// A row without a value at the path is the only version of itself. Rows are printed as they are in the file, so numbers keep
// all their digits.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseJson } from '@tap-webhooks/singer';

/**
 * @param file a table of JSON Lines.
 * @param paths dotted paths, tried in turn: an object's id may be at another path in another kind of event.
 * @returns the lines of the latest versions.
 */
export async function latestVersions(file, paths) {
  const latest = new Map();
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const row = parseJson(line); // JSON.parse would round long ids
    const key =
      paths.map((path) => textAt(line, row, path)).find((text) => text !== undefined) ?? Symbol('itself');
    const sequence = BigInt(textAt(line, row, '_sdc_sequence'));
    if (!latest.has(key) || latest.get(key).sequence <= sequence) latest.set(key, { sequence, line });
  }
  return [...latest.values()].map((version) => version.line);
}

/** Returns the value at a path as it is written; undefined when there is none or it is null. */
function textAt(line, row, path) {
  let node = row;
  for (const name of path.split('.')) node = node?.members?.find((member) => member.name === name)?.value;
  return node === undefined || node.kind === 'null' ? undefined : line.slice(node.start, node.end);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, ...paths] = process.argv.slice(2);
  if (!file || paths.length === 0) {
    console.error('Usage: node examples/latest-version.mjs <table.jsonl> <path> [<path> ...]');
    process.exit(1);
  }
  for (const line of await latestVersions(file, paths)) console.log(line);
}
