import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { circlesIn, type Graph } from './helpers/circles.js';
import {
  COMPUTED,
  importsOf,
  packageOf,
  packagesFolder,
  readPackages,
  readTests,
  type Source,
} from './helpers/sources.js';

const packages = readPackages();
const sources = packages.flatMap((one) => one.sources);
const folderOf = new Map(packages.map((one) => [one.manifest.name, one.folder]));

/** Returns which of our packages a package may import. Data runs tap → target, and the two share only Singer's format. */
function mayImport(folder: string): readonly string[] | undefined {
  if (folder === 'singer') return [];
  if (folder === 'target-core' || folder === 'tap-webhooks') return ['singer'];
  return folder.startsWith('target-') ? ['singer', 'target-core'] : undefined;
}

/** The only places where a third-party package may be imported. */
const ONLY_IN: ReadonlyArray<readonly [name: RegExp, where: RegExp]> = [
  [/^ajv(-|$)/, /^singer\/src\/(ajv-check|config)\.ts$/],
  [/^re2js$/, /^singer\/src\/linear-pattern\.ts$/],
  [/^yargs/, /^singer\/src\/command\.ts$/],
  [/^pino/, /^singer\/src\/log\.ts$/],
  [/^@photostructure\/sqlite$/, /^(singer\/src\/lock\.ts$|tap-webhooks\/src\/inbox\/sqlite\/)/],
  [/^(@fastify\/|fastify)/, /^tap-webhooks\/src\/server\//],
  [/^split2$/, /^target-core\/src\/lines\.ts$/],
  [/^any-ascii$/, /^target-bigquery\/src\/columns\/names\.ts$/],
  [/^@google-cloud\//, /^target-bigquery\/src\//],
];

/** The one file that knows which driver an inbox has. */
const DRIVERS = /\binbox\/sqlite\//;
const DOOR = /^tap-webhooks\/src\/inbox\/(open\.ts$|sqlite\/)/;

/** What only the shared command line may do to the process. */
const PROCESS = /\bprocess\s*\.\s*(?:on|once|exit|exitCode|kill|abort)\b/;
const STDOUT = /\bprocess\s*\.\s*stdout\b|\bconsole\s*\.|\bwriteSync\s*\(\s*1\b|\bfd:\s*1\b/;

const found = (name: string, test: (source: Source) => boolean) =>
  sources.filter((source) => test(source) && !source.path.endsWith(name)).map((source) => source.path);

test('nothing but `openInbox` imports a driver of the inbox', () => {
  const importers = sources.filter(({ path, imports }) =>
    imports.some((specifier) => DRIVERS.test(posix.join(posix.dirname(path), specifier))),
  );
  expect(importers.map(({ path }) => path).filter((path) => !DOOR.test(path))).toEqual([]);
});

test('every package has its row', () => {
  expect(packages.map(({ folder }) => folder)).toEqual(
    expect.arrayContaining(['singer', 'tap-webhooks', 'target-core', 'target-jsonl']),
  );
  expect(packages.filter(({ folder }) => !mayImport(folder)).map(({ folder }) => folder)).toEqual([]);
});

describe.each(packages)('packages/$folder', ({ folder, sources: own }) => {
  const imports = own.flatMap(({ path, imports }) => imports.map((specifier) => ({ path, specifier })));

  test('imports only those of our packages that its row allows', () => {
    const allowed = mayImport(folder) ?? [];
    const broken = imports.filter(({ specifier }) => {
      const sibling = folderOf.get(packageOf(specifier) ?? '');
      return sibling !== undefined && !allowed.includes(sibling);
    });
    expect(broken).toEqual([]);
  });

  test('imports other packages of ours only by what they export', () => {
    const exported = new Set(
      packages.flatMap(({ manifest }) =>
        Object.keys(manifest.exports ?? {}).map((subpath) => posix.join(manifest.name, subpath)),
      ),
    );
    const broken = imports.filter(
      ({ specifier }) => folderOf.has(packageOf(specifier) ?? '') && !exported.has(specifier),
    );
    expect(broken).toEqual([]);
  });

  test('imports by path only its own files, and those exist', () => {
    const broken = imports.filter(({ path, specifier }) => {
      if (!specifier.startsWith('.') && !specifier.startsWith('/')) return false;
      const target = posix.join(posix.dirname(path), specifier);
      return !target.startsWith(`${folder}/`) || !isThere(target);
    });
    expect(broken).toEqual([]);
  });

  test('names each import in its text, and Node modules with their prefix', () => {
    const broken = imports.filter(
      ({ specifier }) => specifier === COMPUTED || builtinModules.includes(specifier),
    );
    expect(broken).toEqual([]);
  });

  test('imports each third-party package only in its one place', () => {
    const broken = imports.filter(({ path, specifier }) =>
      ONLY_IN.some(([name, where]) => name.test(packageOf(specifier) ?? '') && !where.test(path)),
    );
    expect(broken).toEqual([]);
  });
});

describe('imports', () => {
  test('form no circle among files', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const graph = new Map(
      sources.map((source) => [source.path, filesOf(source).filter((to) => paths.has(to))]),
    );
    expect(circlesIn(graph)).toEqual([]);
  });

  test('form no circle among packages', () => {
    const graph = new Map(
      packages.map(({ folder, sources: own }) => {
        const names = own.flatMap(({ imports }) => imports.map((specifier) => packageOf(specifier) ?? ''));
        return [folder, names.flatMap((name) => folderOf.get(name) ?? [])];
      }),
    );
    expect(circlesIn(graph)).toEqual([]);
  });
});

/** The files of the same package that a source imports, as they are written. A thread that it starts counts, types too. */
function filesOf({ path, imports }: Source): string[] {
  return imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(path), specifier))
    .map((file) => file.replace(/^([^/]+)\/dist\//, '$1/src/').replace(/\.js$/, '.ts'));
}

test('only the shared command line listens to signals and ends the process', () => {
  const broken = found('singer/src/command.ts', ({ code }) => PROCESS.test(code));
  expect(broken).toEqual(['singer/src/signals.ts']); // nothing but the handler, which is loaded before anything else
});

test('standard output is written in one place, which the command line hands out', () => {
  expect(found('singer/src/command.ts', ({ code }) => STDOUT.test(code))).toEqual([]);
});

test('a source is TypeScript, a bin is the two imports that start it', () => {
  const broken = sources.filter(({ path, imports }) =>
    path.includes('/bin/')
      ? imports.join() !== '@tap-webhooks/singer/signals,../dist/cli.js'
      : !path.endsWith('.ts'),
  );
  expect(broken).toEqual([]);
});

describe('tests', () => {
  const byPath = new Map(readTests().map((source) => [source.path, source]));

  /** What a file of the tests imports, directly or over other files of the tests. */
  function reachedBy(path: string, seen = new Set<string>()): Set<string> {
    for (const specifier of byPath.get(path)?.imports ?? []) {
      const file = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
      const found = specifier.startsWith('.') ? file : specifier;
      if (seen.has(found)) continue;
      seen.add(found);
      reachedBy(found, seen);
    }
    return seen;
  }

  const isProcessTest = (path: string) => /^process\/|\.process\.test\.ts$/.test(path);
  const files = [...byPath.keys()].filter((path) => path.endsWith('.test.ts'));

  test('say so in their file names when they start processes', () => {
    const broken = files.filter((path) => !isProcessTest(path) && reachedBy(path).has('node:child_process'));
    expect(broken).toEqual([]);
  });
});

/** A source as it is written, or as it will be built. */
function isThere(target: string): boolean {
  const built = target.replace(/^([^/]+)\/dist\//, '$1/src/');
  return [target, built.replace(/\.js$/, '.ts')].some((path) => existsSync(join(packagesFolder, path)));
}

describe('the reader of imports', () => {
  test.each([
    ["import { a } from 'x';", ['x']],
    ["import a, {\n  b,\n  type C,\n} from 'x';", ['x']],
    ["import type { A } from 'x';", ['x']],
    ["import * as a from 'x'", ['x']],
    ['import "x";', ['x']],
    ["export { a } from 'x';\nexport * from 'y';", ['x', 'y']],
    ["const a = await import('x');", ['x']],
    ["const a = (await import(\n  './x.js'\n)).a;", ['./x.js']],
    ["new Worker(new URL('./x.js', import.meta.url))", ['./x.js']],
    ["threadUrl('./x.js', import.meta.url)", ['./x.js']],
    ["import.meta.resolve('x')", ['x']],
    ['await import(name)', [COMPUTED]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    ['await import(`./${name}.js`)', [COMPUTED]],
    ["import { createRequire } from 'node:module';", ['node:module', COMPUTED]],
    ['new URL(path, import.meta.url)', [COMPUTED]],
    ["// import 'x'\n/* import('y') */", []],
    ["const text = 'https://example.com'; import('x')", ['x']],
    ['class A { require(name) {} }; a.require(name); reimport(x)', []],
    ['export const a = 1;\nconst from = "x";', []],
    ['new URL(text, base)', []],
  ])('%j', (text, names) => {
    expect(importsOf(text)).toEqual(names);
  });

  test.each([
    ['@scope/name/sub', '@scope/name'],
    ['name/sub', 'name'],
    ['./own.js', undefined],
    ['node:fs', undefined],
  ])('%s belongs to the package %s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });
});

describe('the finder of circles', () => {
  const graphOf = (edges: { readonly [from: string]: string }): Graph =>
    new Map(Object.entries(edges).map(([from, to]) => [from, to.split(' ').filter((name) => name !== '')]));

  test.each([
    ['two files that import each other', { a: 'b', b: 'a' }, [['a', 'b']]],
    ['a file that imports itself', { a: 'a b', b: '' }, [['a']]],
    ['a circle of three after a chain', { x: 'y', y: 'a', a: 'b', b: 'c', c: 'a' }, [['a', 'b', 'c']]],
    ['two circles that share a file', { a: 'b c', b: 'a', c: 'a' }, [['a', 'b', 'c']]],
    [
      'two circles apart',
      { a: 'b', b: 'a c', c: 'd', d: 'c' },
      [
        ['c', 'd'],
        ['a', 'b'],
      ],
    ],
    ['nothing in a tree', { a: 'b c', b: 'd', c: 'd', d: '' }, []],
    ['nothing in a chain that meets a file twice', { a: 'b', b: 'c', c: 'e', d: 'c e', e: '' }, []],
    ['nothing in an import that is not in the graph', { a: 'elsewhere' }, []],
  ])('finds %s', (_, edges, circles) => {
    expect(circlesIn(graphOf(edges))).toEqual(circles);
  });
});
