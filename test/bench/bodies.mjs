// npm run bench:bodies - the worst bodies of 20 MB that we know, each sent to a receiver of its own while another sender posts
// small events one after the other: the answer, its time, the longest wait of the other sender, and the receiver's peak memory.
// Targets: no wait above 1 s, nor above 0.1 s for bodies of up to 1 MB and 2,000 events (`--bytes 1000000`), and no more
// memory than the tap's README says ("Large bodies").
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { option, peakMemory, printTable, program } from './measure.mjs';

const BYTES = option('bytes', 19_900_000);
const tap = program('tap-webhooks');

/** Repeats a text up to the size of a body, which leaves room for a head and an end. */
const fill = (text, bytes = BYTES) => text.repeat(Math.floor((bytes - 100) / text.length));
const values = (text, count) =>
  `{"a":[${text.repeat(Math.min(count, Math.floor((BYTES - 100) / text.length)))}1]}`;

const bodies = new Map([
  ['opening brackets', () => fill('[')],
  ['nested arrays', () => `${fill('[', BYTES / 2)}${fill(']', BYTES / 2)}`],
  ['nested objects, not closed', () => fill('{"a":')],
  ['an array of numbers', () => `[${fill('1,')}1]`],
  ['an event of too many values', () => values('1,', 1e9)],
  ['a million values in objects', () => values('{"":1},', 499_990)],
  ['a million names', () => `{${Array.from({ length: 999_990 }, (_, i) => `"name-${i.toString(36)}":1`)}}`],
  [
    'a usual event, very long',
    () => values('{"id":123456,"name":"Jane Doe","tags":["a","b"],"price":12.5},', 140_000),
  ],
  [
    '10,000 events of 2 kB',
    () => `[${Array(10_000).fill(`{"id":1,"text":"${'x'.repeat(1900)}","list":[1,2,3]}`)}]`,
  ],
  ['10,000 events of few bytes', () => `[${Array(10_000).fill('{"id":1}')}]`],
  [
    '2,000 events of 500 bytes',
    () => `[${Array(2000).fill(`{"id":1,"text":"${'x'.repeat(450)}","list":[1,2,3]}`)}]`,
  ],
  ['a number', () => `{"a":${fill('1')}}`],
  ['escapes in a text', () => `{"a":"${fill('\\u0001')}"}`],
  ['white space, then no JSON', () => `${fill(' ')}x`],
]);

/** `--only WORDS`: the bodies whose names hold them. */
const at = process.argv.indexOf('--only');
const wanted = [...bodies].filter(([name]) => at < 0 || name.includes(process.argv[at + 1]));

const folder = mkdtempSync(join(tmpdir(), 'bodies-'));
const rows = [
  ['body', 'bytes', 'answer', 'its time, ms', "another sender's longest wait, ms", 'memory, MiB', 'per byte'],
];
try {
  const idle = await measure('idle', undefined);
  for (const [name, make] of wanted) {
    const body = Buffer.from(make());
    const { answer, ms, wait, memory } = await measure(name, body);
    const factor = ((memory - idle.memory) * 1024 * 1024) / body.length;
    rows.push([
      name,
      body.length,
      answer,
      ms.toFixed(0),
      wait.toFixed(0),
      memory.toFixed(0),
      factor.toFixed(1),
    ]);
  }
  rows.push(['none', 0, '', '', idle.wait.toFixed(0), idle.memory.toFixed(0), '']);
  printTable(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name, body) {
  const { child, port, path } = await startReceiver(name.replace(/\W/g, '_'));
  const agent = new Agent({ keepAlive: true });
  let isOver = false;
  let wait = 0;
  const other = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const start = performance.now();
      const answer = await post(port, path('other'), `{"n":${n}}`, agent);
      if (answer !== '200') throw new Error(`the other sender was answered ${answer}`);
      if (n > 20) wait = Math.max(wait, performance.now() - start); // the first requests warm up
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const start = performance.now();
  const answer = body && (await post(port, path('large'), body, undefined));
  const ms = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 300));
  isOver = true;
  await other;
  const memory = peakMemory(child.pid);
  agent.destroy();
  child.kill();
  await new Promise((resolve) => child.once('exit', resolve));
  return { answer, ms, wait, memory };
}

async function startReceiver(name) {
  const config = join(folder, `${name}.json`);
  const integrations = ['large', 'other'].map((one) => ({ name: one, provider: 'webhooks' }));
  const settings = { integrations, inbox_path: join(folder, name), port: 0, public_url: 'http://localhost' };
  writeFileSync(config, JSON.stringify(settings));
  const paths = new Map(
    ['large', 'other'].map((one) => {
      const { stdout } = spawnSync(process.execPath, [tap, 'url', 'create', one, '--config', config], {
        encoding: 'utf8',
      });
      return [one, /\/v1\/\S+/.exec(stdout)[0]];
    }),
  );
  const child = spawn(process.execPath, [tap, 'receive', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  while (!/:(\d+)/.test(/Listening for webhooks on (\S+)/.exec(log)?.[1] ?? '')) {
    if (child.exitCode !== null) throw new Error(`the receiver ended: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [, port] = /Listening for webhooks on \S+:(\d+)/.exec(log);
  return { child, port: Number(port), path: (one) => paths.get(one) };
}

/** Resolves to the status of the answer, and what became of the events. */
function post(port, path, body, agent) {
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      path,
      method: 'POST',
      agent,
      headers: { 'content-length': Buffer.byteLength(body) },
    });
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        const { error, stored, quarantined } = JSON.parse(text);
        const isUsual = agent !== undefined;
        const what = error ?? (stored > 0 ? `${stored} stored` : `${quarantined} quarantined`);
        resolve(isUsual ? String(response.statusCode) : `${response.statusCode} ${what}`);
      });
    });
    sent.end(body);
  });
}
