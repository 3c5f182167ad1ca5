import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const conditions = ['omnigrad-source', 'node', 'import', 'module', 'default'];
// The benchmarks' peers are heavy and no part of `npm test`; their tests join in once `npm run bench` has installed them.
const bench = existsSync(new URL('bench/node_modules/@tensorflow/tfjs', import.meta.url))
  ? ['bench/test/**/*.test.ts']
  : [];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/**/*.test.ts', ...bench],
    setupFiles: ['tools/properties.setup.ts'],
    pool: 'forks',
    testTimeout: 240_000,
  },
});
