import type { NumericArray } from '@omnigrad/tensor';
import { philoxBlock } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { checkKernel, exact, normals, rounding, runKernel, zeros } from './support.ts';

describe('dropout', () => {
  // Random123's published known answers for philox4x32-10
  it('rests on a Philox that gives the known answers', () => {
    const hex = (words: readonly number[]): string => words.map((w) => w.toString(16).padStart(8, '0')).join(' ');
    expect(hex(philoxBlock([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(hex(philoxBlock([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    expect(hex(philoxBlock(pi, [0xa4093822, 0x299f31d0]))).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });

  it('keeps exactly the elements the contract names', () => {
    for (const n of [0, 1, 3, 4, 15, 16, 17, 33, 250]) {
      for (const p of [0, 0.1, 0.5, 1]) {
        const key = Uint32Array.of(0xa4093822, n * 7919 + 1);
        checkKernel('dropout', [normals(n, n), key, zeros(n)], { n, p }, p === 1 ? exact : rounding);
      }
    }
  });

  it('drops the share asked for', () => {
    const n = 100_000;
    const [, , out] = runKernel('dropout', [new Float32Array(n).fill(1), Uint32Array.of(1, 2), zeros(n)], {
      n,
      p: 0.25,
    });
    const dropped = Array.from(out).filter((v) => v === 0).length;
    expect(Math.abs(dropped / n - 0.25)).toBeLessThan(0.005);
  });
});

describe('optimizer', () => {
  const ranges = [
    { offset: 0, length: 17, decay: true },
    { offset: 64, length: 3, decay: false },
    { offset: 128, length: 0, decay: true },
    { offset: 192, length: 130, decay: true },
  ];
  const length = 330;

  it('sums squares in float64, over chunks', () => {
    checkKernel('sumOfSquares', [normals(length, 1), zeros(1)], { ranges }, rounding);
    const long = [{ offset: 3, length: 200_001, decay: false }];
    checkKernel('sumOfSquares', [normals(200_010, 2), zeros(1)], { ranges: long }, rounding);
    checkKernel('sumOfSquares', [normals(4, 1), normals(1, 2)], { ranges: [] }, exact);
    const huge = Float32Array.of(1e19, 1e-30);
    checkKernel('sumOfSquares', [huge, zeros(1)], { ranges: [{ offset: 0, length: 2, decay: true }] }, rounding);
  });

  it('takes AdamW steps inside the ranges only', () => {
    let state = [normals(length, 1), normals(length, 2), zeros(length), zeros(length)];
    for (let t = 1; t <= 3; t++) {
      const hyper = Float32Array.of(1e-2, 0.9, 0.95, 0.1, 0.05, 1e-8, 0.1, 1 - 0.9 ** t, 1 - 0.95 ** t);
      const operands = [...state, hyper, Float32Array.of(0.5)];
      const got = checkKernel('adamw', operands, { ranges }, { relative: 2e-6, absolute: 1e-7 });
      expect(got[0][20]).toBe(state[0][20]);
      state = got.slice(0, 4);
    }
  });

  /** Three steps of a kernel with fresh gradients, comparing all operands each time. Returns the operands at the end. */
  const threeSteps = (
    state: NumericArray[],
    check: (operands: NumericArray[], step: number) => NumericArray[],
  ): NumericArray[] => {
    let now = state;
    for (let t = 1; t <= 3; t++) {
      now = check([now[0], normals(length, 10 + t), ...now.slice(2)], t);
      // Between the ranges nothing moves.
      for (const k of [0, ...state.map((_, i) => i).slice(2)]) expect(now[k][20]).toBe(state[k][20]);
    }
    return now;
  };
  const scale = Float32Array.of(0.5);
  const near = { relative: 2e-6, absolute: 2e-7 };
  const moments = (t: number): Float32Array =>
    Float32Array.of(1e-2, 0.9, 0.95, 0.1, 0.05, 1e-8, 0.1, 1 - 0.9 ** t, 1 - 0.95 ** t);

  it.each(['none', 'plain', 'nesterov'] as const)('takes SGD steps, momentum %s', (momentum) => {
    const buffers = momentum === 'none' ? [] : [zeros(length)];
    threeSteps([normals(length, 1), normals(length, 2), ...buffers], (operands, t) => {
      const hyper = Float32Array.of(0.1, 0.9, t === 1 ? 1 : 0.7, 0.05);
      const all = [...operands, hyper, scale];
      return checkKernel('sgd', all, { ranges, momentum }, near).slice(0, -2);
    });
  });

  it.each([false, true])('takes Adam steps, amsgrad %s', (amsgrad) => {
    const state = [normals(length, 1), normals(length, 2), zeros(length), zeros(length)];
    threeSteps([...state, ...(amsgrad ? [zeros(length)] : [])], (operands, t) =>
      checkKernel('adam', [...operands, moments(t), scale], { ranges, amsgrad }, near).slice(0, -2),
    );
  });

  it('keeps the largest square of AMSGrad', () => {
    const operands = [
      zeros(1),
      Float32Array.of(1),
      zeros(1),
      Float32Array.of(1),
      Float32Array.of(4),
      moments(1),
      scale,
    ];
    const one = [{ offset: 0, length: 1, decay: false }];
    expect(runKernel('adam', operands, { ranges: one, amsgrad: true })[4][0]).toBe(4);
  });

  it('takes LAMB steps, with a ratio for every range', () => {
    threeSteps([normals(length, 1), normals(length, 2), zeros(length), zeros(length)], (operands, t) =>
      checkKernel('lamb', [...operands, moments(t), scale], { ranges }, { relative: 4e-6, absolute: 5e-7 }).slice(
        0,
        -2,
      ),
    );
    const still = [zeros(5), normals(5, 3), zeros(5), zeros(5), moments(1), scale];
    checkKernel('lamb', still, { ranges: [{ offset: 0, length: 5, decay: true }] }, near);
    // Weights whose squares float32 does not hold, beside updates of about 1; and updates as small, of a huge eps.
    const undecayed = [{ offset: 0, length, decay: false }];
    for (const [size, eps] of [
      [1e-25, 1e-8],
      [1e25, 1e-8],
      [1, 1e25],
      [1e-25, 1e25],
    ]) {
      const hyper = moments(1);
      hyper[5] = eps;
      const scaled = Float32Array.from(normals(length, 7), (w) => w * size);
      checkKernel(
        'lamb',
        [scaled, normals(length, 8), zeros(length), zeros(length), hyper, scale],
        { ranges: undecayed },
        {
          relative: 4e-6,
          absolute: 5e-7 * size,
        },
      );
    }
    const at0 = [normals(5, 4), zeros(5), zeros(5), zeros(5), moments(1), scale];
    const [kept] = checkKernel('lamb', at0, { ranges: [{ offset: 0, length: 5, decay: false }] }, exact);
    expect(kept).toEqual(normals(5, 4));
  });

  it('takes Lion steps: signs, 0 for 0, and NaN for NaN', () => {
    const hyper = Float32Array.of(1e-2, 0.9, 0.99, 0.1, 0.01, 0.1);
    threeSteps([normals(length, 1), normals(length, 2), zeros(length)], (operands) =>
      checkKernel('lion', [...operands, hyper, scale], { ranges }, near).slice(0, -2),
    );
    const odd = [Float32Array.of(1, 1, 1), Float32Array.of(Number.NaN, 0, -Infinity), zeros(3), hyper, scale];
    checkKernel('lion', odd, { ranges: [{ offset: 0, length: 3, decay: false }] }, near);
  });

  it('averages, swaps, scales and clamps the ranges', () => {
    const [a, b] = [normals(length, 1), normals(length, 2)];
    checkKernel('lerp', [a, b, Float32Array.of(0.01)], { ranges }, near);
    expect(checkKernel('lerp', [a, a, Float32Array.of(0.3)], { ranges }, exact)[0]).toEqual(a);
    checkKernel('swap', [a, b], { ranges }, exact);
    checkKernel('scaleRanges', [a, Float32Array.of(0.3)], { ranges }, rounding);
    checkKernel('clampRanges', [a], { ranges, limit: 0.7 }, rounding);
    const odd = Float32Array.of(Number.NaN, Infinity, -Infinity, 0);
    checkKernel('clampRanges', [odd], { ranges: [{ offset: 0, length: 4, decay: true }], limit: 0.5 }, exact);
  });
});
