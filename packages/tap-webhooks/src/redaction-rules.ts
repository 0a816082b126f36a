import type { BodyRules, Unroll } from './bodies/body-rules.js';
import { readPath } from './bodies/paths.js';
import type { Redaction } from './bodies/redaction.js';
import { namesOfCopy } from './bodies/unroll.js';
import { readKey } from './secrets.js';
import type { SenderConfig } from './sender-settings.js';

/** A shorter key can be tried out. */
const FEWEST_KEY_CHARACTERS = 16;

/**
 * Returns what must not be kept of events.
 * @param body how bodies become rows: a path counts as it is in the body, and as it is in a row.
 * @param needed paths that keys, ids, event types and `latest_by` are read from.
 * @param problem called with what is wrong.
 */
export function redactionOf(
  config: SenderConfig,
  body: BodyRules | undefined,
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
  const pathsOf = (all: readonly string[]) => all.map(readPath).flatMap((path) => pathsInRows(path, body));
  const rules = { drop: pathsOf(drop), hash: pathsOf(hash), key: key ?? '' };
  for (const path of [...drop, ...hash])
    if (path === config.json_field)
      problem(`\`drop_fields\`, \`hash_fields\`: ${path} holds the whole event: name fields in it`);
  for (const path of rules.drop)
    if (needed.some((one) => begins(one, path))) problem(neededSentence('drop_fields', path));
  for (const path of rules.hash)
    if (needed.some((one) => begins(one, path) && one.length > path.length))
      problem(neededSentence('hash_fields', path));
  return rules;
}

/** Returns the paths that a field has in rows: as given, in the event that a field of a form holds, and where it is unrolled to. */
function pathsInRows(
  path: readonly string[],
  { jsonField, unroll }: BodyRules = {},
): ReadonlyArray<readonly string[]> {
  const isInField = jsonField !== undefined && path[0] === jsonField && path.length > 1;
  const inEvent = isInField ? [path, path.slice(1)] : [path];
  return unroll === undefined ? inEvent : inEvent.flatMap((one) => pathsUnrolled(one, unroll));
}

/** Returns a path as given, as part of an item, and as part of a value that is copied into items. */
function pathsUnrolled(path: readonly string[], unroll: Unroll): ReadonlyArray<readonly string[]> {
  const isInItem = begins(path, unroll.path) && path.length > unroll.path.length;
  return [
    path,
    ...(isInItem ? [path.slice(unroll.path.length)] : []),
    ...unroll.copy.flatMap((copied) => pathsInCopy(path, copied)),
  ];
}

function pathsInCopy(path: readonly string[], copied: readonly string[]): ReadonlyArray<readonly string[]> {
  const name = copied.at(-1) ?? '';
  const inner = innerPath(path, copied) ?? (path[0] === name ? path.slice(1) : undefined);
  return inner === undefined ? [] : namesOfCopy(name).map((one) => [one, ...inner]);
}

/** Returns where a field is in a copied value; empty when the value is the field, or is in it. */
function innerPath(path: readonly string[], copied: readonly string[]): readonly string[] | undefined {
  if (begins(path, copied)) return path.slice(copied.length);
  return begins(copied, path) ? [] : undefined;
}

function begins(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((name, index) => path[index] === name);
}

function neededSentence(setting: string, path: readonly string[]): string {
  return `\`${setting}\`: ${path.join('.')} holds a key, an id, an event type or time, or a \`latest_by\` value, which rows need`;
}
