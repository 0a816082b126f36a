import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packagesFolder = fileURLToPath(new URL('../../packages/', import.meta.url));
const testFolder = fileURLToPath(new URL('..', import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly type?: string;
  readonly engines?: { readonly node?: string };
  readonly bin?: { readonly [program: string]: string };
  readonly exports?: { readonly [subpath: string]: { readonly types: string; readonly default: string } };
  readonly dependencies?: { readonly [name: string]: string };
}

export interface Package {
  /** Name of its folder under `packages/`. */
  readonly folder: string;
  readonly path: string;
  readonly manifest: Manifest;
  readonly sources: readonly Source[];
}

export interface Source {
  /** Below `packages/` (or `test/`), with slashes, e.g. `singer/src/json.ts`. */
  readonly path: string;
  readonly imports: readonly string[];
  /** The text without comments and without quoted text. */
  readonly code: string;
}

/** Placeholder for an import whose name is computed. */
export const COMPUTED = '(computed)';

/** Returns every package of the repository, with its sources and bins. */
export function readPackages(): Package[] {
  return readdirSync(packagesFolder)
    .filter((folder) => existsSync(join(packagesFolder, folder, 'package.json')))
    .map((folder) => {
      const path = join(packagesFolder, folder);
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
      const sources = ['src', 'bin'].flatMap((part) =>
        readSources(join(path, part)).map((source) => ({
          ...source,
          path: posix.join(folder, part, source.path),
        })),
      );
      return { folder, path, manifest, sources };
    });
}

/** Returns every TypeScript file of the tests and their helpers, with paths below `test/`. */
export function readTests(): Source[] {
  return readSources(testFolder).filter(({ path }) => !/^(?:dist|interop)\//.test(path));
}

function readSources(root: string): Source[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const path = file.replaceAll('\\', '/');
      return { path, imports: importsOf(text), code: withoutComments(text, () => "''") };
    });
}

const COMMENT_OR_QUOTED =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

function withoutComments(text: string, quoted = (whole: string) => whole): string {
  return text.replaceAll(COMMENT_OR_QUOTED, (match) => (match.startsWith('/') ? ' ' : quoted(match)));
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`: the name is at the end of the statement. */
const STATIC = /(?:^|[;\n])\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"\n]+)\1/g;
/** `import('x')`, `import.meta.resolve('x')`, and `createRequire`, without which an ES module cannot `require`. */
const DYNAMIC =
  /(?:(?<![.\w#])import\s*\(|\bimport\.meta\.resolve\s*\(|\bcreateRequire\b)\s*(?:(['"`])([^'"`\n]+)\1\s*[,)])?/g;
/** `new URL('x', import.meta.url)`, `threadUrl('x', import.meta.url)`: a file beside the source, for a worker or to read. */
const URLS = /\b(?:new URL|threadUrl)\s*\(\s*(?:(['"`])([^'"`\n]+)\1)?[^)]*?\bimport\.meta\.url/g;

/** Returns what a source text imports, in any form: names, or `COMPUTED` where the text does not tell. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  return [STATIC, DYNAMIC, URLS].flatMap((form) =>
    [...code.matchAll(form)].map(([, , name = COMPUTED]) => (name.includes('${') ? COMPUTED : name)),
  );
}

/** Returns the package of a specifier: `@scope/name/sub` → `@scope/name`. Undefined for own paths and for Node's modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:\.|\/|node:|#)/.test(specifier) || specifier === COMPUTED) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
