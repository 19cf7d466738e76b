import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const module = (path: string) => fileURLToPath(new URL(`./node_modules/${path}`, import.meta.url));

const isSlow = process.env['BROWSER'] === 'slow';

// The tests stand beside those of the package, so what they import is looked up here.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: {
    alias: {
      'playwright-core': module('playwright-core/index.mjs'),
      'axe-core': module('axe-core/axe.js'),
      vitest: module('vitest/dist/index.js'),
    },
  },
  test: {
    include: isSlow ? ['tests/browser/slow/*.test.ts'] : ['tests/browser/*.test.ts'],
    // Room for a busy machine: a slow test is told from a stuck one by the waits within it.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // The slow ones hold times and frames against their bars: nothing else runs beside them. The others wait a good part
    // of their time for what a person would see: one more than there are cores keeps these busy.
    maxWorkers: isSlow ? 1 : availableParallelism() + 1,
    // Files of a worker share the process of their studios, and what they import; each test has its own studio.
    isolate: isSlow,
    reporters: ['verbose'],
  },
});
