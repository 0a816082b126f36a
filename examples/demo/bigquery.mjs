// npm start -- --bigquery config.json: loads rows into the BigQuery of that config instead of files.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const TABLES = ['stitch_delighted', 'stitch_vero', 'orders'];

/** @param userConfig path of a target-bigquery config, relative to the folder in which npm was called. */
export function bigQueryOf(folder, userConfig) {
  const calledIn = process.env.INIT_CWD ?? process.cwd();
  const path = resolve(calledIn, userConfig);
  const { project, credentials_path: key } = JSON.parse(readFileSync(path, 'utf8'));
  const own = join(folder, 'target-bigquery.config.json');
  const settings = {
    spool_path: join(folder, 'spool'),
    // Somebody is watching the demo, so load rows every few seconds instead of every minute.
    max_batch_age_seconds: 3,
    // npm runs scripts in the folder of package.json, where a relative path would mean another file.
    ...(key && { credentials_path: resolve(calledIn, key) }),
  };
  writeFileSync(own, `${JSON.stringify(settings)}\n`);
  return {
    program: 'node_modules/.bin/target-bigquery',
    args: ['--config', path, '--config', own],
    count: () => loaded(folder),
    async show() {
      console.log(`\n${loaded(folder)} rows are loaded. Query them in BigQuery:\n`);
      for (const table of TABLES) {
        console.log(`  SELECT * FROM \`${project ?? '<project>'}.${table}.data\` ORDER BY _sdc_position;`);
      }
      console.log('\nThe latest version of each order:\n');
      console.log(`  SELECT * FROM \`${project ?? '<project>'}.orders.data_latest\`;`);
    },
    watch: () => watch(folder),
  };
}

/**
 * Returns how many rows the target's states cover: the positions of an inbox start at 1, have no gaps, and all streams share
 * them. The last line may be incomplete.
 */
function loaded(folder) {
  const path = join(folder, 'state.jsonl');
  if (!existsSync(path)) return 0;
  const last = readFileSync(path, 'utf8').split('\n').slice(0, -1).at(-1);
  if (!last) return 0;
  return Math.max(0, ...Object.values(JSON.parse(last).bookmarks).map(({ position }) => position));
}

function watch(folder) {
  let seen = loaded(folder);
  const timer = setInterval(() => {
    const now = loaded(folder);
    if (now > seen) console.log(`  ${now - seen} more loaded`);
    seen = now;
  }, 500);
  return { stop: () => clearInterval(timer) };
}
