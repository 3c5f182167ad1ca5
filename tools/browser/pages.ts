// The vitest projects that run tests in a page of a headless Chromium: once isolated from other origins, which is where a page may
// share memory and so has threads, and once not.

import { playwright } from '@vitest/browser-playwright';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { findChromium, launchOptions, NoChromium, tryStart } from './chromium.ts';

const isolating = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** What tests read of the environment, which a page has none of. */
const variables = ['OMNIGRAD_SEED', 'OMNIGRAD_SHOW_ULP'];

interface PageTests extends NonNullable<TestProjectInlineConfiguration['test']> {
  readonly include: string[];
  readonly exclude: string[];
  /** Tests of `include` for the page that is not isolated alone. */
  readonly openOnly: readonly string[];
  /** Tests for one of the two pages, where it has a GPU; so divided that both take as long. */
  readonly onGpu: { readonly isolated: readonly string[]; readonly open: readonly string[] };
}

/** None where no Chromium starts; one line says so. */
export const pageProjects = async ({
  onGpu,
  openOnly,
  ...test
}: PageTests): Promise<TestProjectInlineConfiguration[]> => {
  const found = await findChromium()
    .then(async (chromium) => ({ chromium, ...(await tryStart(chromium)) }))
    .catch((error: unknown) => {
      if (!(error instanceof NoChromium)) throw error;
      console.log(`browser tests left out: ${error.message}`);
      return undefined;
    });
  if (found === undefined) return [];
  if (!found.gpu)
    console.log('webgpu tests in a page left out: this Chromium has no WebGPU; OMNIGRAD_CHROMIUM names another');
  return [true, false].map((isolated) => ({
    resolve: { conditions: ['omnigrad-source', 'browser', 'import', 'module', 'default'] },
    server: { headers: isolated ? isolating : {} },
    // A package that is found in the middle of a run would reload the page.
    optimizeDeps: { noDiscovery: true, include: ['fast-check'] },
    define: Object.fromEntries(
      variables.map((name) => [`process.env.${name}`, JSON.stringify(process.env[name]) ?? 'undefined']),
    ),
    test: {
      ...test,
      include: [...test.include, ...(found.gpu ? onGpu[isolated ? 'isolated' : 'open'] : [])],
      exclude: [...test.exclude, ...(isolated ? openOnly : [])],
      name: isolated ? 'page-isolated' : 'page',
      provide: { isolated },
      // One page for all files loads the modules once: 38 s for 64 s (2026-11-26, two busy cores).
      isolate: false,
      // After the tests in Node, some of which are about time.
      sequence: { groupOrder: 1 },
      browser: {
        enabled: true,
        headless: true,
        provider: playwright({ launchOptions: launchOptions(found.chromium) }),
        instances: [{ browser: 'chromium' }],
        fileParallelism: false,
        screenshotFailures: false,
      },
    },
  }));
};

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the page is isolated from other origins. */
    readonly isolated: boolean;
  }
}
