import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Logger } from '@tap-webhooks/singer';
import { LOADS_TABLE } from '../warehouse/loads-table.js';
import { type RecordsPlace, type StreamRecord, writeRecords } from './stream-records.js';

/** How long the end of a run waits for them. */
const MOST_MS = 60_000;

interface DatasetEndings {
  readonly place: RecordsPlace;
  readonly log: Logger;
  readonly records: StreamRecord[];
}

/**
 * Streams that were ended at the end of a run, of all tables: those of a dataset are recorded by one load job together, since
 * `_sdc_loads` takes 1,500 a day as any table does.
 */
export class StreamEndings {
  readonly #datasets = new Map<string, DatasetEndings>();

  add(place: RecordsPlace, record: StreamRecord, log: Logger): void {
    const own = this.#datasets.get(place.dataset);
    if (own) own.records.push(record);
    else this.#datasets.set(place.dataset, { place, log, records: [record] });
  }

  /** Writes what has collected; resolves whatever became of it. */
  async flush(): Promise<void> {
    const all = [...this.#datasets.values()];
    this.#datasets.clear();
    await Promise.all(all.map(write));
  }
}

async function write({ place, log, records }: DatasetEndings): Promise<void> {
  // the tables are not locked any more, so their files may be another process's
  const spoolPath = join(dirname(place.spoolPath), `sdc_streams_${randomUUID()}.ndjson`);
  const labels = { ...place.labels, stream: LOADS_TABLE };
  const timeoutMs = Math.min(place.timeoutMs, MOST_MS);
  try {
    await writeRecords({ ...place, spoolPath, labels, timeoutMs }, records);
  } catch {
    log.warn(
      { dataset: place.dataset },
      'that write streams were ended could not be recorded: the next run ends them once more',
    );
  }
}
