import { readFileSync, statSync } from 'node:fs';
import { systemCode } from '@tap-webhooks/singer';
import type { IntegrationConfig, TapConfig } from './config.js';
import type { SenderConfig } from './sender-settings.js';

const BYTE_ORDER_MARK = /^\uFEFF/;

/** Where the secrets of one integration come from. All sources are merged. */
type Sources = Pick<IntegrationConfig, 'secrets' | 'secrets_file' | 'secrets_env'>;

/**
 * Reads the secrets of an integration. Each source may hold several, one per line, so that two can be valid during rotation; a
 * PEM key has several lines. White space around a secret is no part of it.
 * @param problem called with what is wrong: the rest of a sentence that begins with the integration. It shows neither a secret
 *   nor the path or name that is configured, since people put the secret itself there.
 */
export function readSecrets(
  sources: Sources,
  env: NodeJS.ProcessEnv,
  problem: (sentence: string) => void,
): readonly string[] {
  const { secrets = [], secrets_file: file, secrets_env: variable } = sources;
  const text = file === undefined ? undefined : readText(file, problem);
  const fromFile = text === undefined ? undefined : secretsOf(text);
  const fromEnv = variable === undefined ? undefined : secretsOf(env[variable] ?? '');
  if (fromFile?.length === 0) problem('the file that `secrets_file` names has no secret in it');
  if (fromEnv?.length === 0)
    problem(
      'the variable that `secrets_env` names is not set or is empty: give it the name of a variable, not the secret',
    );
  if (secrets.some((secret) => secret.trim() === '')) problem('`secrets` has an empty entry');
  return [...new Set([...secrets.flatMap(secretsOf), ...(fromFile ?? []), ...(fromEnv ?? [])])];
}

/**
 * Reads the key of keyed digests.
 * @param problem as in `readSecrets`.
 */
export function readKey(
  { hash_key_file: file, hash_key_env: variable }: Pick<SenderConfig, 'hash_key_file' | 'hash_key_env'>,
  env: NodeJS.ProcessEnv,
  problem: (sentence: string) => void,
): string | undefined {
  if ((file === undefined) === (variable === undefined)) {
    problem('`drop_fields` and `hash_fields` need a key: set either `hash_key_file` or `hash_key_env`');
    return undefined;
  }
  const text = file === undefined ? env[variable ?? ''] : readText(file, problem, 'hash_key_file');
  if (file === undefined && text === undefined)
    problem('the variable that `hash_key_env` names is not set: give it the name of a variable, not the key');
  return text?.trim();
}

function readText(
  path: string,
  problem: (sentence: string) => void,
  setting = 'secrets_file',
): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    problem(
      `the file that \`${setting}\` names cannot be read (${systemCode(cause)}): give it a path, not the secret`,
    );
    return undefined;
  }
}

const PEM_OR_LINE = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----|[^\r\n]+/g;

function secretsOf(text: string): string[] {
  const found = text.replace(BYTE_ORDER_MARK, '').match(PEM_OR_LINE) ?? [];
  return found.map((secret) => secret.trim()).filter((secret) => secret !== '');
}

/**
 * Returns the files with secrets that other users of the machine can read.
 * @param configPaths the config's sources; those that are not files are ignored.
 */
export function exposedFiles(config: TapConfig, configPaths: readonly string[]): string[] {
  const inline = config.integrations.some((integration) => (integration.secrets ?? []).length > 0);
  const files = config.integrations.flatMap(({ secrets_file: secrets, hash_key_file: key }) =>
    [secrets, key].filter((file) => file !== undefined),
  );
  return [...new Set([...(inline ? configPaths : []), ...files])].filter(isReadableByOthers);
}

const OTHERS_READ = 0o044;

function isReadableByOthers(path: string): boolean {
  if (process.platform === 'win32') return false; // file modes mean nothing there
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.mode & OTHERS_READ) !== 0;
}
