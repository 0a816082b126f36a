// Prepares the demo: a free port, a signing secret, and a webhook URL for each integration.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const TAP = 'node_modules/.bin/tap-webhooks';
export const SECRET_VARIABLE = 'DELIGHTED_API_KEY';
const INTEGRATIONS = ['stitch_delighted', 'stitch_vero', 'orders'];
const USUAL_PORT = 8080;

/** Returns the key that Delighted would sign with. It is created once. */
export function secretOf(folder) {
  const path = join(folder, 'delighted-api-key');
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** Returns 8080, or a free port when 8080 is taken, and writes it into a second config. */
export async function choosePort(folder) {
  const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : await freePort();
  const own = {
    port,
    public_url: `http://127.0.0.1:${port}`,
    inbox_path: join(folder, 'inbox'),
  };
  writeFileSync(join(folder, 'tap.config.json'), `${JSON.stringify(own, null, 2)}\n`);
  return port;
}

export function tapConfig(folder) {
  return ['--config', 'examples/tap.config.json', '--config', join(folder, 'tap.config.json')];
}

/** Returns a URL per integration. A URL is shown only when it is created, so the demo keeps them for its next start. */
export function ensureUrls(folder, port) {
  const path = join(folder, 'urls.json');
  const known = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  for (const integration of INTEGRATIONS) {
    known[integration] = withPort(known[integration] ?? createUrl(folder, integration), port);
    // Saved after each one: an interruption must not lose a URL that cannot be shown again.
    writeFileSync(`${path}.new`, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return known;
}

function createUrl(folder, integration) {
  const args = ['url', 'create', integration, '--json', ...tapConfig(folder)];
  const { status, stdout, stderr } = spawnSync(TAP, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tap-webhooks url create ${integration} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout).url;
}

function withPort(url, port) {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
