import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TableName } from '@tap-webhooks/target-core';
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
    const rowsOf = async ({ schemaName, tableName }: TableName) => {
      const name = join(schemaName === undefined ? '' : safeName(schemaName), `${safeName(tableName)}.jsonl`);
      return files().includes(name) ? linesIn(join(folder, name)) : [];
    };
    return {
      settings: { destination_path: folder },
      rowsOf,
      positionsOf: async (table) => (await rowsOf(table)).map((row) => JSON.parse(row)._sdc_position),
      tableCount: async () => files().length,
    };
  },
};
