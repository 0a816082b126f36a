import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { recordOf, schemaOf, TargetUnderTest } from '../helpers/target-run.js';
import { until } from '../helpers/until.js';

function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

const CHUNK = 64 * 1024;

test.each([[true], [false]])(
  'rows that wait (metadata: %s) keep no more of the input alive than themselves',
  async (metadata) => {
    const run = new TargetUnderTest({ settings: { add_record_metadata: metadata } });
    run.send(schemaOf('quiet'));
    const filler = Buffer.alloc(CHUNK, ' ');
    filler[CHUNK - 1] = 0x0a;
    const before = usedHeap();
    for (let id = 0; id < 400; id += 1) {
      // one row in each chunk, and 26 MB in all
      const row = Buffer.from(
        `${JSON.stringify(recordOf('quiet', { id, name: 'long enough to be a slice' }))}\n`,
      );
      if (!run.input.write(Buffer.concat([row, filler]))) await once(run.input, 'drain');
    }
    await until(() => run.input.readableLength === 0 && run.input.writableLength === 0, 'all to be read');
    const after = usedHeap();
    await run.end();

    expect(run.loader.table('quiet').rows).toHaveLength(400);
    expect(after - before).toBeLessThan(8_000_000);
  },
);
