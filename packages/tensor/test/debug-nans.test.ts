// The mode that names the op of the first NaN.

import {
  add,
  createReferenceBackend,
  debugNans,
  div,
  exp,
  grad,
  log,
  mul,
  scope,
  sqrt,
  sub,
  sum,
  tensor,
  useBackend,
  withModuleName,
} from '@omnigrad/tensor';
import { afterEach, expect, it } from 'vitest';
import { errorOf, guardBytes } from './support.ts';

const backend = createReferenceBackend();
useBackend(backend);
guardBytes(backend);
afterEach(() => {
  debugNans(false);
});

const during = (fn: () => unknown): string =>
  errorOf(() => {
    scope(() => {
      fn();
    });
  });

it('names op, place, value and module in the forward pass', () => {
  debugNans(true);
  expect(
    during(() =>
      withModuleName('trunk', () =>
        add(
          log(
            tensor([
              [1, 2],
              [3, -1],
            ]),
          ),
          1,
        ),
      ),
    ),
  ).toBe('NumericsError: log: the result has NaN at [1, 1] of [2, 2]; its inputs have none (in trunk)');
});

it('says when a NaN came in', () => {
  debugNans(true);
  expect(during(() => mul(tensor([1, 2]), tensor([Number.NaN, 0])))).toBe(
    'NumericsError: mul: the result has NaN at [0] of [2]; it came in through input 1',
  );
});

it('names the rule in the backward pass', () => {
  debugNans(true);
  // d/dx sqrt(x) · 0 at x = 0: 0 / 0.
  const x = tensor([0, 4]);
  expect(during(() => grad(() => sum(mul(sqrt(x), tensor([0, 1]))), [x]))).toBe(
    'NumericsError: div: in the gradient of sqrt, the result has NaN at [0] of [2]; its inputs have none',
  );
  x.dispose();
});

it('lets infinities pass unless they are asked for, and everything when it is off', () => {
  debugNans(true);
  expect(during(() => exp(tensor([1000])))).toBe('nothing was thrown');
  expect(debugNans({ infinity: true })).toEqual({});
  expect(during(() => exp(tensor([1000])))).toBe(
    'NumericsError: exp: the result has Infinity at [0] of [1]; its inputs have none',
  );
  expect(debugNans(false)).toEqual({ infinity: true });
  expect(during(() => sub(exp(tensor([1000])), exp(tensor([1000]))))).toBe('nothing was thrown');
  expect(during(() => div(tensor([0]), tensor([0])))).toBe('nothing was thrown');
});
