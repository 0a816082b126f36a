// The default destination of the demo: JSON Lines files in its folder.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countRows, showLatest, showRows, watchRows } from './show.mjs';

export function filesIn(folder) {
  const config = join(folder, 'target.config.json');
  writeFileSync(config, `${JSON.stringify({ destination_path: join(folder, 'rows') })}\n`);
  return {
    program: 'node_modules/.bin/target-jsonl',
    args: ['--config', 'examples/target.config.json', '--config', config],
    /** Returns the number of rows so far. */
    count: () => countRows(folder),
    async show() {
      showRows(folder);
      await showLatest(folder);
    },
    watch: () => watchRows(folder),
  };
}
