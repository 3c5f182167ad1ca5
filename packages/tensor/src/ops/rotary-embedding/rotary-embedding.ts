import { type CpuCall, call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, type KernelOp, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  coalesce,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
} from '../../shape.ts';
import { type Tensor, type TensorOptions, tensor } from '../../tensor.ts';
import { concat } from '../concat/concat.ts';
import { walk } from '../families/elementwise.ts';
import { split } from '../slice/slice.ts';

/** Which elements of the last axis turn together: 2i and 2i + 1, or i and i + D / 2 (GPT-NeoX, Llama). */
export type Pairing = 'interleaved' | 'halves';

export interface RotaryAttrs {
  readonly pairing: Pairing;
  /** Turn by the negative angle. */
  readonly inverse: boolean;
}

/** Where element `half` (0 or 1) of pair i of a row lies: start and step. */
const placeOf = (pairing: Pairing, half: number, pairs: number): readonly [start: number, step: number] =>
  pairing === 'halves' ? [half * pairs, 1] : [half, 2];

/** Copies element `from` of every pair of a [rows, n] operand to element `to` of another. */
const copyHalf = (
  [source, target]: readonly [CpuCall['operands'][number], CpuCall['operands'][number]],
  [rows, pairs]: readonly [number, number],
  from: readonly [start: number, step: number, row: number],
  to: readonly [start: number, step: number, row: number],
): CpuCall =>
  call('copy', [source, target], {
    shape: [rows, pairs],
    inStrides: [from[2], from[1]],
    inOffset: from[0],
    outStrides: [to[2], to[1]],
    outOffset: to[0],
  });

// (a, b) -> (a cos θ - b sin θ, a sin θ + b cos θ) for every pair. A rotation: its gradient is the one by -θ.
export const rotaryEmbeddingOp: KernelOp<RotaryAttrs> = defineOp<RotaryAttrs>({
  name: 'rotaryEmbedding',
  infer: (inputs) => {
    const [x, cos, sin] = inputs;
    const dtype = sameDType('rotaryEmbedding', inputs);
    floatOnly('rotaryEmbedding', x);
    const wanted: Shape = [...x.shape.slice(0, -1), x.shape[x.shape.length - 1] / 2];
    const fits =
      sameShape(cos.shape, sin.shape) && sameShape(broadcastShapes('rotaryEmbedding', wanted, cos.shape), wanted);
    if (!fits) {
      throw new ShapeError(
        'rotaryEmbedding',
        `x ${showShape(x.shape)} wants tables that expand to ${showShape(wanted)}, came ${showShape(cos.shape)} and ${showShape(sin.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype }];
  },
  saves: { inputs: [1, 2], outputs: [] },
  vjp: (c, g) => {
    const { pairing, inverse } = c.attrs;
    const back = { pairing, inverse: !inverse };
    return [() => apply(rotaryEmbeddingOp, [g, c.input(1), c.input(2)], back), null, null];
  },
  reference: ([x, cos, sin], [out], { pairing, inverse }) => {
    const n = x.shape[x.shape.length - 1];
    const pairs = n / 2;
    const [[a0, step], [b0]] = [placeOf(pairing, 0, pairs), placeOf(pairing, 1, pairs)];
    const shape = [...x.shape.slice(0, -1), pairs];
    walk(shape, [broadcastStrides(cos.shape, shape)], (at, [table]) => {
      const pair = at % pairs;
      const row = ((at - pair) / pairs) * n;
      const [a, b] = [row + a0 + step * pair, row + b0 + step * pair];
      const [c, s] = [cos.data[table], inverse ? -sin.data[table] : sin.data[table]];
      out.data[a] = x.data[a] * c - x.data[b] * s;
      out.data[b] = x.data[a] * s + x.data[b] * c;
    });
  },
  // x ⊙ (cos, cos) + swap(x) ⊙ (-sin, sin), whole rows at a time; the tables are small beside x.
  cpu: ([x, cos], _outputs, { pairing, inverse }) => {
    const size = sizeOf(x.shape);
    if (size === 0) return cpuPlan([]);
    const n = x.shape[x.shape.length - 1];
    const pairs = n / 2;
    const rows = size / n;
    const tableSize = sizeOf(cos.shape);
    const tableWidth = cos.shape[cos.shape.length - 1] ?? 1;
    const tableShape = [...cos.shape.slice(0, -1), n];
    const tableRows = tableSize / tableWidth;
    const place = (half: number) => [...placeOf(pairing, half, pairs), n] as const;
    // A table of width 1 is the same for every pair.
    const table = [0, tableWidth === 1 ? 0 : 1, tableWidth] as const;
    const both: readonly [number, number] = [tableRows, pairs];
    const { shape, strides } = coalesce(x.shape, [
      broadcastStrides(x.shape, x.shape),
      broadcastStrides(tableShape, x.shape),
    ]);
    const walked = { shape, a: strides[0], b: strides[1] };
    const flat = { shape: [size], a: [1], b: [1] };
    const [doubledCos, negated, signedSin, swapped, product] = [0, 1, 2, 3, 4].map(scratch);
    const calls = [
      copyHalf([input(1), doubledCos], both, table, place(0)),
      copyHalf([input(1), doubledCos], both, table, place(1)),
      call('unary', [input(2), negated], { fn: 'neg', n: tableSize }),
      copyHalf([negated, signedSin], both, table, place(0)),
      copyHalf([input(2), signedSin], both, table, place(1)),
      copyHalf([input(0), swapped], [rows, pairs], place(1), place(0)),
      copyHalf([input(0), swapped], [rows, pairs], place(0), place(1)),
      call('binary', [swapped, signedSin, product], { fn: 'mul', ...walked }),
      call('binary', [input(0), doubledCos, swapped], { fn: 'mul', ...walked }),
      call('binary', [swapped, product, output(0)], { fn: inverse ? 'sub' : 'add', ...flat }),
    ];
    const tableBytes = tableRows * n * 4;
    return cpuPlan(calls, [tableBytes, tableSize * 4, tableBytes, size * 4, size * 4]);
  },
});

export interface RotaryTablesOptions extends TensorOptions {
  /** Angles of pair i turn by base^(-2i / width) a position. Default 10000. */
  readonly base?: number;
  /** Position of the first token. Default 0. */
  readonly offset?: number;
}

export interface RotaryTablesResult {
  /** [T, width / 2], or [B, 1, T, width / 2] for positions of each sample. */
  readonly cos: Tensor;
  readonly sin: Tensor;
}

type Positions = readonly number[] | readonly (readonly number[])[];

const perSample = (positions: Positions): positions is readonly (readonly number[])[] =>
  positions.length > 0 && Array.isArray(positions[0]);

/**
 * Cosines and sines of m · base^(-2i / width) (Su et al. 2021) for `width` turning elements, made once on the host in
 * float64. `positions`: how many, counted from `offset`; or the positions of the tokens [T]; or those of each sample
 * [B][T]. Throws ArgumentError for an odd width, a base that is not positive, and positions that are no finite numbers.
 */
export const rotaryTables = (
  positions: number | Positions,
  width: number,
  { base = 10000, offset = 0, ...options }: RotaryTablesOptions = {},
): RotaryTablesResult => {
  const op = 'rotaryTables';
  if (!(Number.isInteger(width) && width >= 0 && width % 2 === 0)) {
    throw new ArgumentError(op, `width must be an even whole number, came ${width}`);
  }
  if (!(base > 0 && base < Infinity)) throw new ArgumentError(op, `base must be a positive number, came ${base}`);
  if (typeof positions === 'number' && !(Number.isInteger(positions) && positions >= 0)) {
    throw new ArgumentError(op, `the number of positions must be a whole number >= 0, came ${positions}`);
  }
  if (typeof positions === 'number') checkShape(op, [positions, width]);
  const counted = typeof positions === 'number' ? Array.from({ length: positions }, (_, i) => i) : positions;
  const samples: readonly (readonly number[])[] = perSample(counted) ? counted : [counted as readonly number[]];
  const T = samples[0].length;
  const uneven = samples.find((row) => row.length !== T);
  if (uneven !== undefined) {
    throw new ArgumentError(op, `samples have ${T} and ${uneven.length} positions; give all of them as many`);
  }
  const at = samples.flat().map((m) => m + offset);
  const wrong = at.find((m) => !Number.isFinite(m));
  if (wrong !== undefined) throw new ArgumentError(op, `positions must be finite numbers, came ${wrong}`);
  const pairs = width / 2;
  const angle = (i: number): number => at[Math.floor(i / pairs)] * base ** ((-2 * (i % pairs)) / width);
  const angles = Array.from({ length: at.length * pairs }, (_, i) => angle(i));
  const shape = perSample(counted) ? [samples.length, 1, T, pairs] : [T, pairs];
  const table = (f: (x: number) => number): Tensor => tensor(Float64Array.from(angles, f), shape, options);
  return { cos: table(Math.cos), sin: table(Math.sin) };
};

/**
 * Rotary position embedding (Su et al. 2021): turns the pairs of the last axis of x [B, H, T, D] by the angles of `tables`
 * (rotaryTables: [T, R / 2], or anything that expands to [B, H, T, R / 2]). Elements beyond the first R pass unchanged.
 * The tables are constants to every gradient. `pairing`: 'halves' (default; GPT-NeoX) turns i and i + R / 2,
 * 'interleaved' (the paper) turns 2i and 2i + 1.
 */
export const rotaryEmbedding = (
  x: Tensor,
  { cos, sin }: RotaryTablesResult,
  { pairing = 'halves' }: { readonly pairing?: 'interleaved' | 'halves' } = {},
): Tensor => {
  const op = 'rotaryEmbedding';
  if (pairing !== 'halves' && pairing !== 'interleaved') {
    throw new ArgumentError(op, `pairing must be 'halves' or 'interleaved', came '${String(pairing)}'`);
  }
  const n = x.shape[x.rank - 1] ?? 0;
  const turning = 2 * (cos.shape[cos.rank - 1] ?? 0);
  if (x.rank === 0 || cos.rank === 0 || turning > n) {
    throw new ShapeError(
      op,
      `tables ${showShape(cos.shape)} turn ${turning} elements, x ${showShape(x.shape)} has ${n}`,
    );
  }
  const attrs = { pairing, inverse: false };
  if (turning === n) return apply(rotaryEmbeddingOp, [x, cos, sin], attrs);
  return scope(() => {
    const [turned, rest] = split(x, [turning, n - turning]);
    return concat([apply(rotaryEmbeddingOp, [turned, cos, sin], attrs), rest], { axis: -1 });
  });
};
