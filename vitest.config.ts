import { existsSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import { pageProjects } from './tools/browser/pages.ts';

const conditions = ['omnigrad-source', 'node', 'import', 'module', 'default'];
// The benchmarks' peers are heavy and no part of `npm test`; their tests join in once `npm run bench` has installed them.
const bench = existsSync(new URL('bench/node_modules/@tensorflow/tfjs', import.meta.url))
  ? ['bench/test/**/*.test.ts']
  : [];
const both = { setupFiles: ['tools/properties.setup.ts'], testTimeout: 240_000 };

export default defineConfig(async () => ({
  test: {
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          ...both,
          name: 'node',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/**/*.test.ts', ...bench],
          exclude: [...configDefaults.exclude, 'packages/*/test/browser/**'],
          pool: 'forks',
        },
      },
      // What stands on the kernels, and not on Node.
      ...(await pageProjects({
        ...both,
        include: ['packages/cpu/test/**/*.test.ts'],
        exclude: [...configDefaults.exclude, 'packages/cpu/test/node/**'],
      })),
    ],
  },
}));
