import {
  type AttentionArgs,
  type BufferView,
  type CpuKernelArgs,
  type CpuPlan,
  call,
  cpuPlan,
  type HeadLayout,
  input,
  type Kernel,
  mul,
  type NumericArray,
  output,
  type ScoreStrides,
  scaledDotProductAttention,
  scope,
  sum,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import { oracle } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Abilities, leastAbilities } from '../src/abilities.ts';
import type { Dispatch } from '../src/dispatch.ts';
import { createWebGpuBackend } from '../src/index.ts';
import {
  type AttentionBlocks,
  attentionBlockBytes,
  attentionBlocks,
  attentionKernels,
  attentionRegisters,
  attentionRegistersOf,
} from '../src/kernels/attention.ts';
import { backend, checkKernel, expectClose, integers, normals, runKernel } from './support.ts';

const zeros = (n: number): Float32Array => new Float32Array(n);

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

const check = async (p: Problem): Promise<void> => {
  const { inputs, forward, backward, sizes } = build(p);
  // sums of `keys` products of e^s, which is at most e^3 or so of its mean
  const tolerance = { relative: 2e-5, absolute: 2e-6 * Math.sqrt(p.keys + p.dim + 1) };
  const results = await checkKernel(
    'attention',
    [...inputs, zeros(sizes.out), zeros(sizes.statistics)],
    forward,
    tolerance,
  );
  const [out, statistics] = results.slice(inputs.length);
  const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
  await checkKernel('attentionBackward', [...inputs, out, statistics, normals(sizes.out, 7), ...gradients], backward, {
    relative: 2e-5,
    absolute: 4e-6 * Math.sqrt(p.keys + p.queries + p.dim + 1),
  });
};

/** Runs a plan of one call whose operands are these inputs and outputs of an op. */
const runPlan = async (
  plan: CpuPlan,
  inputs: readonly NumericArray[],
  outputs: readonly number[],
): Promise<NumericArray[]> => {
  const view = (data: NumericArray): BufferView => {
    const handle = backend.allocate(data.length * 4, false);
    backend.upload(handle, 0, data);
    return { handle, byteOffset: 0, shape: [data.length], dtype: 'f32' };
  };
  const [ins, outs] = [inputs.map(view), outputs.map((n) => view(zeros(n)))];
  const kernel: Kernel<null> = { name: 'attention', reference: () => undefined, cpu: () => plan };
  backend.run(kernel, ins, outs, null);
  const results = await Promise.all(outs.map((out) => backend.read(out)));
  for (const { handle } of [...ins, ...outs]) backend.release(handle);
  return results;
};

const runAttention = (args: AttentionArgs, packed: NumericArray, out: number, statistics: number) =>
  runPlan(
    cpuPlan([call('attention', [input(0), input(0), input(0), output(0), output(1)], args)]),
    [packed],
    [out, statistics],
  );

const runAttentionBackward = async (
  args: CpuKernelArgs['attentionBackward'],
  packed: NumericArray,
  out: NumericArray,
  statistics: NumericArray,
  g: NumericArray,
): Promise<NumericArray> => {
  const operands = [input(0), input(0), input(0), input(1), input(2), input(3), output(0), output(0), output(0)];
  const [gradient] = await runPlan(
    cpuPlan([call('attentionBackward', operands, args)]),
    [packed, out, statistics, g],
    [packed.length],
  );
  return gradient;
};

const axes = fc.option(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), { nil: undefined });

/** Widths of heads and of values. */
interface Widths {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/**
 * Two variants of each kernel, and all that leaves its pipelines the same, for compiling one takes software adapters a second. Blocks
 * take widths up to 32 by one pipeline; kernels without workgroup memory those of as many vec4s, to the next power of two.
 */
const widths: { readonly [kind: string]: { readonly aligned: Widths; readonly packed: Widths } } = {
  blocks: {
    aligned: { dims: [4, 8, 12], values: [4, 8, 20] },
    packed: { dims: [1, 2, 3, 5, 8, 17], values: [4, 8, 20] },
  },
  direct: { aligned: { dims: [12, 16], values: [8] }, packed: { dims: [9, 11, 14, 16], values: [5, 7, 8] } },
};

const problemsOf = (kind: string): fc.Arbitrary<Problem> => {
  const { aligned, packed } = widths[kind];
  const tokens = fc.constantFrom(0, 1, 2, 3, 7, 8, 9, 15, 17, 24, 33);
  const shapeOf = ({ dims, values }: Widths) => ({
    batch: fc.constantFrom(1, 2),
    kvHeads: fc.constantFrom(1, 2),
    group: fc.constantFrom(1, 1, 3),
    queries: tokens,
    keys: tokens,
    causal: fc.boolean(),
    dim: fc.constantFrom(...dims),
    valueDim: fc.constantFrom(...values),
    padding: fc.boolean(),
    bias: axes,
  });
  return fc.oneof(
    fc.record({ ...shapeOf(aligned), mask: axes }),
    fc.record({
      ...shapeOf(packed),
      mask: fc.constant([true, false, true, true] as const),
      dropout: fc.constantFrom(0.3, 0.05),
      packed: fc.constant(true),
    }),
  );
};

/** Kernels of graphics cards, and those of adapters that compute on a processor. */
const kinds = [
  ['blocks', null],
  ['direct', { least: 4, most: 4 }],
] as const;

describe.each(kinds)('attention, %s', (kind, subgroups) => {
  const { abilities } = backend;
  beforeAll(() => {
    Object.assign(backend, { abilities: { ...abilities, subgroups } });
  });
  afterAll(() => {
    Object.assign(backend, { abilities });
  });

  it('agrees over random shapes, layouts, masks, bias and dropout', async () => {
    await fc.assert(fc.asyncProperty(problemsOf(kind), check), { numRuns: 40, seed: 11 });
  });

  it('agrees across blocks of queries and keys', async () => {
    await check({ queries: 65, keys: 64, dim: 8 });
    await check({ queries: 64, keys: 129, dim: 8 });
    await check({ queries: 150, keys: 200, dim: 16, valueDim: 8, causal: true });
    await check({
      queries: 140,
      keys: 131,
      dim: 13,
      valueDim: 6,
      mask: [false, false, true, true],
      dropout: 0.2,
      group: 2,
      packed: true,
    });
    await check({ queries: 9, keys: 260, dim: 4, bias: [false, false, true, true] });
    await check({ queries: 300, keys: 300, dim: 16, valueDim: 8, causal: true, dropout: 0.1 });
  });

  it('makes wide heads in parts and chunks', async () => {
    await check({ queries: 35, keys: 70, dim: 64 });
    await check({ queries: 7, keys: 33, dim: 256, valueDim: 272 });
  });

  it('keeps scores apart that are far beyond what e^x holds', async () => {
    const { inputs, forward, sizes } = build({ queries: 5, keys: 200, dim: 4 });
    const far = inputs.map((x, i) => (i === 0 ? x.map((value) => value * 1e4) : x));
    await checkKernel('attention', [...far, zeros(sizes.out), zeros(sizes.statistics)], forward, {
      relative: 1e-4,
      absolute: 1e-3,
    });
  });

  it('has no gradient of a query that sees one key only', async () => {
    const { inputs, forward, backward, sizes } = build({ queries: 3, keys: 70, dim: 8 });
    // scores near 10^4, one of them far above the rest
    const far = inputs.map((x, i) => (i < 2 ? x.map((value) => value * 100) : x));
    const [out, statistics] = (
      await runKernel('attention', [...far, zeros(sizes.out), zeros(sizes.statistics)], forward)
    ).slice(3);
    const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
    const [dq, dk] = (
      await runKernel('attentionBackward', [...far, out, statistics, normals(sizes.out, 7), ...gradients], backward)
    ).slice(6);
    expect([...dq, ...dk].every((x) => x === 0)).toBe(true);
  });

  it('lets NaN through to its own rows, and none to others', async () => {
    const { inputs, forward, sizes } = build({ queries: 12, keys: 40, dim: 4 });
    inputs[0][4 * 5] = Number.NaN;
    const [out, statistics] = (
      await runKernel('attention', [...inputs, zeros(sizes.out), zeros(sizes.statistics)], forward)
    ).slice(3);
    const rows = Array.from({ length: 12 }, (_, i) => Array.from(out.slice(4 * i, 4 * i + 4)).every(Number.isNaN));
    expect(rows).toEqual(Array.from({ length: 12 }, (_, i) => i === 5));
    expect(Array.from(statistics.slice(12), Number.isNaN)).toEqual(rows);
  });

  it('lets NaN through from values and keys, and infinite scores become NaN', async () => {
    const { inputs, forward, sizes } = build({ queries: 4, keys: 70, dim: 4, causal: true });
    const run = async (change: (x: NumericArray[]) => void): Promise<boolean[]> => {
      const given = inputs.map((x) => x.slice());
      change(given);
      const [out] = (
        await runKernel('attention', [...given, zeros(sizes.out), zeros(sizes.statistics)], forward)
      ).slice(3);
      return Array.from({ length: 4 }, (_, i) => Number.isNaN(out[4 * i]));
    };
    // query i sees keys 0 to i
    const from2 = [false, false, true, true];
    expect(await run(([, k]) => k.fill(Number.NaN, 8, 12))).toEqual(from2);
    const far = await run(([q, k]) => {
      q.fill(1);
      k.fill(1);
      k[8] = Number.POSITIVE_INFINITY;
    });
    expect(far).toEqual(from2);
    const near = await run(([q, k]) => {
      q.fill(1);
      k.fill(1);
      k[8] = Number.NEGATIVE_INFINITY;
    });
    expect(near).toEqual([false, false, false, false]);
  });

  it('keeps the digits of gradients that are small differences', async () => {
    // values of a query that are nearly the same: delta is near every dP, and dq 1e-4 of what it is made of
    for (const keys of subgroups === null ? [64] : [64, 200]) {
      const { inputs, forward, backward, sizes } = build({ queries: 40, keys, dim: 8 });
      inputs[2] = inputs[2].map((x, i) => 1 + (i % 8) + 1e-4 * x);
      const [out, statistics] = (
        await runKernel('attention', [...inputs, zeros(sizes.out), zeros(sizes.statistics)], forward)
      ).slice(3);
      const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
      const operands = [...inputs, out, statistics, normals(sizes.out, 7), ...gradients];
      const want = operands.map((x) => Float64Array.from(x));
      oracle.attentionBackward(want, backward);
      const got = await runKernel('attentionBackward', operands, backward);
      for (const i of [6, 7]) {
        const largest = want[i].reduce((top, x) => Math.max(top, Math.abs(x)), 0);
        const error = want[i].reduce((top, x, j) => Math.max(top, Math.abs(x - got[i][j])), 0);
        // dP itself has roundings of 1e-7 of 10; delta of g · out has ten times as many
        expect(error / largest).toBeLessThan(0.004);
      }
    }
  });

  it('keeps NaN where no query of a block may look', async () => {
    const queries = 5;
    const { inputs, forward, backward, sizes } = build({ queries, keys: 9, dim: 4, causal: true });
    for (const x of [inputs[1], inputs[2]]) x.fill(Number.NaN, 4 * queries);
    const [out, statistics] = (
      await runKernel('attention', [...inputs, zeros(sizes.out), zeros(sizes.statistics)], forward)
    ).slice(3);
    expect([...out, ...statistics].every(Number.isFinite)).toBe(true);
    const g = normals(sizes.out, 7);
    g[0] = Number.NaN;
    const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
    const [dq, dk, dv] = (
      await runKernel('attentionBackward', [...inputs, out, statistics, g, ...gradients], backward)
    ).slice(6);
    expect([...dq.slice(4)].every(Number.isFinite)).toBe(true);
    expect([...dk.slice(4 * queries), ...dv.slice(4 * queries)].every((x) => x === 0)).toBe(true);
  });

  it('writes dk and dv into parts of one tensor, and q, k and v may be one', async () => {
    const [tokens, heads, dim] = [10, 2, 4];
    const width = heads * dim;
    const part = (i: number): HeadLayout => ({
      offset: i * width,
      batch: 3 * width * tokens,
      head: dim,
      row: 3 * width,
    });
    const { inputs, forward, backward, sizes } = build({ kvHeads: heads, queries: tokens, keys: tokens, dim });
    // the same numbers side by side
    const packed = zeros(3 * width * tokens);
    inputs.forEach((x, i) => {
      for (let h = 0; h < heads; h++) {
        for (let t = 0; t < tokens; t++) {
          packed.set(
            Array.from(x).slice((h * tokens + t) * dim, (h * tokens + t + 1) * dim),
            t * 3 * width + i * width + h * dim,
          );
        }
      }
    });
    const layouts = { q: part(0), k: part(1), v: part(2) };
    const forwardArgs = { ...forward, ...layouts };
    const backwardArgs = { ...backward, ...layouts, dq: part(0), dk: part(1), dv: part(2) };
    const g = normals(sizes.out, 7);
    const [out, statistics] = await runAttention(forwardArgs, packed, sizes.out, sizes.statistics);
    const [plainOut, plainStatistics] = (
      await runKernel('attention', [...inputs, zeros(sizes.out), zeros(sizes.statistics)], forward)
    ).slice(3);
    expect(out).toEqual(plainOut);
    const gradients = [zeros(sizes.q), zeros(sizes.kv[0]), zeros(sizes.kv[1])];
    const plain = (
      await runKernel('attentionBackward', [...inputs, plainOut, plainStatistics, g, ...gradients], backward)
    ).slice(6);
    const together = await runAttentionBackward(backwardArgs, packed, out, statistics, g);
    plain.forEach((x, i) => {
      for (let h = 0; h < heads; h++) {
        for (let t = 0; t < tokens; t++) {
          const at = t * 3 * width + i * width + h * dim;
          expect(together.slice(at, at + dim)).toEqual(x.slice((h * tokens + t) * dim, (h * tokens + t + 1) * dim));
        }
      }
    });
  });

  it('fits small adapters, and folds workgroups into rows', async () => {
    const usual = backend.abilities;
    Object.assign(backend, { abilities: { ...leastAbilities, subgroups, workgroupsPerAxis: 3 } });
    try {
      await check({ kvHeads: 2, queries: 40, keys: 70, dim: 16, valueDim: 8, group: 2 });
      await check({ queries: 40, keys: 70, dim: 36, causal: true });
      if (subgroups === null) return;
      // whole scores of two batches at a time
      const two = 4 * 2 * 2 * 40 * 70;
      Object.assign(backend, { abilities: { ...leastAbilities, subgroups, maxBindingBytes: two } });
      await check({ batch: 3, kvHeads: 2, queries: 40, keys: 70, dim: 8, padding: true, dropout: 0.25 });
    } finally {
      Object.assign(backend, { abilities: usual });
    }
  });
});

describe('a long sequence', () => {
  const dim = 4;
  const longest = 8192;

  it(`of ${longest} tokens trains in memory that is linear in its length`, async () => {
    const own = await createWebGpuBackend({ software: true });
    const bytes = async (tokens: number) => {
      const values = [1, 2, 3, 4].map((seed) => normals(tokens * dim, seed));
      const results = scope(() => {
        const [q, k, v, g] = values.map((x) => tensor(x, [1, 1, tokens, dim], { backend: own }));
        const { value, grads } = valueAndGrad(() => {
          const out = scaledDotProductAttention(q, k, v, { causal: true });
          return { loss: sum(mul(out, g)), out };
        }, [q, k, v]);
        return [value.out, ...grads].map((x) => x.read());
      });
      const read = await Promise.all(results);
      const { peak, pooled } = own.memory();
      return { values, read, peak, pooled };
    };
    const short = await bytes(longest / 4);
    const { values, read, peak, pooled } = await bytes(longest);
    // q, k, v, g, their gradients, out and some more of its size; the numbers of each query
    expect(peak / short.peak).toBeLessThan(5);
    expect(peak).toBeLessThan(longest * dim * 4 * 13);
    expect(pooled).toBeLessThan(2 ** 22);
    checkLast(longest, values, read);
    own.dispose();
  });

  /** Rows of out and dq here and there, and dk and dv of the last keys, which few queries see, beside float64. */
  const checkLast = (tokens: number, values: readonly NumericArray[], results: readonly NumericArray[]): void => {
    const [q, k, v, g] = values;
    const [out, dq, dk, dv] = results;
    const row = (i: number) => {
      const dot = (a: NumericArray, b: NumericArray, j: number): number =>
        [0, 1, 2, 3].reduce((total, d) => total + a[dim * i + d] * b[dim * j + d], 0);
      const scores = Float64Array.from({ length: i + 1 }, (_, j) => dot(q, k, j) / Math.sqrt(dim));
      const top = scores.reduce((a, b) => Math.max(a, b));
      const powers = scores.map((x) => Math.exp(x - top));
      const total = powers.reduce((a, b) => a + b, 0);
      const probs = powers.map((x) => x / total);
      const dP = probs.map((_, j) => dot(g, v, j));
      const delta = probs.reduce((all, x, j) => all + x * dP[j], 0);
      return { probs, dS: probs.map((x, j) => (x * (dP[j] - delta)) / Math.sqrt(dim)) };
    };
    const columns = [0, 1, 2, 3];
    const sumOver = (weights: ArrayLike<number>, x: NumericArray, first: number, d: number): number =>
      Array.from(weights).reduce((all, w, j) => all + w * x[dim * (first + j) + d], 0);
    const expectRow = (label: string, x: NumericArray, i: number, want: readonly number[]): void =>
      expectClose(
        label,
        Float32Array.from(columns, (d) => x[dim * i + d]),
        want,
        { relative: 2e-5, absolute: 1e-5 },
      );
    for (const i of [0, 63, 64, tokens / 2 + 1, tokens - 1]) {
      const { probs, dS } = row(i);
      expectRow(
        `out of query ${i}`,
        out,
        i,
        columns.map((d) => sumOver(probs, v, 0, d)),
      );
      expectRow(
        `dq of query ${i}`,
        dq,
        i,
        columns.map((d) => sumOver(dS, k, 0, d)),
      );
    }
    for (const j of [tokens - 40, tokens - 1]) {
      const rows = Array.from({ length: tokens - j }, (_, i) => row(j + i));
      expectRow(
        `dv of key ${j}`,
        dv,
        j,
        columns.map((d) =>
          sumOver(
            rows.map(({ probs }) => probs[j]),
            g,
            j,
            d,
          ),
        ),
      );
      expectRow(
        `dk of key ${j}`,
        dk,
        j,
        columns.map((d) =>
          sumOver(
            rows.map(({ dS }) => dS[j]),
            q,
            j,
            d,
          ),
        ),
      );
    }
  };
});

describe('plans of attention', () => {
  const launchOf = (p: Problem, abilities: Abilities = leastAbilities): readonly Dispatch[] => {
    const { forward, backward, inputs } = build(p);
    const launches = [
      attentionKernels.attention(forward, { op: 'attention', abilities, operands: inputs.length + 2 }),
      attentionKernels.attentionBackward(backward, { op: 'attention', abilities, operands: inputs.length + 6 }),
    ];
    return launches.flatMap(({ dispatches }) => dispatches);
  };
  const constantsOf = (p: Problem) => launchOf(p).map(({ wgsl, constants }) => ({ wgsl, constants }));
  const all = [true, true, true, true] as const;

  it('have the same pipelines whatever the numbers of tokens and heads', () => {
    const few = constantsOf({ queries: 1, keys: 1, dim: 64 });
    expect(constantsOf({ batch: 3, kvHeads: 5, group: 2, queries: 1000, keys: 77, dim: 64 })).toEqual(few);
  });

  const processor = { ...leastAbilities, subgroups: { least: 4, most: 4 } };

  it('make whole matrices of scores where subgroups are vectors of a processor', () => {
    const given = { queries: 60, keys: 60, dim: 64, mask: all, bias: all, dropout: 0.5 };
    const dispatches = launchOf(given, processor);
    const [product, gather] = ['matmul/lanes', 'attention/gather'];
    expect(dispatches.map(({ wgsl }) => wgsl)).toEqual([
      ...[gather, gather, product, 'attention/whole-forward', product],
      ...[gather, gather, product, product, 'attention/whole-backward', product, product, product],
    ]);
    // 32 MiB of scores at a time: two batches of 2048 x 2048, then the third
    const several = launchOf({ batch: 3, queries: 2048, keys: 2048, dim: 64 }, processor);
    const rows = several.filter(({ wgsl }) => wgsl === 'attention/whole-forward');
    expect(rows.map(({ uniforms }) => uniforms.slice(-4, -2).map(({ value }) => value))).toEqual([
      [0, 4096],
      [4096, 2048],
    ]);
  });

  it('take kernels without workgroup memory where whole matrices there are too large, causal or shared', () => {
    const wgslOf = (problem: Parameters<typeof launchOf>[0]): string[] =>
      launchOf(problem, processor).map(({ wgsl }) => wgsl);
    const direct = [
      'attention/forward-direct',
      'attention/prepare',
      'attention/backward-queries-direct',
      'attention/backward-keys-direct',
    ];
    expect(wgslOf({ queries: 5, keys: 6, dim: 72, causal: true })).toEqual(direct);
    expect(wgslOf({ queries: 5, keys: 6, dim: 72, group: 2 })).toEqual(direct);
    expect(wgslOf({ queries: 4096, keys: 4096, dim: 8 })).toEqual(direct);
    const dispatches = launchOf({ queries: 5, keys: 6, dim: 72, causal: true }, processor);
    // two parts of two rows of four queries, by 16 invocations
    expect(dispatches[0].workgroups).toEqual([1, 1, 1]);
    const longer = launchOf({ batch: 2, queries: 500, keys: 60, dim: 72, causal: true }, processor);
    expect(longer[0].workgroups).toEqual([32, 1, 1]);
    expect(longer.map(({ constants }) => constants)).toEqual(dispatches.map(({ constants }) => constants));
  });

  it('bind at most eight buffers, each once for writing', () => {
    for (const packed of [false, true]) {
      const dispatches = launchOf({
        queries: 5,
        keys: 6,
        dim: 4,
        mask: all,
        padding: true,
        bias: all,
        dropout: 0.5,
        packed,
      });
      for (const { bindings } of dispatches) {
        expect(bindings.length).toBeLessThanOrEqual(leastAbilities.storageBuffers);
        const written = bindings.filter(({ write }) => write).map(({ from, index }) => `${from} ${index}`);
        expect(new Set(written).size).toBe(written.length);
        const read = bindings.filter(({ write }) => !write).map(({ from, index }) => `${from} ${index}`);
        expect(read.filter((binding) => written.includes(binding))).toEqual([]);
      }
      expect(dispatches.filter(({ wgsl }) => wgsl === 'attention/gather')).toHaveLength(6);
    }
    expect(launchOf({ queries: 5, keys: 6, dim: 4, bias: all, dropout: 0.5 }).map(({ wgsl }) => wgsl)).toEqual([
      'attention/forward',
      'attention/prepare',
      'attention/backward-keys',
      'attention/backward-queries',
    ]);
  });

  it('have blocks that fit the workgroup memory and the kernels', () => {
    const widths = { forward: [false, true], queries: [true, false], keys: [true, true] } as const;
    for (const workgroupBytes of [16384, 32768, 49152]) {
      const abilities = { ...leastAbilities, workgroupBytes };
      for (const pass of ['forward', 'queries', 'keys'] as const) {
        for (const dim of [0, 1, 16, 31, 32, 33, 64, 80, 96, 100, 128, 200, 256, 300, 4096]) {
          for (const valueDim of [0, 8, 64, 96, 128, 256, 257]) {
            const blocks: AttentionBlocks = attentionBlocks(pass, dim, valueDim, abilities);
            const { ACROSS, HIGH, ROW_QUADS, DEPTH } = blocks;
            const results = [dim, valueDim].filter((_, i) => widths[pass][i]);
            expect(attentionBlockBytes(blocks)).toBeLessThanOrEqual(workgroupBytes);
            expect(attentionRegistersOf(blocks, results)).toBeLessThanOrEqual(attentionRegisters);
            expect([ACROSS % 8, HIGH % 8, 16 % ACROSS]).toEqual([0, 0, 0]);
            // each invocation loads as many vec4s of a slice
            const rows = 4 * HIGH * ROW_QUADS;
            expect(((DEPTH / 4) * rows) % (ACROSS * HIGH)).toBe(0);
            expect(((DEPTH / 4) * 64) % (ACROSS * HIGH)).toBe(0);
            for (const [width, chunks, tokens] of [
              [dim, blocks.DIM_CHUNKS, blocks.DIM_TOKENS],
              [valueDim, blocks.VALUE_CHUNKS, blocks.VALUE_TOKENS],
            ]) {
              expect([64 % tokens, tokens % 4]).toEqual([0, 0]);
              expect(ACROSS * chunks * tokens).toBeLessThanOrEqual((DEPTH / 4) * (rows + 64));
              expect(4 * ACROSS * chunks).toBeGreaterThanOrEqual(Math.min(256, width));
              expect(4 * ACROSS * chunks).toBeLessThanOrEqual(256);
            }
          }
        }
      }
    }
    const usual = (pass: 'forward' | 'queries' | 'keys', dim: number, workgroupBytes = 49152) => {
      const { ACROSS, HIGH, ROW_QUADS } = attentionBlocks(pass, dim, dim, { ...leastAbilities, workgroupBytes });
      return [ACROSS, HIGH, ROW_QUADS];
    };
    expect(usual('keys', 64)).toEqual([16, 16, 2]);
    expect(usual('keys', 128)).toEqual([16, 16, 2]);
    expect(usual('forward', 32)).toEqual([8, 16, 1]);
    expect(usual('keys', 32)).toEqual([8, 32, 1]);
    expect(usual('keys', 96)).toEqual([8, 32, 1]);
    expect(usual('keys', 64, 32768)).toEqual([16, 8, 2]);
    expect(usual('keys', 64, 16384)).toEqual([16, 8, 1]);
  });

  it('do nothing where nothing is asked for, and write gradients where no query is', () => {
    expect(launchOf({ queries: 0, keys: 0, dim: 4 })).toEqual([]);
    expect(launchOf({ queries: 0, keys: 3, dim: 4 }).map(({ wgsl }) => wgsl)).toEqual(['attention/backward-keys']);
  });
});
