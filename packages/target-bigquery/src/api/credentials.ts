import { readFileSync } from 'node:fs';
import { systemCode, ToolkitError } from '@tap-webhooks/singer';
import {
  type AuthClient,
  GoogleAuth,
  Impersonated,
  JWT,
  type JWTInput,
  OAuth2Client,
} from 'google-auth-library';
import type { Config } from '../config.js';
import { credentialsUnusable } from '../errors.js';

export type CredentialSettings = Pick<
  Config,
  'api_endpoint' | 'credentials_path' | 'credentials_json' | 'impersonate_service_account'
>;

const SCOPES = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform'];
/** How long one request for a token may take. */
const TOKEN_TIMEOUT_MS = 30_000;

/**
 * The credentials of requests: the key that is given, else Application Default Credentials; acting as another account when
 * one is named. An `api_endpoint` that is set is never shown real credentials.
 * @throws ToolkitError `credentials_unusable`, exit 1.
 */
export async function authClient(settings: CredentialSettings): Promise<AuthClient> {
  if (settings.api_endpoint !== undefined) return emulatorClient();
  const source = renewing(await sourceClient(keyOf(settings)));
  const principal = settings.impersonate_service_account;
  if (principal === undefined) return source;
  return renewing(
    new Impersonated({
      sourceClient: source,
      targetPrincipal: principal,
      targetScopes: SCOPES,
      lifetime: 3600,
    }),
  );
}

/**
 * Makes the library replace a token that is refused (401) before it expires, and repeat the request once. With a service
 * account's key it would take the same token from its cache again, unless that token counts as expired.
 */
function renewing(client: AuthClient): AuthClient {
  client.forceRefreshOnFailure = true;
  client.transporter.defaults = { timeout: TOKEN_TIMEOUT_MS, ...client.transporter.defaults };
  if (!(client instanceof JWT)) return client;
  client.transporter.interceptors.response.add({
    rejected: (failure) => {
      if (failure.response?.status === 401) client.credentials.expiry_date = 1;
      throw failure;
    },
  });
  return client;
}

/** Has a token, since without one the library would look for a metadata server of Google's cloud. */
function emulatorClient(): AuthClient {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 'emulator', expiry_date: Date.now() + 1e12 });
  return client;
}

function keyOf({ credentials_json: json, credentials_path: path }: CredentialSettings): JWTInput | undefined {
  if (typeof json === 'object') return checked(json, 'credentials_json');
  if (json !== undefined) return checked(parse(json, 'credentials_json'), 'credentials_json');
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw credentialsUnusable(
      `the file that credentials_path names cannot be read (${systemCode(cause)}): give it the path of a key, not the key`,
    ); // without the cause, which shows what was given
  }
  return checked(parse(text, path), path);
}

/** The parser's own message would quote the key. */
function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw credentialsUnusable(`${where} is not JSON`);
  }
}

function checked(value: unknown, where: string): JWTInput {
  if (typeof (value as JWTInput | null)?.type === 'string') return value as JWTInput;
  throw credentialsUnusable(`${where} is not a key of Google Cloud (it has no \`type\`)`);
}

async function sourceClient(credentials: JWTInput | undefined): Promise<AuthClient> {
  try {
    return await new GoogleAuth({ scopes: SCOPES, ...(credentials ? { credentials } : {}) }).getClient();
  } catch (cause) {
    if (cause instanceof ToolkitError) throw cause;
    if (credentials) throw credentialsUnusable('the key is not usable', cause);
    throw credentialsUnusable(whyNoDefault(cause)); // without the cause, which quotes the file
  }
}

/** Application Default Credentials come from a file that is named, from the one that gcloud writes, or from the machine. */
function whyNoDefault(cause: unknown): string {
  const { GOOGLE_APPLICATION_CREDENTIALS: upper, google_application_credentials: lower } = process.env;
  const named = upper || lower;
  const code = systemCode(cause);
  const why = /^E[A-Z]+$/.test(code) ? code : 'it holds no credentials of Google Cloud';
  if (named) return `the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be used (${why})`;
  if (cause instanceof Error && /default credentials/i.test(cause.message))
    return 'there are no Application Default Credentials here';
  return `the file of Application Default Credentials that gcloud wrote cannot be used (${why})`;
}
