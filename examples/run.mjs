// npm start: runs the whole pipe on this machine, with the real programs. Everything it creates is in .demo/.
//
//   tap-webhooks listen | target-jsonl >> .demo/state.jsonl
//
// npm start -- --bigquery config.json: the same with target-bigquery and a config of yours, in .demo-bigquery/.
//
// It creates a URL for each integration of tap.config.json, delivers the sample webhooks of payloads/, shows the rows, and
// goes on listening until Ctrl-C.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bigQueryOf } from './demo/bigquery.mjs';
import { deliverSamples } from './demo/deliver.mjs';
import { filesIn } from './demo/files.mjs';
import { startPipe } from './demo/pipe.mjs';
import { choosePort, ensureUrls, SECRET_VARIABLE, secretOf } from './demo/setup.mjs';

const root = new URL('..', import.meta.url).pathname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { bigquery: { type: 'string' } },
});
const folder = positionals[0] ?? (values.bigquery === undefined ? '.demo' : '.demo-bigquery');
process.chdir(root);
mkdirSync(folder, { recursive: true, mode: 0o700 });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());

const secret = secretOf(folder);
process.env[SECRET_VARIABLE] = secret;
const port = await choosePort(folder);
const urls = ensureUrls(folder, port);
const destination = values.bigquery === undefined ? filesIn(folder) : bigQueryOf(folder, values.bigquery);
const pipe = await startPipe(folder, destination);
pipe.ended.then(({ code, log }) => {
  if (stop.signal.aborted) return;
  console.error(`The pipe ended by itself (exit codes ${code}). The end of its logs:\n${log}`);
  process.exit(1);
});

let failure;
try {
  await present();
} catch (error) {
  failure = error;
}
const code = await pipe.stop();
if (failure && !stop.signal.aborted) throw failure;
console.log(`\nStopped cleanly: the tap and the target ended with ${code}.`);
process.exit(code === '0 and 0' ? 0 : 1);

/** Delivers the samples and shows their rows, then shows new rows until it is stopped. */
async function present() {
  console.log(
    `\nListening on http://127.0.0.1:${port}. Webhook URLs (secret, kept in ${join(folder, 'urls.json')}):\n`,
  );
  for (const [integration, url] of Object.entries(urls)) console.log(`  ${integration.padEnd(18)} ${url}`);

  const before = destination.count();
  const stored = await deliverSamples(urls, secret);
  await pipe.rowsReached(() => destination.count() >= before + stored);
  await destination.show();

  console.log('\nSend one yourself, in another terminal:\n');
  console.log(`  curl -d '{"order_id":1004,"total":129.90,"note":"from curl"}' ${urls.orders}\n`);
  console.log('New rows are shown here as they arrive. Ctrl-C stops it; the next npm start continues.\n');
  const watching = destination.watch();
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  watching.stop();
}
