// The program of a worker: unlike a page's main thread it may sleep while its threads compute.

import type { NumericArray } from '@omnigrad/tensor';
import { createCpuBackend } from '../../src/index.ts';
import { product } from './product.ts';

export interface Report {
  readonly threads: number;
  readonly bytes: NumericArray;
}

const host: object = globalThis;
const { postMessage } = host as { postMessage(message: Report): void };

const backend = createCpuBackend({ threads: 3 });
let bytes = product(backend);
for (let round = 0; round < 30; round++) bytes = product(backend);
backend.dispose();
postMessage({ threads: backend.threads, bytes });
