import { bools, float, floats, type GoldenRun, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { cast } from '../cast/cast.ts';
import { keyTensor } from '../dropout/dropout.ts';
import { type ScaledDotProductAttentionOptions, scaledDotProductAttention } from './scaled-dot-product-attention.ts';

interface Sizes {
  readonly B?: number;
  readonly H?: number;
  readonly kvHeads?: number;
  readonly tq?: number;
  readonly tk?: number;
  readonly D?: number;
  readonly Dv?: number;
}

const qkv = (
  { B = 1, H = 1, kvHeads = H, tq = 3, tk = tq, D = 2, Dv = D }: Sizes,
  range?: readonly [number, number],
) => [float([B, H, tq, D], range), float([B, kvHeads, tk, D], range), float([B, kvHeads, tk, Dv], range)];

const sample = (
  title: string,
  sizes: Sizes,
  options: Pick<ScaledDotProductAttentionOptions, 'causal' | 'scale'> = {},
  range?: readonly [number, number],
): OpSample => {
  const { B = 1, H = 1, tq = 3, tk = tq, D = 2, Dv = D } = sizes;
  return {
    title,
    inputs: qkv(sizes, range),
    out: [B, H, tq, Dv],
    run: ([q, k, v]) => scaledDotProductAttention(q, k, v, options),
    reduces: tk + D,
  };
};

const golden: GoldenRun = ([q, k, v, x], { causal = false, scale, extra }) =>
  scaledDotProductAttention(q, k, v, {
    causal,
    ...(scale === undefined ? {} : { scale }),
    ...(extra === undefined ? {} : { [extra]: extra === 'bias' ? x : cast(x, 'bool') }),
  });

const fits = 'expected q [B, H, Tq, D], k [B, Hkv, Tk, D] and v [B, Hkv, Tk, Dv], came';
const op = 'scaledDotProductAttention';

export const scaledDotProductAttentionSamples: OpSamples = {
  class: 'rows',
  goldens: { 'scaled-dot-product-attention': golden },
  samples: [
    sample('one element', { tq: 1, D: 1 }),
    sample('heads', { B: 2, H: 2, tq: 4, D: 3 }),
    sample('one query', { H: 2, tq: 1, tk: 5, D: 3 }),
    sample('one key', { H: 2, tq: 3, tk: 1, D: 3 }),
    sample('values of another width', { H: 2, tq: 3, tk: 4, D: 3, Dv: 5 }),
    sample('grouped heads', { B: 2, H: 4, kvHeads: 2, tq: 2, tk: 3, D: 2, Dv: 3 }),
    sample('one head of keys for all', { H: 3, kvHeads: 1, tq: 2, tk: 4 }),
    sample('long', { H: 2, tq: 17, tk: 35, D: 5 }),
    sample('causal', { B: 2, H: 2, tq: 4 }, { causal: true }),
    sample('causal, fewer queries', { tq: 2, tk: 5 }, { causal: true }),
    sample('causal, fewer keys', { tq: 5, tk: 2 }, { causal: true }),
    sample('causal, grouped heads', { B: 2, H: 4, kvHeads: 2, tq: 3 }, { causal: true }),
    sample('another scale', { tq: 3, tk: 4 }, { scale: -0.25 }),
    // Scores are near 1e4: one key takes all.
    { ...sample('large numbers', { tq: 3, tk: 5, D: 4 }, {}, [-100, 100]), tolerance: 100 },
    {
      title: 'causal, by hand',
      // Equal scores: query 0 sees value 1, query 1 the mean of 1 and 3, query 2 that of all.
      inputs: [floats([0, 0, 0], [1, 1, 3, 1]), floats([1, 2, 3], [1, 1, 3, 1]), floats([1, 3, 8], [1, 1, 3, 1])],
      out: [1, 1, 3, 1],
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v, { causal: true }),
      expected: [1, 2, 4],
    },
    {
      title: 'a mask of each query',
      inputs: [...qkv({ B: 2, H: 2, tq: 2, tk: 3 }), bools([1, 0, 1, 0, 1, 1], [2, 3])],
      out: [2, 2, 2, 2],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      reduces: 5,
    },
    {
      title: 'a mask of each head',
      inputs: [...qkv({ B: 2, H: 2, tq: 2, tk: 3 }), bools([1, 0, 1, 0, 1, 1], [2, 1, 3])],
      out: [2, 2, 2, 2],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      reduces: 5,
    },
    {
      title: 'padding',
      inputs: [...qkv({ B: 2, H: 2, tq: 2, tk: 3 }), bools([1, 0, 1, 1, 1, 0], [2, 3])],
      out: [2, 2, 2, 2],
      run: ([q, k, v, padding]) => scaledDotProductAttention(q, k, v, { padding }),
      reduces: 5,
    },
    {
      title: 'padding, mask and causal together',
      // Query 0 sees no key: the only one before it is masked.
      inputs: [...qkv({ tq: 3 }), bools([0, 1, 1, 1, 1, 1, 1, 1, 1], [3, 3]), bools([1, 1, 0], [1, 3])],
      out: [1, 1, 3, 2],
      run: ([q, k, v, mask, padding]) => scaledDotProductAttention(q, k, v, { mask, padding, causal: true }),
      reduces: 5,
    },
    {
      title: 'no key to see: 0',
      inputs: [...qkv({ B: 2, tq: 1, tk: 2 }), bools([0, 0], [2])],
      out: [2, 1, 1, 2],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      expected: [0, 0, 0, 0],
    },
    {
      title: 'a NaN key that is not seen',
      inputs: [
        floats([1], [1, 1, 1, 1]),
        floats([Number.NaN, 2], [1, 1, 2, 1]),
        floats([9, 4], [1, 1, 2, 1]),
        bools([0, 1]),
      ],
      out: [1, 1, 1, 1],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      expected: [4],
      gradient: 'none',
    },
    {
      title: 'a bias of each head',
      inputs: [...qkv({ B: 2, H: 2, tq: 2, tk: 3 }), float([2, 1, 3])],
      out: [2, 2, 2, 2],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias }),
      reduces: 5,
    },
    {
      title: 'a whole bias, causal, grouped heads',
      inputs: [...qkv({ H: 2, kvHeads: 1, tq: 3 }), float([1, 2, 3, 3])],
      out: [1, 2, 3, 2],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias, causal: true }),
      reduces: 5,
    },
    {
      title: 'biases of -Infinity, a row of them: 0, and no gradient of q, k and v',
      inputs: [...qkv({ tq: 2 }), floats([-Infinity, 0.5, -Infinity, -Infinity], [2, 2])],
      out: [1, 1, 2, 2],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias }),
      gradient: [0, 1, 2],
      reduces: 4,
    },
    {
      title: 'biases at the edges',
      inputs: [
        floats([0, 0, 0, 0], [1, 1, 4, 1]),
        floats([1, 1], [1, 1, 2, 1]),
        floats([3, 5], [1, 1, 2, 1]),
        floats([1e4, -1e4, -1e4, -1e4, -Infinity, -Infinity, 0, Number.NaN], [4, 2]),
      ],
      out: [1, 1, 4, 1],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias }),
      expected: [3, 4, 0, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'dropout',
      inputs: qkv({ H: 2, tq: 3, tk: 4 }),
      out: [1, 2, 3, 2],
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v, { dropout: { key: keyTensor([1, 2], q), p: 0.4 } }),
      reduces: 6,
    },
    {
      title: 'repeated input',
      inputs: [float([1, 2, 3, 2])],
      out: [1, 2, 3, 2],
      run: ([x]) => scaledDotProductAttention(x, x, x),
      reduces: 5,
    },
    { ...sample('no keys', { tq: 2, tk: 0 }), expected: [0, 0, 0, 0] },
    { ...sample('no keys, causal', { tq: 2, tk: 0 }, { causal: true }), expected: [0, 0, 0, 0] },
    sample('no queries', { tq: 0, tk: 3 }, { causal: true }),
    sample('no batch', { B: 0, H: 4, kvHeads: 2 }, { causal: true }),
    sample('no heads', { H: 0 }),
    sample('no width: the mean of the values', { tq: 2, D: 0, Dv: 2 }),
  ],
  errors: [
    {
      title: 'rank',
      inputs: [float([2, 3, 4]), float([2, 3, 4]), float([2, 3, 4])],
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v),
      message: `${op}: ${fits} [2, 3, 4], [2, 3, 4], [2, 3, 4]`,
    },
    {
      title: 'width of k',
      inputs: [float([1, 1, 2, 3]), float([1, 1, 2, 4]), float([1, 1, 2, 3])],
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v),
      message: `${op}: ${fits} [1, 1, 2, 3], [1, 1, 2, 4], [1, 1, 2, 3]`,
    },
    {
      title: 'length of v',
      inputs: [float([1, 1, 2, 3]), float([1, 1, 2, 3]), float([1, 1, 3, 3])],
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v),
      message: `${op}: ${fits} [1, 1, 2, 3], [1, 1, 2, 3], [1, 1, 3, 3]`,
    },
    {
      title: 'heads',
      inputs: qkv({ H: 3, kvHeads: 2 }),
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v),
      message: `${op}: 3 heads of q [1, 3, 3, 2] do not share 2 heads of k [1, 2, 3, 2] evenly`,
    },
    {
      title: 'mask dtype',
      inputs: [...qkv({ tq: 2 }), integers([1, 1])],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      message: `${op}: the mask must be bool, came i32; compare or cast() it`,
    },
    {
      title: 'mask shape',
      inputs: [...qkv({ tq: 2 }), bools([1, 1, 0, 1], [2, 1, 1, 2])],
      run: ([q, k, v, mask]) => scaledDotProductAttention(q, k, v, { mask }),
      message: `${op}: the mask [2, 1, 1, 2] does not expand to the scores [1, 1, 2, 2]`,
    },
    {
      title: 'bias shape',
      inputs: [...qkv({ tq: 2 }), float([2, 3])],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias }),
      message: `${op}: shapes do not broadcast, a [1, 1, 2, 2], b [2, 3]: 2 != 3 at axis -1; reshape or expand one of them`,
    },
    {
      title: 'bias dtype',
      inputs: [...qkv({ tq: 2 }), integers([1, 2])],
      run: ([q, k, v, bias]) => scaledDotProductAttention(q, k, v, { bias }),
      message: `${op}: dtypes differ, {float} and {float} and {float} and i32; cast() one of them`,
    },
    {
      title: 'padding dtype',
      inputs: [...qkv({ tq: 2 }), float([1, 2])],
      run: ([q, k, v, padding]) => scaledDotProductAttention(q, k, v, { padding }),
      message: `${op}: the padding mask must be bool, came {float}; compare or cast() it`,
    },
    {
      title: 'padding shape',
      inputs: [...qkv({ tq: 2 }), bools([1, 1])],
      run: ([q, k, v, padding]) => scaledDotProductAttention(q, k, v, { padding }),
      message: `${op}: the padding mask must be [1, 2], came [2]`,
    },
    {
      title: 'p',
      inputs: qkv({ tq: 2 }),
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v, { dropout: { key: keyTensor([1, 2], q), p: 1 } }),
      message: `${op}: p of dropout must be in [0, 1), came 1`,
    },
    {
      title: 'key',
      inputs: [...qkv({ tq: 2 }), float([2])],
      run: ([q, k, v, key]) => scaledDotProductAttention(q, k, v, { dropout: { key, p: 0.5 } }),
      message: `${op}: the key of dropout must be u32 [2], came {float} [2]`,
    },
    {
      title: 'scale',
      inputs: qkv({ tq: 2 }),
      run: ([q, k, v]) => scaledDotProductAttention(q, k, v, { scale: Number.NaN }),
      message: `${op}: scale must be a finite number, came NaN`,
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1, 1])],
      run: ([x]) => scaledDotProductAttention(x, x, x),
      message: `${op}: expected a float tensor, came i32; cast() it`,
    },
  ],
};
