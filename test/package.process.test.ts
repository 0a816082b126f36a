import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageOf, readPackages } from './helpers/sources.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const packages = readPackages();
const programs = packages.flatMap(({ path, manifest }) =>
  Object.entries(manifest.bin ?? {}).map(([name, bin]) => ({ name, bin: join(path, bin) })),
);

let packed: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--workspaces'];
  const { stdout } = await run('npm', args, {
    cwd: root,
    env: { ...process.env, npm_config_loglevel: 'silent' },
  });
  const list = JSON.parse(stdout) as Array<{ name: string; files: Array<{ path: string }> }>;
  packed = new Map(list.map(({ name, files }) => [name, files.map((file) => file.path)]));
});

describe.each(packages)('packages/$folder', ({ path, manifest, sources }) => {
  test('is an ES module for Node 20.19 and later', () => {
    expect(manifest).toMatchObject({ type: 'module', engines: { node: '>=20.19.0' } });
  });

  test('exports files that the build makes', () => {
    const files = Object.values(manifest.exports ?? {}).flatMap((entry) => [entry.types, entry.default]);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(path, file)))).toEqual([]);
  });

  test('declares what its sources import, and nothing else', () => {
    const used = sources
      .flatMap(({ imports }) => imports.map(packageOf))
      .filter((name) => name !== undefined);
    expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual([...new Set(used)].sort());
  });

  test('packs what runs, and neither sources, tests nor the state of the compiler', () => {
    const files = packed.get(manifest.name) ?? [];
    expect(files).toContain('package.json');
    for (const entry of Object.values(manifest.exports ?? {})) {
      expect(files).toContain(entry.default.replace('./', ''));
    }
    const allowed = /^(package\.json|README\.md|LICENSE|bin\/[^/]+\.js|dist\/.+\.(js|d\.ts|js\.map))$/;
    expect(files.filter((file) => !allowed.test(file) || /\btest\b.*\.test\./.test(file))).toEqual([]);
  });
});

describe.each(programs)('$name', ({ bin }) => {
  test('its bin is executable and starts with a shebang', () => {
    accessSync(bin, constants.X_OK);
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

test.each(programs)('$name --about shows the config schema that is under schemas/', async ({ name, bin }) => {
  const { stdout } = await run(process.execPath, [bin, '--about', '--format=json']);
  const schema = readFileSync(join(root, 'schemas', `${name}.config.json`), 'utf8');
  expect(JSON.parse(stdout).settings).toEqual(JSON.parse(schema));
});

test('what is generated is what `npm run generate` writes', async () => {
  const args = ['test/tools/generate.mjs', '--check'];
  const result = await run(process.execPath, args, { cwd: root }).catch((failed) => failed);
  expect(result.stderr).toBe('');
});
