import { readFileSync } from 'node:fs';
import { columnName, compileSchema, configInvalid, type JsonSchema, systemCode } from '@tap-webhooks/singer';
import type { IntegrationConfig, TapConfig } from './config.js';
import type { IntegrationRules } from './inbox/inbox.js';
import { integrationName, isIntegrationName, streamName } from './names.js';
import { findProvider, providerNames } from './providers/index.js';
import type { Provider } from './providers/provider.js';
import { exposedFiles, readSecrets } from './secrets.js';
import type { Verify } from './signatures/signature.js';

/**
 * The user's schema of a payload, inline or from a file, tried before anything depends on it.
 * @param problem told what is wrong, in words that follow the place.
 */
export function readPayloadSchema(
  source: string | JsonSchema,
  problem: (sentence: string) => void,
): JsonSchema | undefined {
  const schema = typeof source === 'string' ? readFile(source, problem) : source;
  if (schema === undefined) return undefined;
  try {
    compileSchema(schema);
    return schema;
  } catch (cause) {
    problem(`\`schema\`: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
}

function readFile(path: string, problem: (sentence: string) => void): JsonSchema | undefined {
  try {
    const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
    problem(`\`schema\` ${path} is not a JSON object`);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : `cannot be read (${systemCode(cause)})`;
    problem(`\`schema\` ${path} ${why}`);
  }
  return undefined;
}

/** For commands that check no signature: they need neither the secrets nor the right to read their files. */
export function withoutSecrets(config: TapConfig): TapConfig {
  const integrations = config.integrations.map(
    ({ secrets: _, secrets_file: __, secrets_env: ___, ...integration }) => integration,
  );
  return { ...config, integrations };
}

/** One integration, ready to serve: names decided, files read, secrets gone into the check. */
export interface Integration {
  /** What the inbox must know to judge its deliveries. */
  readonly rules: IntegrationRules;
  readonly provider: Provider;
  /** Absent: no secret is configured, the URL alone protects. */
  readonly verify?: Verify;
  /** In bytes. */
  readonly bodyLimit: number;
}

type Problem = (sentence: string) => void;

/**
 * Everything that the config's schema cannot check, with the files and variables that it names.
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

/** What does not stop a receiver, and should be known: a sentence each. */
export function securityWarnings(
  config: TapConfig,
  integrations: readonly Integration[],
  configPaths: readonly string[],
): string[] {
  const unsigned = integrations
    .filter(({ verify, provider }) => !verify && provider.signature)
    .map(
      ({ rules, provider }) =>
        `${rules.name} has no secrets, so its URL alone protects it: ${provider.title} can sign, set \`secrets_file\` or \`secrets_env\``,
    );
  const exposed = exposedFiles(config, configPaths).map(
    (path) => `${path} holds secrets and other users can read it: run chmod 600 ${path}`,
  );
  return [...unsigned, ...exposed];
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
  const verify = resolveVerify(config, provider, env, problem);
  return {
    rules: resolveRules(config, name, provider, problem),
    provider,
    ...(verify ? { verify } : {}),
    bodyLimit: config.body_limit_bytes,
  };
}

function resolveName(
  { name, display_name: displayName }: IntegrationConfig,
  problem: Problem,
): string | undefined {
  if (name !== undefined) {
    if (isIntegrationName(name)) return name;
    problem('`name` may hold a-z, 0-9 and _, must not begin with a digit, and has at most 63 characters');
  } else if (displayName !== undefined) {
    const derived = integrationName(displayName);
    if (derived !== undefined) return derived;
    problem('`display_name` holds no letter or digit that a name can be made of: add a `name`');
  } else problem('a `name` or a `display_name` is missing');
  return undefined;
}

function resolveProvider({ provider: name }: IntegrationConfig, problem: Problem): Provider | undefined {
  const provider = findProvider(name);
  if (!provider)
    problem(`\`provider\` ${JSON.stringify(name)} is not known; known are ${providerNames.join(', ')}`);
  return provider;
}

function resolveVerify(
  config: IntegrationConfig,
  provider: Provider,
  env: NodeJS.ProcessEnv,
  problem: Problem,
): Verify | undefined {
  const secrets = readSecrets(config, env, problem);
  if (secrets.length === 0) return undefined;
  if (!provider.signature) {
    problem(`${provider.title} signs nothing, so a secret cannot be checked: remove it`);
    return undefined;
  }
  try {
    return provider.signature.verifier(secrets);
  } catch (cause) {
    problem(cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

function resolveRules(
  config: IntegrationConfig,
  name: string,
  provider: Provider,
  problem: Problem,
): IntegrationRules {
  const keyProperties = config.key_properties ?? provider.keyProperties;
  for (const key of keyProperties.filter((field) => columnName(field) !== field))
    problem(`\`key_properties\`: ${key} cannot be a key, since fields so named are renamed`);
  if (config.events && !provider.eventType)
    problem(`\`events\` selects nothing, since ${provider.title} has no event types: remove it`);
  const latestBy = config.latest_by ?? provider.latestBy;
  const schema = config.schema === undefined ? provider.schema : readPayloadSchema(config.schema, problem);
  return {
    name,
    stream: streamName(name),
    keyProperties,
    ...(latestBy === undefined ? {} : { latestBy }),
    ...(provider.deliveryId ? { deliveryId: provider.deliveryId } : {}),
    ...(provider.eventType ? { eventType: provider.eventType } : {}),
    ...(config.events ? { events: config.events } : {}),
    ...(schema ? { schema } : {}),
  };
}

function duplicates(names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `\`integrations\`: the name ${name} stands twice`);
}
