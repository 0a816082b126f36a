import { defineConfig } from 'vitest/config';

// Checks that are there when the environment has what they need: an emulator that takes ten minutes to build, and the
// service itself.
const { BIGQUERY_GOCCY, BIGQUERY_TEST_PROJECT } = process.env;
const absent = [
  ...(BIGQUERY_GOCCY ? [] : ['**/goccy.check.ts']),
  ...(BIGQUERY_TEST_PROJECT ? [] : ['**/real*.check.ts']),
];

// The checks against other people's software are no part of `npm test`: they need what install.sh installs.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.check.ts'],
    exclude: absent,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
