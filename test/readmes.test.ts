import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packageOf, packagesFolder, readPackages } from './helpers/sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = readPackages();
const names = new Set(packages.map(({ manifest }) => manifest.name));
const readmes = [
  'README.md',
  'packages/README.md',
  ...packages.map(({ folder }) => `packages/${folder}/README.md`),
];

const CODE_BLOCK = /^```(?:js|ts)\n([\s\S]*?)^```/gm;
const IMPORT = /^import \{([^}]*)\} from '([^']+)';/gm;

/** The values that code blocks import from our packages, each with its specifier. */
function importsOfReadme(readme: string): Array<{ specifier: string; name: string }> {
  const text = readFileSync(join(root, readme), 'utf8');
  return [...text.matchAll(CODE_BLOCK)]
    .flatMap(([, code = '']) => [...code.matchAll(IMPORT)])
    .filter(([, , specifier = '']) => names.has(packageOf(specifier) ?? ''))
    .flatMap(([, list = '', specifier = '']) =>
      list
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '' && !part.startsWith('type '))
        .map((part) => ({ specifier, name: part.replace(/ as .*$/, '') })),
    );
}

describe('the code blocks of the READMEs', () => {
  const imports = readmes.flatMap((readme) => importsOfReadme(readme).map((one) => ({ readme, ...one })));

  test('import from our packages', () => {
    expect(imports.length).toBeGreaterThan(0);
  });

  test.each(imports)('$readme: $specifier exports $name', async ({ specifier, name }) => {
    expect(Object.keys(await import(specifier))).toContain(name);
  });
});

describe('packages/README.md', () => {
  const text = readFileSync(join(packagesFolder, 'README.md'), 'utf8');
  const files = [
    ...new Set([...text.matchAll(/`([\w./-]+\.(?:ts|mjs|json))`/g)].map(([, file = '']) => file)),
  ];
  // Most paths leave out what the words around them say: the package, and its folder of sources.
  const places = [packagesFolder, root, ...packages.map(({ path }) => join(path, 'src'))];

  test('names files', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  test.each(files)('%s exists', (file) => {
    expect(places.some((place) => existsSync(join(place, file)))).toBe(true);
  });
});
