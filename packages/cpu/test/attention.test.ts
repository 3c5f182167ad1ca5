import type { AttentionArgs, CpuKernelArgs, HeadLayout, NumericArray, ScoreStrides } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel, integers, normals, runKernel, zeros } from './support.ts';

interface Problem {
  readonly batch?: number;
  readonly kvHeads?: number;
  /** Heads of q for each of k and v. */
  readonly group?: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly valueDim?: number;
  readonly causal?: boolean;
  /** Which axes of the scores the operand has; the others repeat it. */
  readonly mask?: readonly [boolean, boolean, boolean, boolean] | undefined;
  readonly padding?: boolean;
  readonly bias?: readonly [boolean, boolean, boolean, boolean] | undefined;
  readonly dropout?: number;
  /** Heads side by side in a row, as in packed projections, instead of one after another. */
  readonly packed?: boolean;
}

interface Built {
  readonly inputs: NumericArray[];
  readonly forward: AttentionArgs;
  readonly backward: CpuKernelArgs['attentionBackward'];
  readonly sizes: {
    readonly out: number;
    readonly statistics: number;
    readonly kv: readonly [number, number];
    readonly q: number;
  };
}

const build = (p: Problem): Built => {
  const { batch = 1, kvHeads = 1, group = 1, queries, keys, dim, valueDim = dim, packed = false } = p;
  const heads = kvHeads * group;
  const layout = (h: number, tokens: number, width: number): HeadLayout =>
    packed
      ? { offset: 3, batch: tokens * (h * width + 5), head: width, row: h * width + 5 }
      : { offset: 0, batch: h * tokens * width, head: tokens * width, row: width };
  const sizeOf = (h: number, tokens: number, width: number): number =>
    packed ? 3 + batch * tokens * (h * width + 5) : batch * h * tokens * width;
  const strides = (axes: readonly boolean[]): { steps: ScoreStrides; size: number } => {
    const shape = [batch, heads, queries, keys];
    let size = 1;
    const steps = [0, 0, 0, 0];
    for (let axis = 3; axis >= 0; axis--) {
      if (!axes[axis]) continue;
      steps[axis] = size;
      size *= shape[axis];
    }
    return { steps: [steps[0], steps[1], steps[2], steps[3]], size };
  };
  const inputs: NumericArray[] = [
    normals(sizeOf(heads, queries, dim), 1),
    normals(sizeOf(kvHeads, keys, dim), 2),
    normals(sizeOf(kvHeads, keys, valueDim), 3),
  ];
  const bits = (size: number, seed: number): Uint32Array =>
    Uint32Array.from(integers(size, seed, 4), (x) => Number(x > 0));
  const mask = p.mask === undefined ? null : strides(p.mask);
  if (mask !== null) inputs.push(bits(mask.size, 4));
  const padding = p.padding === true ? strides([true, false, false, true]) : null;
  if (padding !== null) inputs.push(bits(padding.size, 5));
  const bias = p.bias === undefined ? null : strides(p.bias);
  if (bias !== null) inputs.push(normals(bias.size, 6).map((x, i) => (i % 11 === 5 ? -Infinity : x)));
  const { dropout = 0 } = p;
  if (dropout > 0) inputs.push(Uint32Array.of(123456789, 987654321));
  const forward: AttentionArgs = {
    batch,
    heads,
    kvHeads,
    queries,
    keys,
    dim,
    valueDim,
    q: layout(heads, queries, dim),
    k: layout(kvHeads, keys, dim),
    v: layout(kvHeads, keys, valueDim),
    out: layout(heads, queries, valueDim),
    scale: 0.7 / Math.sqrt(dim),
    causal: p.causal === true,
    mask: mask?.steps ?? null,
    padding: padding?.steps ?? null,
    bias: bias?.steps ?? null,
    dropout,
  };
  const { out, q: dq, k: dk, v: dv } = forward;
  return {
    inputs,
    forward,
    backward: { ...forward, g: out, dq, dk, dv },
    sizes: {
      out: sizeOf(heads, queries, valueDim),
      statistics: 2 * batch * heads * queries,
      q: sizeOf(heads, queries, dim),
      kv: [sizeOf(kvHeads, keys, dim), sizeOf(kvHeads, keys, valueDim)],
    },
  };
};

const check = (p: Problem): void => {
  const { inputs, forward, backward, sizes } = build(p);
  // sums of `keys` products of e^s, which is at most e^3 or so of its mean
  const tolerance = { relative: 2e-5, absolute: 2e-6 * Math.sqrt(p.keys + p.dim + 1) };
  const [out, statistics] = checkKernel(
    'attention',
    [...inputs, zeros(sizes.out), zeros(sizes.statistics)],
    forward,
    tolerance,
  ).slice(inputs.length);
  const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
  checkKernel('attentionBackward', [...inputs, out, statistics, normals(sizes.out, 7), ...gradients], backward, {
    relative: 2e-5,
    absolute: 4e-6 * Math.sqrt(p.keys + p.queries + p.dim + 1),
  });
};

const axes = fc.option(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), { nil: undefined });

describe('attention', () => {
  it('agrees over random shapes, layouts, masks, bias and dropout', () => {
    const tokens = fc.constantFrom(0, 1, 2, 3, 7, 8, 9, 15, 17, 24, 33);
    const width = fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 17);
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.constantFrom(1, 2),
          kvHeads: fc.constantFrom(1, 2),
          group: fc.constantFrom(1, 1, 3),
          queries: tokens,
          keys: tokens,
          dim: width,
          valueDim: width,
          causal: fc.boolean(),
          mask: axes,
          padding: fc.boolean(),
          bias: axes,
          dropout: fc.constantFrom(0, 0, 0.3),
          packed: fc.boolean(),
        }),
        check,
      ),
      { numRuns: 300, seed: 11 },
    );
  });

  it('agrees across blocks of queries and keys', () => {
    check({ queries: 130, keys: 129, dim: 8 });
    check({ queries: 257, keys: 300, dim: 16, causal: true, packed: true });
    check({ queries: 300, keys: 257, dim: 5, valueDim: 9, causal: true, padding: true });
    check({ queries: 140, keys: 131, dim: 3, mask: [false, false, true, true], dropout: 0.2, group: 2 });
    check({ queries: 9, keys: 520, dim: 4, bias: [false, false, true, true], dropout: 0.5 });
  });

  it('holds heads too wide for the largest blocks', () => {
    check({ queries: 70, keys: 140, dim: 700, valueDim: 3 });
    check({ queries: 20, keys: 40, dim: 6, valueDim: 1500 });
  });

  it('keeps scores apart that are far beyond what e^x holds', () => {
    const { inputs, forward, sizes } = build({ queries: 5, keys: 200, dim: 4 });
    const far = inputs.map((x, i) => (i === 0 ? x.map((value) => value * 1e4) : x));
    checkKernel('attention', [...far, zeros(sizes.out), zeros(sizes.statistics)], forward, {
      relative: 1e-4,
      absolute: 1e-3,
    });
  });

  it('lets NaN through to its own rows, and none to others', () => {
    const { inputs, forward, sizes } = build({ queries: 12, keys: 40, dim: 4 });
    inputs[0][4 * 5] = Number.NaN;
    const [out, statistics] = runKernel(
      'attention',
      [...inputs, zeros(sizes.out), zeros(sizes.statistics)],
      forward,
    ).slice(3);
    const rows = Array.from({ length: 12 }, (_, i) => Array.from(out.slice(4 * i, 4 * i + 4)).every(Number.isNaN));
    expect(rows).toEqual(Array.from({ length: 12 }, (_, i) => i === 5));
    expect(Array.from(statistics.slice(12), Number.isNaN)).toEqual(rows);
  });
});
