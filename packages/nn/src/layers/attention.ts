// Multi-head attention between any queries, keys and values.

import {
  ArgumentError,
  crossAttention,
  keyTensor,
  linear,
  permute,
  type RotaryTablesResult,
  reshape,
  rotaryEmbedding,
  type ScaledDotProductAttentionOptions,
  ShapeError,
  scaledDotProductAttention,
  selfAttention,
  showShape,
  slice,
  type Tensor,
} from '@omnigrad/tensor';
import { type Init, xavierUniform, zerosInit } from '../init.ts';
import { type Mode, Module, modeOf } from '../module.ts';
import type { Parameter, ParameterScope } from '../parameters.ts';
import { Linear } from './linear.ts';

export interface MultiHeadAttentionOptions {
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`. Default: `heads`. */
  readonly keyHeads?: number;
  /** Probability to drop an attention weight in training. Default 0. */
  readonly dropout?: number;
  /** Which elements a rotary embedding turns together. Default 'halves'. */
  readonly rotaryPairing?: 'halves' | 'interleaved';
  readonly init?: Init;
}

export interface MultiHeadAttentionForwardOptions
  extends Pick<ScaledDotProductAttentionOptions, 'causal' | 'mask' | 'padding' | 'bias'> {
  /** Turns queries and keys by their positions; tables of rotaryTables for width / heads, or less, elements. */
  readonly rotary?: RotaryTablesResult | null;
  /** Tables of the keys, where their positions are others. Default: `rotary`. */
  readonly keyRotary?: RotaryTablesResult | null;
}

const name = 'MultiHeadAttention';

/**
 * Multi-head attention (Vaswani et al. 2017), with heads of keys and values that several heads of queries share where
 * `keyHeads` is smaller (Ainslie et al. 2023). State, with D = width / heads: `inProjection.weight` [width, (heads + 2 ·
 * keyHeads) · D] and `.bias`, whose columns are those of q, k and v side by side, heads inside each; `out.weight`
 * [width, width] and `out.bias`. PyTorch's in_proj_weight is the transpose of the first for equal heads.
 */
export class MultiHeadAttention extends Module {
  readonly inProjection: { readonly weight: Parameter; readonly bias: Parameter };
  readonly out: Linear;
  readonly width: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly dropout: number;
  readonly rotaryPairing: 'halves' | 'interleaved';

  constructor(
    scope: ParameterScope,
    width: number,
    { heads, keyHeads = heads, dropout = 0, rotaryPairing = 'halves', init = xavierUniform }: MultiHeadAttentionOptions,
  ) {
    super(scope);
    const divides = (a: number, b: number): boolean => Number.isInteger(a) && a >= 1 && b % a === 0;
    if (!divides(heads, width)) {
      throw new ArgumentError(name, `heads must be a divisor of the width ${width}, came ${heads}`);
    }
    if (!divides(keyHeads, heads)) {
      throw new ArgumentError(name, `keyHeads must be a divisor of the ${heads} heads, came ${keyHeads}`);
    }
    if (!(dropout >= 0 && dropout < 1)) throw new ArgumentError(name, `dropout must be in [0, 1), came ${dropout}`);
    const packed = scope.child('inProjection');
    const columns = width + (2 * keyHeads * width) / heads;
    this.inProjection = {
      weight: packed.param('weight', [width, columns], init),
      bias: packed.param('bias', [columns], zerosInit),
    };
    this.out = new Linear(scope.child('out'), width, width, init);
    this.width = width;
    this.heads = heads;
    this.keyHeads = keyHeads;
    this.dropout = dropout;
    this.rotaryPairing = rotaryPairing;
  }

  /** query [B, Tq, width], key and value [B, Tk, width] -> [B, Tq, width]. Masks and bias as scaledDotProductAttention. */
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mode: Mode,
    options: MultiHeadAttentionForwardOptions = {},
  ): Tensor {
    return this.within(() => {
      const fits = [query, key, value].every((x) => x.rank === 3 && x.shape[2] === this.width);
      if (
        !fits ||
        query.shape[0] !== key.shape[0] ||
        key.shape[0] !== value.shape[0] ||
        key.shape[1] !== value.shape[1]
      ) {
        throw new ShapeError(
          name,
          `expected query [B, Tq, ${this.width}], key and value [B, Tk, ${this.width}], came ${[query, key, value].map((x) => showShape(x.shape)).join(', ')}`,
        );
      }
      const attended = this.#fused(query, key, value, mode, options) ?? this.#attend(query, key, value, mode, options);
      return this.out.forward(attended);
    });
  }

  /** x times the columns of q, k and v from part `from` to before part `to`. */
  #project(x: Tensor, from: number, to: number): Tensor {
    const { weight, bias } = this.inProjection;
    const side = (this.width / this.heads) * this.keyHeads;
    const edges = [0, this.width, this.width + side, this.width + 2 * side];
    if (from === 0 && to === 3) return linear(x, weight.value, bias.value);
    const [start, end] = [edges[from], edges[to]];
    return linear(x, slice(weight.value, { axis: 1, start, end }), slice(bias.value, { start, end }));
  }

  /** By the kernels that read packed projections in place, where nothing asks for more; null elsewhere. */
  #fused(query: Tensor, key: Tensor, value: Tensor, mode: Mode, o: MultiHeadAttentionForwardOptions): Tensor | null {
    const drops = mode.training && this.dropout > 0;
    const more = [o.mask, o.bias, o.rotary, o.keyRotary].some((x) => (x ?? null) !== null);
    if (o.causal === true || more || drops || this.keyHeads !== this.heads || key !== value) return null;
    const attrs = { heads: this.heads, mask: o.padding ?? undefined };
    if (query === key) return selfAttention(this.#project(query, 0, 3), attrs);
    return crossAttention(this.#project(query, 0, 1), this.#project(key, 1, 3), attrs);
  }

  #attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mode: Mode,
    { rotary, keyRotary, ...options }: MultiHeadAttentionForwardOptions,
  ): Tensor {
    const dim = this.width / this.heads;
    // [B, T, H·D] -> [B, H, T, D]
    const byHead = (x: Tensor, heads: number): Tensor =>
      permute(reshape(x, [x.shape[0], x.shape[1], heads, dim]), [0, 2, 1, 3]);
    const turned = (x: Tensor, tables: RotaryTablesResult | null | undefined): Tensor =>
      tables === null || tables === undefined ? x : rotaryEmbedding(x, tables, { pairing: this.rotaryPairing });
    const q = turned(byHead(this.#project(query, 0, 1), this.heads), rotary);
    const k = turned(byHead(this.#project(key, 1, 2), this.keyHeads), keyRotary ?? rotary);
    const v = byHead(this.#project(value, 2, 3), this.keyHeads);
    const own = modeOf(mode, this.name);
    const drops = own.training && this.dropout > 0;
    const dropout = drops ? { key: keyTensor(own.key, query), p: this.dropout } : null;
    const y = scaledDotProductAttention(q, k, v, { ...options, dropout });
    // [B, H, Tq, D] -> [B, Tq, H·D]
    return reshape(permute(y, [0, 2, 1, 3]), query.shape);
  }
}
