import { testLoader } from '../contracts/loader.js';
import { rowTexts } from '../helpers/bigquery-rows.js';
import { valuesOf } from '../helpers/bigquery-values.js';
import { tempFolder } from '../helpers/temp.js';
import { bigQueryLoader, configFor, fakeBigQuery } from './open-loader.js';

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
      };
    },
  });
}
