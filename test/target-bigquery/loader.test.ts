import { testLoader } from '../contracts/loader.js';
import type { Fake } from '../fake-bigquery/fake.js';
import { rowTexts } from '../helpers/bigquery-rows.js';
import { valuesOf } from '../helpers/bigquery-values.js';
import { tempFolder } from '../helpers/temp.js';
import { bigQueryLoader, configFor, fakeBigQuery } from './open-loader.js';

const tablesOf = (fake: Fake) =>
  fake.tables.find('contract', 'data') === undefined
    ? []
    : [...fake.tables.dataset('contract').tables.values()];

for (const method of ['batch_job', 'storage_write_api'] as const) {
  testLoader({
    name: `target-bigquery with ${method}`,
    spelling: valuesOf,
    async destination() {
      const fake = await fakeBigQuery();
      const config = configFor(fake, { method, spool_path: tempFolder() });
      return {
        open: () => bigQueryLoader(config),
        async rowsOf({ schemaName = '', tableName }) {
          const table = fake.tables.find(schemaName, tableName);
          return table === undefined ? [] : rowTexts(table);
        },
        async backUp() {
          const rows = new Map(tablesOf(fake).map((table) => [table, [...table.rows]]));
          return async () => {
            for (const table of tablesOf(fake)) {
              const then = rows.get(table);
              if (then === undefined) fake.drop(table.dataset, table.id);
              else {
                table.rows = [...then];
                table.touch();
              }
            }
          };
        },
      };
    },
  });
}
