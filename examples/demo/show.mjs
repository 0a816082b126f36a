// Shows the tables that target-jsonl wrote.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { latestVersions } from '../latest-version.mjs';

/** Table -> paths whose value tells which rows are versions of the same thing. */
const TABLES = {
  stitch_delighted: ['event_data.id', 'event_data.person_id'],
  stitch_vero: ['message_id', 'user.id'],
  orders: ['order_id'],
};

const fileOf = (folder, table) => join(folder, 'rows', table, 'data.jsonl');

function linesOf(folder, table) {
  const file = fileOf(folder, table);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

export function countRows(folder) {
  return Object.keys(TABLES).reduce((count, table) => count + linesOf(folder, table).length, 0);
}

/** Prints the newest rows of each table. */
export function showRows(folder) {
  for (const table of Object.keys(TABLES)) {
    const lines = linesOf(folder, table);
    console.log(`\n${fileOf(folder, table)} has ${lines.length} rows; the newest:\n`);
    for (const line of lines.slice(-3)) console.log(`  ${rowText(line)}`);
  }
}

/** Prints the latest versions, as an analyst would ask for them. */
export async function showLatest(folder) {
  console.log('\nThe latest version of each (examples/latest-version.mjs):\n');
  for (const [table, latestBy] of Object.entries(TABLES)) {
    const latest = await latestVersions(fileOf(folder, table), latestBy);
    console.log(`  ${table.padEnd(18)} ${latest.length} of ${linesOf(folder, table).length} rows`);
    for (const line of latest.slice(-2)) console.log(`    ${rowText(line)}`);
  }
}

/** Prints rows as they arrive. */
export function watchRows(folder) {
  const seen = new Map(Object.keys(TABLES).map((table) => [table, linesOf(folder, table).length]));
  const timer = setInterval(() => {
    for (const [table, count] of seen) {
      const lines = linesOf(folder, table);
      for (const line of lines.slice(count)) console.log(`  ${table}: ${rowText(line)}`);
      seen.set(table, lines.length);
    }
  }, 500);
  return { stop: () => clearInterval(timer) };
}

/** Returns the beginning of the row as it is in the file, so that digits are shown as they were sent. */
function rowText(line) {
  const sequence = /"_sdc_sequence":(\d+)/.exec(line)?.[1];
  return `${line.slice(0, 100)}… "_sdc_sequence":${sequence} …`;
}
