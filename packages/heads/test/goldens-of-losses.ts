// Numbers of PyTorch, made by tools/golden/head_losses.py, and how a loss is held to them.

import { readFileSync } from 'node:fs';
import { type Backend, scope, type Tensor, tensor, valueAndGrad } from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import { expect } from 'vitest';

export interface LossCase {
  readonly loss: number;
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
  readonly grads: Readonly<Record<string, readonly number[]>>;
}

interface Goldens {
  readonly pairs: LossCase;
  readonly triplets: readonly (LossCase & { readonly ids: readonly number[]; readonly margin: number | null })[];
  readonly labels: LossCase & { readonly positiveWeight: readonly number[]; readonly weight: readonly number[] };
  readonly smoothing: LossCase & { readonly ids: readonly number[]; readonly labelSmoothing: number };
  readonly segmentation: readonly (LossCase & { readonly ids: readonly number[]; readonly dice: number })[];
  readonly upsampling: { readonly patches: readonly number[]; readonly pixels: readonly number[] };
}

export const lossGoldens: Goldens = JSON.parse(readFileSync(new URL('goldens/losses.json', import.meta.url), 'utf8'));

export const near = (backend: Backend) => ({ ofLargest: backend.floatDType === 'f64' ? 1e-12 : 1e-5 });

/** The loss of a golden's inputs and every gradient that the golden has. */
export const checkLoss = (
  backend: Backend,
  golden: LossCase,
  loss: (inputs: Readonly<Record<string, Tensor>>) => Tensor,
): void => {
  scope(() => {
    const inputs = Object.fromEntries(
      Object.entries(golden.inputs).map(([name, { shape, data }]) => [
        name,
        tensor(Float64Array.from(data), shape, { backend, dtype: backend.floatDType }),
      ]),
    );
    const names = Object.keys(golden.grads);
    const { value, grads } = valueAndGrad(
      () => loss(inputs),
      names.map((name) => inputs[name]),
    );
    expect(value.shape).toEqual([]);
    assertClose('loss', value.readSync(), [golden.loss], near(backend));
    names.forEach((name, i) => {
      assertClose(`gradient of ${name}`, grads[i].readSync(), golden.grads[name], near(backend));
    });
  });
};
