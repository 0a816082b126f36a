import { defineConfig } from 'vitest/config';

// The checks against other people's software are no part of `npm test`: they need what install.sh installs.
export default defineConfig({
  test: { include: ['test/interop/**/*.check.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
