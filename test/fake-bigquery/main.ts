import { parseArgs } from 'node:util';
import { startFake } from './fake.js';

// node test/dist/fake-bigquery/main.js [--port N] [--write-port N] [--project ID] [--count-only]: ends on SIGTERM.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'write-port': { type: 'string', default: '0' },
    project: { type: 'string', default: 'test' },
    'count-only': { type: 'boolean', default: false },
  },
});
const fake = await startFake({
  port: Number(values.port),
  writePort: Number(values['write-port']),
  project: values.project,
  keepRows: !values['count-only'],
});
process.stdout.write(`project: ${values.project}\n`);
process.stdout.write(`api_endpoint: ${fake.apiEndpoint}\n`);
process.stdout.write(`storage_api_endpoint: ${fake.storageApiEndpoint}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void fake.close());
