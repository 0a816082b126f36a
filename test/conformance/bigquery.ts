import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { startFake } from '../fake-bigquery/fake.js';
import { rowTexts } from '../helpers/bigquery-rows.js';
import { valuesOf } from '../helpers/bigquery-values.js';
import { tempFolder } from '../helpers/temp.js';
import type { TargetUnderTest } from './conformance.js';

/** Dataset of streams without a hyphen in their name. */
const DATASET = 'plain';
/** Tables that the target keeps beside the rows. */
const OWN = /^_sdc_loads$|_latest$/;

/** Gives each case a fake BigQuery of its own. */
export const bigquery: TargetUnderTest = {
  name: 'target-bigquery',
  spelling: valuesOf,
  ordered: byInbox,
  async destination() {
    const fake = await startFake();
    onTestFinished(() => fake.close());
    const settings = {
      project: 'test',
      location: 'US',
      dataset: DATASET,
      api_endpoint: fake.apiEndpoint,
      spool_path: tempFolder(),
    };
    return {
      settings,
      async rowsOf({ schemaName = DATASET, tableName }) {
        const table = fake.tables.find(safe(schemaName), safe(tableName));
        return table === undefined ? [] : rowTexts(table);
      },
      async positionsOf({ schemaName = DATASET, tableName }) {
        const rows = fake.tables.find(safe(schemaName), safe(tableName))?.rows ?? [];
        return rows.map((row) => Number(row._sdc_position));
      },
      async tableCount() {
        const tables = [...fake.tables.datasets.values()].flatMap((dataset) => [...dataset.tables.values()]);
        return tables.filter(({ id, rows }) => !OWN.test(id) && rows.length > 0).length;
      },
    };
  },
};

/** Rows of one inbox are loaded together, in order. */
function byInbox(rows: readonly string[]): string[] {
  const inboxOf = (row: string) => /"_sdc_inbox":"(.*?)"/.exec(row)?.[1] ?? '';
  return rows.toSorted((a, b) => (inboxOf(a) < inboxOf(b) ? -1 : inboxOf(a) > inboxOf(b) ? 1 : 0));
}

/** A name as BigQuery has it: one without any letter or digit ends in a part of its SHA-256. */
function safe(name: string): string {
  const folded = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  if (/[A-Za-z0-9]/.test(folded)) return folded;
  return `${folded}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
