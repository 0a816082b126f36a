// npm run bench:receive - durable acknowledgements per second of `tap-webhooks receive`, with p50 and p99, at 64 connections
// and 600-byte bodies, with and without a signature, against a bare fastify route. Target: ratio at least 0.5.
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { cpuMicroseconds, median, option, printTable, program, runRounds } from './measure.mjs';

const rounds = option('rounds', 5);
const seconds = option('seconds', 5);
const connections = option('connections', 64);
const bareFastify = fileURLToPath(new URL('./bare-fastify.mjs', import.meta.url));
const tap = program('tap-webhooks');
const SECRET = 'bench-secret';

// Each signed body has an event id of its own, since the receiver would recognise a retry and store nothing. There are more of
// them than a round can send.
const bodies = Array.from({ length: 200_000 }, (_, index) => body(index));
const signatures = bodies.map((text) => `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`);

function body(index) {
  const event = {
    event_type: 'survey_response.created',
    event_id: `${process.pid}-${Date.now()}-${index}`,
    event_data: {
      id: String(index % 5000),
      person: { id: '5975', email: 'a@example.com', name: 'A B', created_at: 1732186784 },
      survey_type: 'nps',
      score: index % 11,
      comment: '',
      permalink: 'https://app.delighted.com/r/5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b',
      created_at: 1732186844,
      updated_at: 1732187444,
      person_properties: null,
      notes: [],
      tags: [],
    },
  };
  event.event_data.comment = 'x'.repeat(600 - JSON.stringify(event).length);
  return JSON.stringify(event);
}

async function startServer(args, marker) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  while (!marker.test(output)) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { child, port: Number(marker.exec(output)[1]) };
}

async function stopServer({ child }) {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

async function startReceiver(folder, secrets) {
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      integrations: [{ name: 'bench', provider: 'delighted', ...(secrets ? { secrets } : {}) }],
      inbox_path: join(folder, 'inbox'),
      port: 0,
      public_url: 'http://127.0.0.1',
    }),
    { mode: 0o600 },
  );
  const created = spawnSync(process.execPath, [tap, 'url', 'create', 'bench', '--config', config], {
    encoding: 'utf8',
  });
  const path = /\/v1\/bench\/[0-9a-f]{64}/.exec(created.stdout)?.[0];
  if (!path) throw new Error(`no URL: ${created.stdout}${created.stderr}`);
  const server = await startServer([tap, 'receive', '--config', config], /127\.0\.0\.1:(\d+)/);
  return { ...server, path };
}

/** Puts one round of load on one server and returns its figures. */
async function load({ child, port, path }) {
  let next = 0;
  const cpu = cpuMicroseconds(child.pid);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        path,
        setupRequest: (request) => {
          const index = next++ % bodies.length;
          request.body = bodies[index];
          request.headers = {
            'content-type': 'application/json',
            'x-delighted-webhook-signature': signatures[index],
          };
          return request;
        },
      },
    ],
  });
  if (path.length > 70 && next > bodies.length) throw new Error('bodies came twice: make more of them');
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  return {
    rate: result.requests.total / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpu: (cpuMicroseconds(child.pid) - cpu) / result.requests.total,
  };
}

const BARE = 'bare fastify, stores nothing';
const servers = {
  [BARE]: async () => ({ ...(await startServer([bareFastify], /^(\d+)/)), path: '/v1/bench/x' }),
  'receive, no signature': (folder) => startReceiver(folder, undefined),
  'receive, signature checked': (folder) => startReceiver(folder, [SECRET]),
};

/** Starts a server in a folder of its own, runs a round on it, and ends it. */
async function measure(start) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-receive-'));
  const server = await start(folder);
  try {
    return await load(server);
  } finally {
    await stopServer(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

const variants = Object.entries(servers).map(([name, start]) => [name, () => measure(start)]);
const results = await runRounds(rounds, new Map(variants));
const of = (name, key) => median(results.get(name).map((result) => result[key]));
console.log(`${connections} connections, 600-byte bodies, median of ${rounds} rounds of ${seconds} s`);
printTable([
  ['server', 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'server CPU us/request'],
  ...Object.keys(servers).map((name) => [
    name,
    Math.round(of(name, 'rate')),
    (of(name, 'rate') / of(BARE, 'rate')).toFixed(2),
    of(name, 'p50').toFixed(1),
    of(name, 'p99').toFixed(1),
    of(name, 'cpu').toFixed(0),
  ]),
]);
