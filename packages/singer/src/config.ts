import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv, type ErrorObject } from 'ajv';
import { configInvalid, configUnreadable, shownPath, systemCode } from './errors.js';
import { isObject, type JsonObject, type JsonSchema } from './messages.js';
import { nearest } from './nearest.js';
import { mistypedSetting, type RefusedSettings, unknownSettings } from './unknown-settings.js';

/** Keyword of a setting with a `pattern`: what the pattern demands, as words that begin with "must". */
const PATTERN_IN_WORDS = 'x-pattern-in-words';

export interface ProgramConfig {
  /** Name as it is typed, e.g. `target-jsonl`. Its settings are then read from the variables `TARGET_JSONL_<SETTING>`. */
  readonly program: string;
  /** Type, default and description of each setting. */
  readonly schema: JsonSchema;
  /** Settings of other programs that change what this one would have to do. */
  readonly refused?: RefusedSettings;
}

/**
 * Reads a program's config as the Singer SDK does. JSON files are merged shallowly, and later ones win. The word `ENV` among the
 * sources (or no source at all) adds the environment and the nearest `.env`, which win over files. Null and an empty text count as
 * not given; an empty text counts where the schema says `minLength: 0`. Texts that mean a number, a boolean, a list or an object
 * are converted, since orchestrators pass them as texts.
 * @param sources paths and `ENV`.
 * @param unknown called with the top-level settings that the schema does not have, and a sentence about them for the log.
 * @returns the config with defaults filled in, frozen to the leaves.
 * @throws ToolkitError `config_invalid` with every problem, a mistyped setting included, `config_unreadable`; exit 1.
 */
export function loadConfig<T>(
  spec: ProgramConfig,
  sources: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  unknown: (settings: readonly string[], sentence: string) => void = () => {},
): Readonly<T> {
  const { schema, refused = {} } = spec;
  const merged: JsonObject = Object.assign(
    {},
    ...sources.filter((source) => source !== 'ENV').map(readConfigFile),
  );
  convertTexts(merged, schema);
  const problems: string[] = [];
  if (sources.length === 0 || sources.includes('ENV'))
    Object.assign(merged, fromEnvironment(spec, env, problems));
  dropNulls(merged, schema);
  const strangers = unknownSettings(merged, Object.keys(propertiesOf(schema)), refused);
  problems.push(...checkConfig(schema, merged), ...strangers.problems);
  if (problems.length > 0) throw configInvalid(spec.program, [...new Set(problems)]);
  const { ignored } = strangers;
  if (ignored.length > 0) unknown(ignored, `Unknown settings are ignored: ${ignored.join(', ')}`);
  return deepFreeze(merged) as Readonly<T>;
}

function readConfigFile(path: string): JsonObject {
  let text: string;
  try {
    text = textOf(path);
  } catch (cause) {
    throw configUnreadable(shownPath(path), systemCode(cause));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw configUnreadable(path, 'it is not JSON'); // the parser's own message quotes the file
  }
  if (!isObject(value)) throw configUnreadable(path, 'it is not a JSON object');
  return value;
}

/** Returns the text of a file without white space around it, and without a byte order mark. */
function textOf(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

function fromEnvironment(spec: ProgramConfig, env: NodeJS.ProcessEnv, problems: string[]): JsonObject {
  const { schema, refused = {} } = spec;
  const prefix = `${spec.program}_`.toUpperCase().replaceAll('-', '_');
  const variableOf = (setting: string) => prefix + setting.toUpperCase().replaceAll('-', '_');
  const variables: NodeJS.ProcessEnv = { ...nearestDotEnv(), ...env };
  const known = propertiesOf(schema);
  const config: JsonObject = {};
  for (const setting of [...Object.keys(known), ...Object.keys(refused)]) {
    const name = variableOf(setting);
    const text = variables[name];
    delete variables[name];
    if (text === undefined || isNotGiven(text, known[setting])) continue;
    try {
      config[setting] = convert(text, typesOf(known[setting]));
    } catch {
      problems.push(`the variable ${name} must hold JSON`);
    }
  }
  for (const name of Object.keys(variables).filter((other) => other.startsWith(prefix))) {
    const meant = mistypedSetting(name.slice(prefix.length).toLowerCase(), Object.keys(known), refused);
    if (meant !== undefined)
      problems.push(`the variable ${name} is not a setting: did you mean ${variableOf(meant)}?`);
  }
  return config;
}

/** Converts the texts of a file as those of variables are. What is not JSON stays, and the check of the schema says so. */
function convertTexts(config: JsonObject, schema: JsonSchema): void {
  for (const [setting, nested] of Object.entries(propertiesOf(schema))) {
    const value = config[setting];
    if (typeof value !== 'string') continue;
    try {
      config[setting] = isNotGiven(value, nested) ? null : convert(value, typesOf(nested));
    } catch {}
  }
}

/** An empty text counts as not given, unless the schema of the setting says that it means something. */
function isNotGiven(text: string, schema: JsonSchema = {}): boolean {
  return text === '' && schema.minLength !== 0;
}

/** @throws SyntaxError when only a list or an object is allowed, and the text is not JSON. */
function convert(text: string, types: readonly string[]): unknown {
  if (types.includes('boolean') && /^(true|1|yes|on)$/i.test(text)) return true;
  if (types.includes('boolean') && /^(false|0|no|off)$/i.test(text)) return false;
  if (!types.includes('object') && !types.includes('array')) return text; // ajv coerces numbers, with its own sentence
  if (types.includes('string') && !/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (types.includes('string')) return text;
    throw cause;
  }
}

/** Returns the variables of the nearest `.env`, from the working folder upwards, as in the Singer SDK. */
function nearestDotEnv(): NodeJS.ProcessEnv {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    try {
      return parseEnv(textOf(join(folder, '.env'))) as NodeJS.ProcessEnv;
    } catch {
      if (folder === dirname(folder)) return {};
    }
  }
}

/** Removes nulls wherever the schema names a property. Nulls in free-form JSON (an `enum` of the user's own schema) stay. */
function dropNulls(value: unknown, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, (schema.items ?? {}) as JsonSchema);
  } else if (isObject(value)) {
    for (const [name, nested] of Object.entries(propertiesOf(schema))) {
      if (value[name] === null) delete value[name];
      else dropNulls(value[name], nested);
    }
  }
}

function checkConfig(schema: JsonSchema, config: JsonObject): string[] {
  // The schema is ours, a test checks it, and it checks one config: what makes compiling slow does not pay.
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    useDefaults: true,
    coerceTypes: true,
    validateFormats: false,
    validateSchema: false,
    meta: false,
    code: { optimize: false },
    verbose: true, // a problem then comes with the schema that it breaks
  });
  const validate = ajv.compile(schema);
  return validate(config) ? [] : (validate.errors ?? []).map(problem);
}

function problem(error: ErrorObject): string {
  const place = error.instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  return `${place === '' ? 'the config' : `\`${place}\``} ${rule(error)}`;
}

/** Returns what is wrong at a place, without the value that was found there. */
function rule({ keyword, params, parentSchema = {}, data, message = 'is not valid' }: ErrorObject): string {
  if (keyword === 'pattern' && PATTERN_IN_WORDS in parentSchema) return parentSchema[PATTERN_IN_WORDS];
  const { allowedValues, additionalProperty: name } = params as {
    allowedValues?: readonly unknown[];
    additionalProperty?: string;
  };
  if (allowedValues) return `${message}: ${allowedValues.join(', ')}${suggestion(data, allowedValues)}`;
  if (name === undefined) return message;
  return `has an unknown property: ${withSuggestion(name, propertiesOf(parentSchema))}`;
}

function withSuggestion(name: string, known: object): string {
  return name + suggestion(name, Object.keys(known));
}

/** Returns a hint at the nearest known word, if any. It never shows the given value, which may be a misplaced secret. */
function suggestion(given: unknown, known: readonly unknown[]): string {
  const meant = typeof given === 'string' ? nearest(given, known.map(String)) : undefined;
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

function propertiesOf(schema: JsonSchema): { readonly [name: string]: JsonSchema } {
  return (schema.properties ?? {}) as { [name: string]: JsonSchema };
}

function typesOf(schema: JsonSchema = {}): readonly string[] {
  return ([] as string[]).concat((schema.type ?? []) as string | string[]);
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const nested of Object.values(value)) deepFreeze(nested);
    Object.freeze(value);
  }
  return value;
}
