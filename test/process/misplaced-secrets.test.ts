import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ProgramName, runProgram } from '../helpers/program.js';
import { tempFolder } from '../helpers/temp.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLvTQ';
const TOKEN = 'ab12cd34'.repeat(8);
const WEBHOOK_URL = `https://hooks.example.com/v1/shop/${TOKEN}`;
const KEY = JSON.stringify({ type: 'service_account', private_key: SECRET });

interface Misplaced {
  readonly place: string;
  readonly name: ProgramName;
  readonly config?: object;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What the sentence names. */
  readonly says: string;
}

const integration = (settings: object) => ({
  integrations: [{ name: 'shop', provider: 'delighted', ...settings }],
});

const CASES: readonly Misplaced[] = [
  {
    place: 'secrets_env',
    name: 'tap-webhooks',
    config: integration({ secrets_env: SECRET }),
    says: 'secrets_env',
  },
  {
    place: 'secrets_file',
    name: 'tap-webhooks',
    config: integration({ secrets_file: SECRET }),
    says: 'secrets_file',
  },
  { place: 'provider', name: 'tap-webhooks', config: integration({ provider: SECRET }), says: 'provider' },
  { place: 'mode', name: 'tap-webhooks', config: { ...integration({}), mode: SECRET }, says: 'mode' },
  { place: 'schema', name: 'tap-webhooks', config: integration({ schema: SECRET }), says: 'schema' },
  {
    place: 'host',
    name: 'tap-webhooks',
    config: { ...integration({}), host: SECRET, public_url: 'https://hooks.example.com' },
    says: 'host',
  },
  { place: '--config', name: 'tap-webhooks', args: ['--config', SECRET], says: '--config' },
  {
    place: 'a whole config as --config',
    name: 'target-jsonl',
    args: ['--config', `{"x":"${SECRET}"}`],
    says: '--config',
  },
  {
    place: 'credentials_path',
    name: 'target-bigquery',
    config: { project: 'p', dataset: 'd', credentials_path: KEY },
    says: 'credentials_path',
  },
  {
    place: 'GOOGLE_APPLICATION_CREDENTIALS',
    name: 'target-bigquery',
    config: { project: 'p', dataset: 'd' },
    env: { GOOGLE_APPLICATION_CREDENTIALS: KEY },
    says: 'GOOGLE_APPLICATION_CREDENTIALS',
  },
];

test.each(CASES)(
  'a secret that was given as $place is not printed',
  async ({ name, config, args, env, says }) => {
    const path = join(tempFolder(), 'config.json');
    writeFileSync(path, JSON.stringify({ ...config, inbox_path: tempFolder() }));
    const { code, stdout, stderr } = await runProgram(name, args ?? ['--config', path], {
      env: { LOGLEVEL: 'debug', ...env },
    });
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stderr).toContain(says);
  },
);

test.each([
  ['schema', integration({ schema: WEBHOOK_URL })],
  ['name', integration({ name: WEBHOOK_URL })],
  ['host', { ...integration({}), host: WEBHOOK_URL }],
  ['inbox_path', { ...integration({}), mode: 'drain', inbox_path: WEBHOOK_URL }],
])('the token of a whole webhook URL that was given as %s is not printed', async (setting, config) => {
  const path = join(tempFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ inbox_path: tempFolder(), ...config }));
  const { code, stdout, stderr } = await runProgram('tap-webhooks', ['--config', path], {
    env: { LOGLEVEL: 'debug' },
    cwd: tempFolder(),
  });
  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain(TOKEN);
  expect(stderr).toContain(setting);
});

test('a config file that is not there is named, since its name looks like one', async () => {
  const { stderr } = await runProgram('target-jsonl', ['--config', './conf/missing.json']);
  expect(stderr).toContain('The config file ./conf/missing.json cannot be used: ENOENT');
});
