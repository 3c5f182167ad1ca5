// Ops on the WebGPU backend: results and gradients of every sample beside the float64 reference, errors, PyTorch's goldens,
// and the memory that comes back. In two files, since software adapters compile kernels by one thread a process.

import { createReferenceBackend, type OpName, opNames } from '@omnigrad/tensor';
import {
  checkError,
  checkGolden,
  checkSample,
  goldenCases,
  goldenRuns,
  opSamples,
  readGoldens,
  sampleName,
} from '@omnigrad/tensor/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Abilities } from '../src/abilities.ts';
import { createWebGpuBackend } from '../src/index.ts';

interface Difference {
  /** Multiplies what the sample or golden is allowed. */
  readonly tolerance?: number;
}

/** Where this backend is allowed more than other float32 backends. */
const differences: { readonly [sample: string]: Difference } = {
  // 1.1 times came on an H100
  'golden info-nce / logitScaleOneWay': { tolerance: 2 },
};

/** Tests of the ops whose names `wanted` says, and of the goldens called like them. `abilities` choose other kernels than the adapter would. */
export const opSuite = async (wanted: (name: string) => boolean, abilities: Partial<Abilities> = {}): Promise<void> => {
  const reference = createReferenceBackend();
  const create = async () => {
    const made = await createWebGpuBackend({ software: true });
    return Object.assign(made, { abilities: { ...made.abilities, ...abilities } });
  };
  let backend = await create();

  // A refused command ends a backend: the tests after it need another, or they would all tell the same.
  afterEach(async () => {
    try {
      backend.flush();
    } catch {
      backend.dispose();
      backend = await create();
    }
  });

  describe.each(opNames.filter(wanted))('%s', (op: OpName) => {
    for (const sample of opSamples[op].samples) {
      it(sample.title, async () => {
        const { tolerance = 1 } = differences[sampleName(op, sample)] ?? {};
        const own = { ...sample, tolerance: tolerance * (sample.tolerance ?? 1) };
        await checkSample(backend, reference, op, own);
      });
    }
    for (const error of opSamples[op].errors) {
      it(`error: ${error.title}`, async () => {
        await checkError(backend, op, error);
      });
    }
  });

  const names = Object.keys(goldenRuns).filter(wanted);
  const goldens = await readGoldens(new URL('../../tensor/test/goldens/ops', import.meta.url), names);

  describe.each([...goldens])('PyTorch golden %s', (name, file) => {
    it.each(goldenCases(file))('%s', async (testCase) => {
      const before = backend.memory().inUse;
      const { tolerance = 1 } = differences[`golden ${name} / ${testCase}`] ?? {};
      await checkGolden(backend, name, file, testCase, { factor: tolerance });
      expect(backend.memory().inUse).toBe(before);
    });
  });
};
