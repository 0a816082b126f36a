import { readFileSync } from 'node:fs';
import { systemCode, ToolkitError } from '@tap-webhooks/singer';
import { type AuthClient, GoogleAuth, Impersonated, type JWTInput, OAuth2Client } from 'google-auth-library';
import type { Config } from '../config.js';
import { credentialsUnusable } from '../errors.js';

export type CredentialSettings = Pick<
  Config,
  'api_endpoint' | 'credentials_path' | 'credentials_json' | 'impersonate_service_account'
>;

const SCOPES = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform'];

/**
 * Who asks: the key that is given, else Application Default Credentials; acting as another account where one is named.
 * An `api_endpoint` of one's own is never shown real credentials.
 * @throws ToolkitError `credentials_unusable`, exit 1.
 */
export async function authClient(settings: CredentialSettings): Promise<AuthClient> {
  if (settings.api_endpoint !== undefined) return emulatorClient();
  const source = await sourceClient(keyOf(settings));
  const principal = settings.impersonate_service_account;
  if (principal === undefined) return source;
  return new Impersonated({
    sourceClient: source,
    targetPrincipal: principal,
    targetScopes: SCOPES,
    lifetime: 3600,
  });
}

/** Without a token the library would look for a metadata server of Google's cloud. */
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
    throw credentialsUnusable(`the file ${path} cannot be read (${systemCode(cause)})`, cause);
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
    const why = credentials ? 'the key is not usable' : 'there are no Application Default Credentials here';
    throw credentialsUnusable(why, cause);
  }
}
