import { formatAbout, settingsTable } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';

const settings = {
  type: 'object',
  required: ['path'],
  properties: {
    path: { type: 'string', description: 'Folder of the files' },
    mode: { type: 'string', default: 'fail', description: 'What to do: reject|fail\nThe first keeps going' },
    loud: { type: 'boolean', default: false, description: 'Say more' },
    list: {
      type: 'array',
      default: [],
      description: 'Several',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', description: 'Its name' } },
      },
    },
    auth: { type: 'object', properties: { token: { type: 'string', default: null, description: 'Secret' } } },
  },
};

const table = `| Setting | Required | Default | Description |
|:--------|:--------:|:-------:|:------------|
| path | True | None | Folder of the files |
| mode | False | fail | What to do: reject\\|fail The first keeps going |
| loud | False | false | Say more |
| list | False | [] | Several |
| list.name | True | None | Its name |
| auth | False | None |  |
| auth.token | False | null | Secret |`;

const about = {
  name: 'tap-x',
  description: 'Takes things',
  version: '1.2.3',
  capabilities: ['about', 'state'],
  settings,
};

test('the settings are printed as a Markdown table, with dots in the names of nested ones', () => {
  expect(settingsTable(settings)).toBe(table);
});

test('--about as JSON has the members of the Singer SDK, in its order', () => {
  expect(formatAbout(about, 'json')).toBe(
    JSON.stringify(
      {
        name: 'tap-x',
        description: 'Takes things',
        version: '1.2.3',
        sdk_version: '1.2.3',
        supported_python_versions: null,
        capabilities: ['about', 'state'],
        settings,
      },
      null,
      2,
    ),
  );
});

test('--about prints Markdown', () => {
  expect(formatAbout(about, 'markdown')).toBe(
    `# \`tap-x\`\n\nTakes things\n\n## Capabilities\n\n* \`about\`\n* \`state\`\n\n## Settings\n\n${table}`,
  );
});

test('--about prints text', () => {
  expect(formatAbout(about, 'text').split('\n').slice(0, 6)).toEqual([
    'Name: tap-x',
    'Description: Takes things',
    'Version: 1.2.3',
    'Capabilities: about, state',
    'Settings:',
    '  path (default: None): Folder of the files',
  ]);
});
