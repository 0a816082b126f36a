import { readPath } from './bodies/paths.js';
import type { Redaction } from './bodies/redaction.js';
import { readKey } from './secrets.js';
import type { SenderConfig } from './sender-settings.js';

/** A shorter key can be tried out. */
const FEWEST_KEY_CHARACTERS = 16;

/**
 * Returns what must not be kept of events.
 * @param needed paths that keys, ids, event types and `latest_by` are read from.
 * @param problem called with what is wrong.
 */
export function redactionOf(
  config: SenderConfig,
  needed: readonly (readonly string[])[],
  env: NodeJS.ProcessEnv,
  problem: (sentence: string) => void,
): Redaction | undefined {
  const { drop_fields: drop = [], hash_fields: hash = [] } = config;
  if (drop.length === 0 && hash.length === 0) {
    if (config.hash_key_file !== undefined || config.hash_key_env !== undefined)
      problem('`hash_key_file` and `hash_key_env` have no effect without `drop_fields` or `hash_fields`');
    return undefined;
  }
  const key = readKey(config, env, problem);
  if (key !== undefined && key.length < FEWEST_KEY_CHARACTERS)
    problem(
      `the key of \`hash_key_file\` or \`hash_key_env\` needs at least ${FEWEST_KEY_CHARACTERS} characters`,
    );
  if (config.on_malformed === 'quarantine')
    problem(
      '`on_malformed: quarantine` would keep bodies raw, with what `drop_fields` and `hash_fields` name: remove one of them',
    );
  const rules = { drop: drop.map(readPath), hash: hash.map(readPath), key: key ?? '' };
  for (const path of rules.drop)
    if (needed.some((one) => begins(one, path))) problem(neededSentence('drop_fields', path));
  for (const path of rules.hash)
    if (needed.some((one) => begins(one, path) && one.length > path.length))
      problem(neededSentence('hash_fields', path));
  return rules;
}

function begins(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((name, index) => path[index] === name);
}

function neededSentence(setting: string, path: readonly string[]): string {
  return `\`${setting}\`: ${path.join('.')} holds a key, an id, an event type or time, or a \`latest_by\` value, which rows need`;
}
