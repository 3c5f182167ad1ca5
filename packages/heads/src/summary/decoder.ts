// A small causal decoder that writes a text from the tokens of an encoder (Vaswani et al. 2017, pre-norm): for summaries.
// It knows two ways to the same numbers: a whole text at once, for training, and one token after another with what was computed before.

import {
  drop,
  Embedding,
  LayerNorm,
  Linear,
  type Mode,
  Module,
  modeOf,
  type Parameter,
  type ParameterScope,
  type Tokens,
  truncatedNormal,
  zerosInit,
} from '@omnigrad/nn';
import {
  ArgumentError,
  add,
  concat,
  crossAttention,
  ids,
  matmul,
  permute,
  reshape,
  ShapeError,
  scaledDotProductAttention,
  showShape,
  slice,
  type Tensor,
} from '@omnigrad/tensor';
import { Mlp } from '@omnigrad/trunk';
import type { SummaryConfig } from '../head-config.ts';

/** What the decoder attends to: keys and values of the encoder's tokens for each block, [B, S, 2 · width]. */
export interface Memory {
  readonly batch: number;
  readonly keyValues: readonly Tensor[];
  /** bool [B, S], or null. */
  readonly exists: Tensor | null;
}

/** Keys and values of the tokens written so far, one of [rows, t, 2 · width] for each block. */
export type Cache = readonly Tensor[];

/** Self-attention in which a token sees those before it and itself. Columns of `qkv`: q, k and v, heads inside each. */
class CausalAttention extends Module {
  readonly qkv: Linear;
  readonly out: Linear;
  readonly heads: number;

  constructor(scope: ParameterScope, width: number, heads: number) {
    super(scope);
    this.qkv = new Linear(scope.child('qkv'), width, 3 * width);
    this.out = new Linear(scope.child('out'), width, width);
    this.heads = heads;
  }

  /** x [B, T, width] -> the same shape. */
  forward(x: Tensor, residual: Tensor | null): Tensor {
    return this.within(() => {
      const [B, T, W] = x.shape;
      const packed = reshape(this.qkv.forward(x), [B, T, 3, this.heads, W / this.heads]);
      const byPart = permute(packed, [2, 0, 3, 1, 4]); // [3, B, H, T, D]
      const [q, k, v] = [0, 1, 2].map((i) =>
        reshape(slice(byPart, { axis: 0, start: i, end: i + 1 }), [B, this.heads, T, W / this.heads]),
      );
      const seen = scaledDotProductAttention(q, k, v, { causal: true });
      // [B, H, T, D] -> [B, T, W]
      return this.out.forward(reshape(permute(seen, [0, 2, 1, 3]), [B, T, W]), { residual });
    });
  }

  /** x [rows, 1, width], the token behind those of `before` -> the same shape, and keys and values with its own. */
  step(x: Tensor, residual: Tensor, before: Tensor | null): { readonly y: Tensor; readonly keyValue: Tensor } {
    return this.within(() => {
      const W = x.shape[2];
      const packed = this.qkv.forward(x);
      const own = slice(packed, { axis: 2, start: W });
      const keyValue = before === null ? own : concat([before, own], { axis: 1 });
      const seen = crossAttention(slice(packed, { axis: 2, end: W }), keyValue, { heads: this.heads });
      return { y: this.out.forward(seen, { residual }), keyValue };
    });
  }
}

/** Attention to the encoder's tokens. */
class MemoryAttention extends Module {
  readonly query: Linear;
  readonly keyValue: Linear;
  readonly out: Linear;
  readonly heads: number;

  constructor(scope: ParameterScope, width: number, inputs: number, heads: number) {
    super(scope);
    this.query = new Linear(scope.child('query'), width, width);
    this.keyValue = new Linear(scope.child('keyValue'), inputs, 2 * width);
    this.out = new Linear(scope.child('out'), width, width);
    this.heads = heads;
  }

  /** x [B, T, width], keyValue [B, S, 2 · width] -> [B, T, width]. */
  forward(x: Tensor, residual: Tensor | null, keyValue: Tensor, exists: Tensor | null): Tensor {
    return this.within(() => {
      const seen = crossAttention(this.query.forward(x), keyValue, { heads: this.heads, mask: exists ?? undefined });
      return this.out.forward(seen, { residual });
    });
  }
}

class DecoderBlock extends Module {
  readonly norm1: LayerNorm;
  readonly self: CausalAttention;
  readonly norm2: LayerNorm;
  readonly cross: MemoryAttention;
  readonly norm3: LayerNorm;
  readonly mlp: Mlp;
  readonly dropout: number;

  constructor(scope: ParameterScope, config: SummaryConfig, inputs: number) {
    super(scope);
    const { width, heads, feedForward, dropout = 0, normEps = 1e-5 } = config;
    this.norm1 = new LayerNorm(scope.child('norm1'), width, normEps);
    this.self = new CausalAttention(scope.child('self'), width, heads);
    this.norm2 = new LayerNorm(scope.child('norm2'), width, normEps);
    this.cross = new MemoryAttention(scope.child('cross'), width, inputs, heads);
    this.norm3 = new LayerNorm(scope.child('norm3'), width, normEps);
    this.mlp = new Mlp(scope.child('mlp'), width, feedForward);
    this.dropout = dropout;
  }

  // x = x + self(norm1(x));  x = x + cross(norm2(x), memory);  x = x + mlp(norm3(x))
  forward(x: Tensor, keyValue: Tensor, exists: Tensor | null, mode: Mode): Tensor {
    const drops = mode.training && this.dropout > 0;
    const sum = (from: Tensor, name: string, branch: (residual: Tensor | null) => Tensor): Tensor =>
      drops ? add(from, drop(branch(null), this.dropout, modeOf(mode, name))) : branch(from);
    return this.within(() => {
      const a = sum(x, 'self', (residual) => this.self.forward(this.norm1.forward(x), residual));
      const b = sum(a, 'cross', (residual) => this.cross.forward(this.norm2.forward(a), residual, keyValue, exists));
      return sum(b, 'mlp', (residual) => this.mlp.forward(this.norm3.forward(b), residual));
    });
  }

  /** x [rows, 1, width]: several rows of a sample are queries of one attention to its memory, which is not repeated. */
  step(
    x: Tensor,
    keyValue: Tensor,
    { batch, exists }: Memory,
    before: Tensor | null,
  ): { readonly y: Tensor; readonly keyValue: Tensor } {
    return this.within(() => {
      const [rows, , W] = x.shape;
      const own = this.self.step(this.norm1.forward(x), x, before);
      // [rows, 1, W] -> [B, rows / B, W]
      const a = reshape(own.y, [batch, rows / batch, W]);
      const b = this.cross.forward(this.norm2.forward(a), a, keyValue, exists);
      const c = this.mlp.forward(this.norm3.forward(b), b);
      return { y: reshape(c, [rows, 1, W]), keyValue: own.keyValue };
    });
  }
}

/** Token embedding + positions, blocks, norm, and the embedding again as the output projection (Press and Wolf 2017). */
export class SummaryHead extends Module {
  readonly kind = 'summary';
  readonly config: SummaryConfig;
  readonly embedding: Embedding;
  readonly positions: Parameter;
  readonly memoryNorm: LayerNorm;
  readonly blocks: readonly DecoderBlock[];
  readonly norm: LayerNorm;
  readonly outBias: Parameter;

  /** `inputs` is the width of the encoder's tokens. */
  constructor(scope: ParameterScope, config: SummaryConfig, inputs: number) {
    super(scope);
    const { vocabulary, length, width, layers, normEps = 1e-5 } = config;
    this.config = config;
    this.embedding = new Embedding(scope.child('embedding'), vocabulary, width);
    this.positions = scope.param('positions', [length, width], truncatedNormal(0.02), { decay: false });
    this.memoryNorm = new LayerNorm(scope.child('memoryNorm'), inputs, normEps);
    const blocks = scope.child('blocks');
    this.blocks = Array.from({ length: layers }, (_, i) => new DecoderBlock(blocks.child(`${i}`), config, inputs));
    this.norm = new LayerNorm(scope.child('norm'), width, normEps);
    this.outBias = scope.param('outBias', [vocabulary], zerosInit);
  }

  /** Of the encoder's tokens [B, S, inputs], once for a text. */
  memory({ x, padding }: Tokens): Memory {
    return this.within(() => {
      const [batch] = x.expect('B S inputs');
      const normed = this.memoryNorm.forward(x);
      return {
        batch,
        keyValues: this.blocks.map(({ cross }) => cross.keyValue.forward(normed)),
        exists: padding?.exists ?? null,
      };
    });
  }

  /** Teacher forcing: the encoder's tokens and written ids i32 [B, T], the begin first -> logits of the next ids [B, T, vocabulary]. */
  forward(tokens: Tokens, written: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const { length, dropout = 0 } = this.config;
      const [B, T] = written.shape;
      if (written.rank !== 2 || B !== tokens.x.shape[0] || T > length) {
        throw new ShapeError(
          'SummaryHead',
          `expected ids [${tokens.x.shape[0]}, T] with T up to ${length}, came ${showShape(written.shape)}`,
        );
      }
      const memory = this.memory(tokens);
      const stand = slice(this.positions.value, { axis: 0, end: T });
      let x = drop(add(this.embedding.forward(written), stand), dropout, modeOf(mode, 'embedding'));
      this.blocks.forEach((block, i) => {
        x = block.forward(x, memory.keyValues[i], memory.exists, modeOf(mode, i));
      });
      return reshape(this.#logits(x), [B, T, this.config.vocabulary]);
    });
  }

  /** One more id for each row, [rows] of `memory.batch` · beams: logits of the next ids [rows, vocabulary], and the cache behind it. */
  step(last: Int32Array, memory: Memory, before: Cache | null): { readonly logits: Tensor; readonly cache: Cache } {
    return this.within(() => {
      const { length, width } = this.config;
      const rows = last.length;
      const at = before === null ? 0 : before[0].shape[1];
      if (at >= length) throw new ArgumentError('SummaryHead', `a text has at most ${length} tokens; stop before`);
      const { backend } = memory.keyValues[0];
      const stand = slice(this.positions.value, { axis: 0, start: at, end: at + 1 });
      let x = add(this.embedding.forward(ids(last, [rows, 1], { backend })), reshape(stand, [1, 1, width]));
      const cache: Tensor[] = [];
      this.blocks.forEach((block, i) => {
        const { y, keyValue } = block.step(x, memory.keyValues[i], memory, before?.[i] ?? null);
        x = y;
        cache.push(keyValue);
      });
      return { logits: this.#logits(x), cache };
    });
  }

  /** [..., width] -> [rows, vocabulary]. */
  #logits(x: Tensor): Tensor {
    const rows = reshape(this.norm.forward(x), [-1, this.config.width]);
    return add(matmul(rows, this.embedding.weight.value, { transB: true }), this.outBias.value);
  }
}
