import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { safeName } from '../../packages/target-jsonl/dist/naming.js';
import { linesIn } from '../helpers/jsonl.js';
import { tempFolder } from '../helpers/temp.js';
import type { TargetUnderTest } from './conformance.js';

/** Gives each case a folder. Its rows are the lines of the files in it. */
export const jsonl: TargetUnderTest = {
  name: 'target-jsonl',
  async destination() {
    const folder = tempFolder();
    const files = () =>
      (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.jsonl'));
    return {
      settings: { destination_path: folder },
      async rowsOf({ schemaName, tableName }) {
        const name = join(
          schemaName === undefined ? '' : safeName(schemaName),
          `${safeName(tableName)}.jsonl`,
        );
        return files().includes(name) ? linesIn(join(folder, name)) : [];
      },
      tableCount: async () => files().length,
    };
  },
};
