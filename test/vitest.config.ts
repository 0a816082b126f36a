import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests that start real processes, or are about files and a real database: everything in `test/process`, and
 * `<name>.process.test.ts` anywhere.
 */
const PROCESS = ['test/process/**/*.test.ts', 'test/**/*.process.test.ts'];

const unit = {
  name: 'unit',
  include: ['test/**/*.test.ts'],
  exclude: PROCESS,
  // Against a test that hangs. It is no measurement: a busy machine may be many times slower than a quiet one.
  testTimeout: 30_000,
  hookTimeout: 30_000,
};

const process = { name: 'process', include: PROCESS, testTimeout: 120_000, hookTimeout: 120_000 };

/** The long tests begin first, and a worker stays with a project, whose modules it has loaded. */
class ProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isProcess = ({ project }: TestSpecification) => project.name === process.name;
    return [...sorted.filter(isProcess), ...sorted.filter((file) => !isProcess(file))];
  }
}

export default defineConfig({
  test: {
    // Modules are loaded once per worker: tests share no state but what a file makes for itself.
    pool: 'forks',
    isolate: false,
    // More than two cores' worth: tests often wait, for a disk, a program or a timer.
    maxWorkers: 5,
    sequence: { sequencer: ProcessesFirst },
    projects: [
      { extends: true, plugins: [fromSources()], test: unit },
      { extends: true, test: process },
    ],
  },
});

/**
 * Runs our packages from `src` wherever a test names `dist`, so that a change needs no build. Worker threads still
 * come from `dist` (`threadUrl` in singer's worker.ts).
 */
function fromSources(): Plugin {
  const packages = fileURLToPath(new URL('../packages/', import.meta.url));
  const built = new RegExp(`^(${packages}[^/]+)/dist/(.+)\\.js$`);
  const ours = /^(?:@tap-webhooks\/|tap-webhooks$)/;
  return {
    name: 'from-sources',
    enforce: 'pre',
    async resolveId(specifier, importer, options) {
      if (importer === undefined) return undefined;
      let path: string | undefined;
      if (specifier.startsWith('.')) path = join(dirname(importer), specifier);
      else if (ours.test(specifier))
        path = (await this.resolve(specifier, importer, { ...options, skipSelf: true }))?.id;
      return path !== undefined && built.test(path) ? path.replace(built, '$1/src/$2.ts') : undefined;
    },
  };
}
