// Functions of single elements.

import type { UnaryFn } from '@omnigrad/tensor';
import { ceilDivide, grid, launch, nothing, reads, u32, writes } from '../dispatch.ts';
import type { Kernels } from './kernel.ts';

/** Elements of a workgroup: two vec4s an invocation. */
const perWorkgroup = 2048;

/** The case of elementwise/unary.wgsl. */
const unaryCase: { readonly [F in UnaryFn]: number } = {
  neg: 0,
  abs: 1,
  sign: 2,
  floor: 3,
  ceil: 4,
  round: 5,
  trunc: 6,
  exp: 7,
  exp2: 8,
  expm1: 9,
  log: 10,
  log2: 11,
  log10: 12,
  log1p: 13,
  sqrt: 14,
  rsqrt: 15,
  reciprocal: 16,
  square: 17,
  tanh: 18,
  sigmoid: 19,
  relu: 20,
  gelu: 21,
  geluTanh: 22,
  erf: 23,
  silu: 24,
  softplus: 25,
  sin: 26,
  cos: 27,
  tan: 28,
  asin: 29,
  acos: 30,
  atan: 31,
  sinh: 32,
  cosh: 33,
  asinh: 34,
  acosh: 35,
  atanh: 36,
  softsign: 37,
};

export const elementwiseKernels: Kernels<'unary'> = {
  unary: ({ fn, n }, { abilities }) => {
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'elementwise/unary',
        constants: { FUNCTION: unaryCase[fn] },
        uniforms: [u32(n)],
        bindings: [reads(0), writes(1)],
        workgroups: grid(ceilDivide(n, perWorkgroup), abilities),
      },
    ]);
  },
};
