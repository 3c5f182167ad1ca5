import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { pageProjects } from './tools/browser/pages.ts';
import { findGpu, NoGpu } from './tools/gpu/adapter.ts';
import { LongestFirst } from './tools/longest-first.ts';

const conditions = ['omnigrad-source', 'node', 'import', 'module', 'default'];
// The benchmarks' peers are heavy and no part of `npm test`; their tests join in once `npm run bench` has installed them.
const bench = existsSync(new URL('bench/node_modules/@tensorflow/tfjs', import.meta.url))
  ? ['bench/test/**/*.test.ts']
  : [];
const both = { setupFiles: ['tools/properties.setup.ts'], testTimeout: 240_000, hookTimeout: 60_000 };

/** Tests that compute on a GPU: those of packages/webgpu but for the ones named here, and elsewhere those called so. */
const onGpu = ['packages/webgpu/test/{!(wgsl|variants|tunings).test.ts,node/**}', 'packages/*/test/**/*.gpu.test.ts'];

const gpu = await findGpu().catch((error: unknown) => {
  if (!(error instanceof NoGpu)) throw error;
  console.log(`webgpu tests left out: ${error.message}`);
  return null;
});

export default defineConfig(async () => ({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          ...both,
          name: 'node',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/**/*.test.ts', ...bench],
          exclude: [...configDefaults.exclude, 'packages/*/test/browser/**', ...(gpu === null ? onGpu : [])],
          pool: 'forks',
          // vitest would leave one core to itself, which is half of two
          maxWorkers: availableParallelism(),
          env: gpu?.env ?? {},
        },
      },
      // What stands on the kernels, and not on Node.
      ...(await pageProjects({
        ...both,
        include: ['packages/cpu/test/**/*.test.ts', 'packages/data/test/browser/**/*.test.ts'],
        exclude: [...configDefaults.exclude, 'packages/*/test/node/**'],
        // Seconds of the reference's time; in Node with threads.
        openOnly: ['packages/cpu/test/convolution.test.ts', 'packages/data/test/browser/**/*.test.ts'],
        // Every op there, too; the kernels one by one are tested in Node, for software adapters take a minute to compile some.
        onGpu: {
          isolated: ['packages/webgpu/test/{op-suite-attention,backend,faults,wgsl}.test.ts'],
          open: ['packages/webgpu/test/op-suite.test.ts'],
        },
      })),
    ],
  },
}));
