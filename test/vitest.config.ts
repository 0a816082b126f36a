import { defineConfig } from 'vitest/config';

// Process tests start real programs, on machines with two slow cores.
export default defineConfig({ test: { dir: 'test', testTimeout: 120_000, hookTimeout: 120_000 } });
