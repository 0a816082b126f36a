import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import type { AuthClient } from 'google-auth-library';
import { expect, onTestFinished, test, vi } from 'vitest';
import { authClient } from '../../../packages/target-bigquery/dist/api/credentials.js';
import { Http } from '../../../packages/target-bigquery/dist/api/http.js';
import { tempFolder } from '../../helpers/temp.js';
import { answerJson, serve } from './local-server.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const SERVICE_ACCOUNT = { type: 'service_account', client_email: 'a@b.c', private_key: privateKey };
const PERSON = { type: 'authorized_user', client_id: 'i', client_secret: 's', refresh_token: 'r' };

/** The client with that key, which gets its tokens at a server of ours. */
async function httpWith(key: object, origin: string, principal?: string): Promise<Http> {
  const actAs = principal === undefined ? {} : { impersonate_service_account: principal };
  const client = await authClient({ credentials_json: key, ...actAs });
  const { sourceClient = client } = client as AuthClient & { sourceClient?: AuthClient };
  sourceClient.transporter.interceptors.request.add({
    resolved: async (config) => {
      if (config.url.hostname.endsWith('.googleapis.com')) config.url = new URL(config.url.pathname, origin);
      return config;
    },
  });
  return new Http({ authClient: client } as unknown as BigQuery);
}

/** Tokens t1, t2, … at `/token`; all else is `answer`'s. */
function serveTokens(answer: (message: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  let given = 0;
  return serve((message, response) => {
    if (message.url !== '/token') return answer(message, response);
    given += 1;
    answerJson(response, 200, { access_token: `t${given}`, expires_in: 3600, token_type: 'Bearer' });
  });
}

test.each([
  ['a service account', SERVICE_ACCOUNT],
  ['a person', PERSON],
])('a token of %s that is refused is replaced, once', async (_, key) => {
  const seen: unknown[] = [];
  const origin = await serveTokens(({ headers }, response) => {
    seen.push(headers.authorization);
    answerJson(response, headers.authorization === 'Bearer t2' ? 200 : 401, {});
  });
  const { status } = await (await httpWith(key, origin)).send({ method: 'GET', url: `${origin}/api` });
  expect(status).toBe(200);
  expect(seen).toEqual(['Bearer t1', 'Bearer t2']);
});

test('a refusal that stays is final', async () => {
  let asked = 0;
  const origin = await serveTokens((_, response) => {
    asked += 1;
    answerJson(response, 401, {
      error: { message: 'Invalid Credentials', errors: [{ reason: 'authError' }] },
    });
  });
  const http = await httpWith(SERVICE_ACCOUNT, origin);
  await expect(http.send({ method: 'GET', url: `${origin}/api` })).rejects.toMatchObject({
    kind: 'denied',
    status: 401,
    reason: 'authError',
  });
  expect(asked).toBe(2);
});

test('a token that never comes is a failure of the network', async () => {
  const origin = await serve(() => {});
  const http = await httpWith(SERVICE_ACCOUNT, origin);
  await expect(http.send({ method: 'GET', url: `${origin}/api`, timeoutMs: 300 })).rejects.toMatchObject({
    kind: 'transient',
    reason: 'timeout',
  });
});

test.each([400, 401, 403, 404])(
  'a token that is refused with %i is an error of the configuration',
  async (status) => {
    const origin = await serve((_, response) =>
      answerJson(response, status, { error: 'unauthorized_client' }),
    );
    const http = await httpWith(SERVICE_ACCOUNT, origin);
    await expect(http.send({ method: 'GET', url: `${origin}/api` })).rejects.toMatchObject({
      code: 'credentials_unusable',
      exitCode: 1,
    });
  },
);

test.each([429, 503])('a token that is refused with %i may come later', async (status) => {
  const origin = await serve((_, response) => answerJson(response, status, { error: 'busy' }));
  const http = await httpWith(SERVICE_ACCOUNT, origin);
  await expect(http.send({ method: 'GET', url: `${origin}/api` })).rejects.toMatchObject({
    kind: 'transient',
    status,
  });
});

test.each([
  [403, { code: 'credentials_unusable', exitCode: 1 }],
  [503, { kind: 'transient', status: 503 }],
])(
  'acting as another account fails with the right code when it is refused with %i',
  async (status, failure) => {
    const refusal = { error: { status: 'REFUSED', message: 'Refused.' } };
    const origin = await serveTokens((_, response) => answerJson(response, status, refusal));
    const http = await httpWith(SERVICE_ACCOUNT, origin, 'other@b.c');
    await expect(http.send({ method: 'GET', url: `${origin}/api` })).rejects.toMatchObject(failure);
  },
);

test.each([
  ['no key at all', 'nothing'],
  ['a broken key', privateKey.replaceAll(/[A-M]/g, 'x')],
  ['a public key', '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----'],
  ['a number', 7],
  ['an object', {}],
])('a private key that is %s is an error of the configuration', async (_, private_key) => {
  const origin = await serve(() => {});
  const http = await httpWith({ ...SERVICE_ACCOUNT, private_key }, origin);
  await expect(http.send({ method: 'GET', url: `${origin}/api` })).rejects.toMatchObject({
    code: 'credentials_unusable',
    exitCode: 1,
    message: expect.stringContaining('the private key cannot be used'),
  });
});

test.each([
  ['is not JSON', '{"private_key": "SECRET', 'it holds no credentials'],
  ['is another file', '{"SECRET": 1}', 'it holds no credentials'],
  ['is not there', undefined, 'ENOENT'],
])('a file of default credentials that %s is said, without its path and content', async (_, content, why) => {
  const path = join(tempFolder(), 'key.json');
  if (content !== undefined) writeFileSync(path, content);
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path);
  onTestFinished(() => void vi.unstubAllEnvs());
  const failure = await authClient({}).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'credentials_unusable', exitCode: 1, cause: undefined });
  const { message } = failure as Error;
  expect(message).toContain('the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be used');
  expect(message).toContain(why);
  expect(message).not.toContain('SECRET');
});
