// Activation checkpointing: the gradients of the plain block, in less memory.

import {
  add,
  checkpoint,
  createReferenceBackend,
  dropout,
  gelu,
  grad,
  linear,
  mul,
  normal,
  rngKey,
  scope,
  softmax,
  square,
  sum,
  type Tensor,
  tensor,
  useBackend,
  valueAndGrad,
} from '@omnigrad/tensor';
import { gradgradcheck } from '@omnigrad/tensor/testing';
import { expect, it } from 'vitest';
import { errorOf, guardBytes } from './support.ts';

const backend = createReferenceBackend();
useBackend(backend);
guardBytes(backend);

const width = 16;
const block = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
  add(x, dropout(gelu(softmax(square(linear(x, w, b)))), rngKey(5), 0.2));

const tower = (wrap: typeof checkpoint) => {
  const [x, w, b] = [normal(rngKey(1), [8, width]), normal(rngKey(2), [width, width]), normal(rngKey(3), [width])];
  let peak = 0;
  const { value, grads } = valueAndGrad(() => {
    let h = x;
    for (let layer = 0; layer < 6; layer++) {
      h = wrap((from) => block(from, w, b), [h]);
    }
    const loss = sum(square(h));
    peak = backend.memory().inUse;
    return loss;
  }, [x, w, b]);
  const out = [value, ...grads].map((t) => Array.from(t.readSync()));
  for (const t of [x, w, b, value, ...grads]) t.dispose();
  return { out, peak };
};

it('gives the bytes of the plain gradient and keeps a third of the values', () => {
  const plain = tower((f, inputs) => f(...inputs));
  const wrapped = tower(checkpoint);
  expect(wrapped.out).toEqual(plain.out);
  // Two thirds of a plain step are activations of the six blocks here.
  expect(wrapped.peak).toBeLessThan(plain.peak / 2);
});

it('finds what a block closes over, and nothing else', () => {
  const [a, b, c] = [tensor([1, 2]), tensor([3, 4]), tensor([5, 6])];
  scope(() => {
    const [da, db, dc] = grad(
      () =>
        sum(
          mul(
            checkpoint((y) => mul(mul(y, b), b), [a]),
            c,
          ),
        ),
      [a, b, c],
    );
    expect(Array.from(da.readSync())).toEqual([45, 96]);
    expect(Array.from(db.readSync())).toEqual([30, 96]);
    expect(Array.from(dc.readSync())).toEqual([9, 32]);
    expect(Array.from(checkpoint(() => square(a), []).readSync())).toEqual([1, 4]);
  });
  for (const x of [a, b, c]) x.dispose();
});

it('has second derivatives', () => {
  const x = tensor([[0.3, -0.7, 0.2]]);
  gradgradcheck(([y]) => checkpoint((z) => softmax(square(z)), [y]), [x], { name: 'checkpoint' });
  x.dispose();
});

it('says which tensor should have been an input, and leaves nothing behind when a block throws in the backward pass', () => {
  const x = tensor([1, 2]);
  const during = (fn: () => Tensor): string => errorOf(() => scope(() => grad(() => sum(fn()), [x])));
  expect(
    during(() => {
      const y = square(x);
      return checkpoint(() => square(y), []);
    }),
  ).toBe(
    'GradientError: checkpoint: the block closes over a tensor [2] that the step made and freed; pass it in the inputs',
  );
  let runs = 0;
  const fails = (): Tensor => {
    if (++runs === 2) throw new Error('the second run');
    return square(square(x));
  };
  expect(during(() => checkpoint(fails, []))).toBe('Error: the second run');
  x.dispose();
});
