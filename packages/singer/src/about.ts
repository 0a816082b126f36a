import type { JsonSchema } from './messages.js';

/** What `--about` prints, in the shape and words of the Singer SDK, which catalogues of plugins understand. */
export interface About {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly settings: JsonSchema;
}

export type AboutFormat = 'text' | 'json' | 'markdown';

export function formatAbout(about: About, format: AboutFormat): string {
  if (format === 'json') return aboutJson(about);
  return format === 'markdown' ? aboutMarkdown(about) : aboutText(about);
}

function aboutJson({ name, description, version, capabilities, settings }: About): string {
  const shape = { name, description, version, sdk_version: version, supported_python_versions: null };
  return JSON.stringify({ ...shape, capabilities, settings }, null, 2);
}

function aboutText({ name, description, version, capabilities, settings }: About): string {
  const rows = settingRows(settings).map(
    (row) => `  ${row.name} (default: ${row.default}): ${row.description}`,
  );
  return [
    `Name: ${name}`,
    `Description: ${description}`,
    `Version: ${version}`,
    `Capabilities: ${capabilities.join(', ')}`,
    'Settings:',
    ...rows,
  ].join('\n');
}

function aboutMarkdown({ name, description, capabilities, settings }: About): string {
  return [
    `# \`${name}\``,
    '',
    description,
    '',
    '## Capabilities',
    '',
    ...capabilities.map((capability) => `* \`${capability}\``),
    '',
    '## Settings',
    '',
    settingsTable(settings),
  ].join('\n');
}

/** The settings as a Markdown table; nested ones are named with dots. */
export function settingsTable(settings: JsonSchema): string {
  const rows = settingRows(settings).map(
    (row) => `| ${[row.name, row.required, row.default, row.description].map(cell).join(' | ')} |`,
  );
  return [
    '| Setting | Required | Default | Description |',
    '|:--------|:--------:|:-------:|:------------|',
    ...rows,
  ].join('\n');
}

/** The text as a table cell: a bar or a line end would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

interface SettingRow {
  readonly name: string;
  readonly required: string;
  readonly default: string;
  readonly description: string;
}

function settingRows(schema: JsonSchema, prefix = ''): SettingRow[] {
  const properties = (schema.properties ?? {}) as { [name: string]: JsonSchema };
  const required = (schema.required ?? []) as string[];
  return Object.entries(properties).flatMap(([name, setting]) => [
    {
      name: `${prefix}${name}`,
      required: required.includes(name) ? 'True' : 'False',
      default: 'default' in setting ? shown(setting.default) : 'None',
      description: String(setting.description ?? ''),
    },
    ...settingRows((setting.items ?? setting) as JsonSchema, `${prefix}${name}.`),
  ]);
}
