import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { mutating } from './scripts/mutations/mutation.ts';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** More rounds of a property take longer: tests/setup.ts says what HOLDFAST_ROUNDS is. */
const longer = Math.max(1, Number(process.env.HOLDFAST_ROUNDS || 100) / 100);

/** One rule of the engine switched off: for scripts/mutations.ts. */
const mutation = process.env.HOLDFAST_MUTATION;

export default defineConfig({
  plugins: mutating(mutation),
  resolve: {
    // Tests see the library's source, not what was built of it.
    alias: [
      { find: /^holdfast$/, replacement: source('./packages/holdfast/src/index.ts') },
      {
        find: /^holdfast\/(sqlite)$/,
        replacement: `${source('./packages/holdfast/src/adapters')}/$1/index.ts`,
      },
      { find: /^holdfast\/(.+)$/, replacement: `${source('./packages/holdfast/src')}/$1/index.ts` },
    ],
  },
  test: {
    // What Vitest keeps between runs does not know of it.
    fsModuleCache: mutation === undefined,
    include: ['packages/*/src/**/*.test.ts', 'packages/*/tests/**/*.test.ts', '{scripts,tests}/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    // A forgotten `test.only` would leave the rest unrun.
    allowOnly: false,
    maxWorkers: 2,
    // It ends what hangs. A test that starts a process waits for two cores that other tests' processes use, too.
    testTimeout: 20_000 * longer,
    hookTimeout: 20_000,
  },
});
