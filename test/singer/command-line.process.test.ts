import { expect, test } from 'vitest';
import { RunningFixture } from '../helpers/fixture.js';

async function run(...args: string[]) {
  const fixture = new RunningFixture('program.mjs', args);
  const code = await fixture.exit();
  return { code, stdout: fixture.stdout, stderr: fixture.stderr };
}

test.each([
  [['--version']],
  [['--version', '--config', 'none.json']],
  [['--config', 'none.json', '--version']],
])('%j prints name and version on stdout', async (args) => {
  expect(await run(...args)).toEqual({ code: 0, stdout: 'tap-fixture v1.2.3\n', stderr: '' });
});

test('--help prints the options on stdout', async () => {
  const { code, stdout, stderr } = await run('--help');
  expect([code, stderr]).toEqual([0, '']);
  for (const option of ['--config', '--about', '--format', '--version', '--do'])
    expect(stdout).toContain(option);
});

test.each([
  ['an unknown option', ['--nonsense'], 'Unknown argument: nonsense. See --help.\n'],
  ['an unknown command', ['nonsense'], 'Unknown argument: nonsense. See --help.\n'],
  ['a mistyped option', ['--confg=x'], 'Unknown argument: confg. Did you mean --config? See --help.\n'],
  [
    'two mistyped options',
    ['--abuot', '--conut', '1'],
    'Unknown arguments: abuot, conut. Did you mean --about, --count? See --help.\n',
  ],
  ['a mistyped command', ['statsu'], 'Unknown argument: statsu. Did you mean status? See --help.\n'],
  [
    'a mistyped word where a command offers a choice',
    ['url', 'crate'],
    'Invalid values:\n  Argument: action, Given: "crate", Choices: "create", "list". Did you mean create? See --help.\n',
  ],
  ['an option with a dot', ['--config.path=x'], 'Unknown argument: config.path. See --help.\n'],
  [
    'an option given twice',
    ['--do', 'nothing', '--do=config'],
    '--do is given more than once. See --help.\n',
  ],
  ['a number given twice', ['--count=1', '--count=2'], '--count is given more than once. See --help.\n'],
  [
    '--format given twice',
    ['--about', '--format=json', '--format=text'],
    '--format is given more than once. See --help.\n',
  ],
  ['--config without a value', ['--config'], 'Not enough arguments following: config. See --help.\n'],
])(
  '%s is refused with exit 1 and one sentence, and prints nothing on stdout',
  async (_name, args, sentence) => {
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: sentence });
  },
);

test('a value that is not among the choices exits 1, names the choices and prints no stack trace', async () => {
  const { code, stdout, stderr } = await run('--about', '--format=yaml');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('"text", "json", "markdown"');
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('--config may be repeated, keeps its order, and takes ENV among files', async () => {
  const { stdout } = await run('--do', 'config', '--config', 'b.json', '--config=ENV', '--config', 'a.json');
  expect(JSON.parse(stdout)).toEqual(['b.json', 'ENV', 'a.json']);
  expect(JSON.parse((await run('--do', 'config', '-c', 'b.json', '-c', 'a.json')).stdout)).toEqual([
    'b.json',
    'a.json',
  ]);
  expect(JSON.parse((await run('--do', 'config', '--config', '1')).stdout)).toEqual(['1']);
  expect(JSON.parse((await run('--do', 'config')).stdout)).toEqual([]);
});

test('--about --format=json works even if the file of --config does not exist', async () => {
  const { code, stdout, stderr } = await run('--about', '--format=json', '--config', 'none.json');
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({
    name: 'tap-fixture',
    description: 'Does what it is told',
    version: '1.2.3',
    sdk_version: '1.2.3',
    supported_python_versions: null,
    capabilities: ['about'],
    settings: {
      type: 'object',
      required: ['path'],
      properties: { path: { type: 'string', description: 'Folder' } },
    },
  });
});

test.each([[['--about']], [['--about', '--format=text']]])('%j prints text', async (args) => {
  const { code, stdout } = await run(...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Name: tap-fixture\n/);
});

test.each(['markdown', 'Markdown'])(
  '--about --format %s is accepted in any case, as in the SDK',
  async (format) => {
    const { code, stdout } = await run('--about', '--format', format);
    expect(code).toBe(0);
    expect(stdout).toContain('| path | True | None | Folder |\n');
  },
);
