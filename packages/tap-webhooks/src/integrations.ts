import { readFileSync } from 'node:fs';
import {
  columnName,
  configInvalid,
  isObject,
  type JsonSchema,
  LIMIT,
  shownPath,
  systemCode,
} from '@tap-webhooks/singer';
import { compileSchema } from '@tap-webhooks/singer/validate';
import { isTooLong, printedBytes, RESERVED_SCHEMA_BYTES } from './columns/size.js';
import { StreamShape } from './columns/stream-shape.js';
import { DEFAULT_BODY_BYTES, type IntegrationConfig, type TapConfig } from './config.js';
import type { IntegrationRules } from './inbox/inbox.js';
import { integrationName, isIntegrationName, streamName } from './names.js';
import { findProvider, providerNames } from './providers/index.js';
import type { Provider } from './providers/provider.js';
import { exposedFiles } from './secrets.js';
import { senderRules } from './sender-rules.js';
import { type Protection, resolveVerification, uncoveredBody, unprotected } from './verification.js';

/**
 * Returns the user's schema of a payload, given inline or as a file, after checking that it can be compiled and is within the
 * limits of a stream.
 * @param problem called with what is wrong.
 */
function readPayloadSchema(
  source: string | JsonSchema,
  keyProperties: readonly string[],
  problem: (sentence: string) => void,
): JsonSchema | undefined {
  const schema = typeof source === 'string' ? readFile(source, problem) : source;
  if (schema === undefined) return undefined;
  try {
    const exceeded = StreamShape.begin(schema, keyProperties).overLimit();
    if (exceeded === undefined) {
      compileSchema(schema);
      return schema;
    }
    problem(`\`schema\`: it ${exceeded}`);
    return undefined;
  } catch (cause) {
    problem(`\`schema\`: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
}

/** The path is shown only when it looks like one: people put other things there, such as a whole webhook URL. */
function readFile(path: string, problem: (sentence: string) => void): JsonSchema | undefined {
  const shown = shownPath(path);
  const what = shown === undefined ? 'the file that `schema` names' : `\`schema\` ${shown}`;
  try {
    const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isObject(schema)) return schema;
    problem(`${what} is not a JSON object`);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : `cannot be read (${systemCode(cause)})`;
    problem(`${what} ${why}`);
  }
  return undefined;
}

/** Returns the config for commands that check no signature: they need neither secrets nor the right to read their files. */
export function withoutSecrets(config: TapConfig): TapConfig {
  const integrations = config.integrations.map(
    ({
      secrets,
      secrets_file,
      secrets_env,
      verification,
      hash_key_file,
      hash_key_env,
      drop_fields,
      hash_fields,
      ...rest
    }) => rest,
  );
  return { ...config, integrations };
}

/** One integration with its names decided, its files read, and its secrets inside `verify`. */
export interface Integration extends Protection {
  /** What the inbox needs to judge its deliveries. */
  readonly rules: IntegrationRules;
  readonly provider: Provider;
  /** In bytes. */
  readonly bodyLimit: number;
}

/** Called with what is wrong: the rest of a sentence that begins with the integration. */
type Problem = (sentence: string) => void;

/**
 * Returns the integrations of the config. Checks everything that the config's schema cannot, and reads the files and variables
 * that it names.
 * @throws ToolkitError `config_invalid` with every problem; no secret is in it.
 */
export function resolveIntegrations(config: TapConfig, env: NodeJS.ProcessEnv = process.env): Integration[] {
  const problems: string[] = [];
  const integrations = config.integrations.flatMap((integration, index) => {
    const resolved = resolve(integration, env, (sentence) =>
      problems.push(`${label(integration, index)}: ${sentence}`),
    );
    return resolved ? [resolved] : [];
  });
  problems.push(...duplicates(integrations.map(({ rules }) => rules.name)));
  if (problems.length > 0) throw configInvalid('tap-webhooks', problems);
  return integrations;
}

/** Returns warnings about weak protection, one sentence each. They do not stop a receiver. */
export function securityWarnings(
  config: TapConfig,
  integrations: readonly Integration[],
  configPaths: readonly string[],
): string[] {
  const weak = integrations.flatMap(({ verify, rules, provider }) => {
    const given = config.integrations.find((one) => nameOf(one) === rules.name);
    if (given?.verification) return uncoveredBody(rules.name, given);
    return verify ? [] : unprotected(rules.name, provider);
  });
  const exposed = exposedFiles(config, configPaths).map(
    (path) => `${path} holds secrets, and other users can read it: run chmod 600 ${path}`,
  );
  return [...weak, ...exposed];
}

function nameOf({ name, display_name: displayName }: IntegrationConfig): string | undefined {
  return name ?? integrationName(displayName ?? '');
}

function label({ name, display_name: displayName }: IntegrationConfig, index: number): string {
  const called = name ?? displayName;
  return `\`integrations[${index}]\`${called === undefined ? '' : ` (${called})`}`;
}

function resolve(
  config: IntegrationConfig,
  env: NodeJS.ProcessEnv,
  problem: Problem,
): Integration | undefined {
  const name = resolveName(config, problem);
  const provider = resolveProvider(config, problem);
  if (name === undefined || provider === undefined) return undefined;
  return {
    rules: resolveRules(config, name, provider, env, problem),
    provider,
    ...resolveVerification(config, provider, env, problem),
    bodyLimit: config.body_limit_bytes ?? provider.bodyLimitBytes ?? DEFAULT_BODY_BYTES,
  };
}

function resolveName(
  { name, display_name: displayName }: IntegrationConfig,
  problem: Problem,
): string | undefined {
  if (name !== undefined) {
    if (isIntegrationName(name)) return name;
    problem(
      '`name` may contain a-z, 0-9 and _, must not begin with a digit, and may have at most 63 characters',
    );
  } else if (displayName !== undefined) {
    const derived = integrationName(displayName);
    if (derived !== undefined) return derived;
    problem('`display_name` has no letter or digit to make a name from: add a `name`');
  } else problem('a `name` or a `display_name` is missing');
  return undefined;
}

function resolveProvider({ provider: name }: IntegrationConfig, problem: Problem): Provider | undefined {
  const provider = findProvider(name);
  if (!provider) problem(`the \`provider\` is unknown; known are ${providerNames.join(', ')}`);
  return provider;
}

function resolveRules(
  config: IntegrationConfig,
  name: string,
  provider: Provider,
  env: NodeJS.ProcessEnv,
  problem: Problem,
): IntegrationRules {
  const keyProperties = config.key_properties ?? provider.keyProperties;
  const latestBy = config.latest_by ?? provider.latestBy;
  for (const key of keyProperties.filter((field) => columnName(field) !== field))
    problem(`\`key_properties\`: ${key} cannot be a key, since the tap renames fields with such names`);
  for (const key of keyProperties.filter(isTooLong))
    problem(`\`key_properties\`: ${key.slice(0, 40)}… is longer than ${LIMIT.nameBytes} bytes`);
  if (printedBytes([keyProperties, latestBy]) > RESERVED_SCHEMA_BYTES / 2)
    problem('`key_properties` and `latest_by` are too long for a SCHEMA message');
  const sender = senderRules(config, provider, { keyProperties, latestBy }, env, problem);
  if (config.events && !sender.eventType)
    problem(
      `\`events\` has no effect, since ${provider.title} has no event types: set \`event_type\`, or remove it`,
    );
  const schema =
    config.schema === undefined ? provider.schema : readPayloadSchema(config.schema, keyProperties, problem);
  return {
    name,
    stream: streamName(name),
    keyProperties,
    ...(latestBy === undefined ? {} : { latestBy }),
    ...sender,
    ...(config.events ? { events: config.events } : {}),
    ...(schema ? { schema } : {}),
    maxMapKeys: config.max_map_keys,
    ...(config.max_waiting_bytes === undefined ? {} : { maxWaitingBytes: config.max_waiting_bytes }),
    maxQuarantineBytes: config.max_quarantine_bytes,
  };
}

function duplicates(names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `\`integrations\`: two integrations have the name ${name}`);
}
