import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { testLoader } from '../contracts/loader.js';
import { linesOfTable } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import { jsonlLoader } from './open-loader.js';

const variants = [
  { name: 'target-jsonl', settings: {} },
  { name: 'target-jsonl with rotation and gzip', settings: { rotate_bytes: 200, compression: 'gzip' } },
  { name: 'target-jsonl with a file for each run', settings: { do_timestamp_file: true } },
] as const;

for (const { name, settings } of variants) {
  testLoader({
    name,
    async destination() {
      const folder = tempFolder();
      return {
        open: async () => jsonlLoader(folder, settings),
        rowsOf: async ({ schemaName = '', tableName }) => linesOfTable(join(folder, schemaName), tableName),
        async backUp() {
          const copy = tempFolder();
          cpSync(folder, copy, { recursive: true });
          return async () => {
            rmSync(folder, { recursive: true });
            cpSync(copy, folder, { recursive: true });
          };
        },
      };
    },
  });
}
