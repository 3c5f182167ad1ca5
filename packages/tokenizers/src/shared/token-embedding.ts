// What every tokenizer adds to its tokens: a learned position where they have an order, a learned vector of the modality, and the mask.

import { Module, type Parameter, type ParameterScope, type ReconstructionMask, truncatedNormal } from '@omnigrad/nn';
import { ArgumentError, add, gatherRows, ids, type NumericArray, type Tensor, tensor, where } from '@omnigrad/tensor';
import type { MaskMethod } from '../contract.ts';
import { hiddenFlags } from './draw-mask.ts';
import { once } from './once.ts';

/** [B, T]: 1 where a token is hidden. */
const hiddenOf = once((mask: ReconstructionMask) =>
  Uint32Array.from(hiddenFlags(mask, (mask.visible.length + mask.hidden.length) / mask.batch)),
);

const init = truncatedNormal(0.02);
/**
 * Positions begin as strong as the content (patches have RMS 0.5 to 0.9 after their projection). At BERT's 0.02 they
 * drown in it: 400 steps of MNIST ended at 75 % instead of 89 % (2026-11-23).
 */
const positionInit = truncatedNormal(1);
const noDecay = { decay: false };

export interface TokenEmbeddingOptions {
  readonly tokens: number;
  readonly width: number;
  /** 'content': masked tokens are already replaced in the input (ids of [MASK]), nothing is learned for them here. */
  readonly masking: MaskMethod | 'content';
  /** Whether the number of a token says where it stands. Default true; else `context` must. */
  readonly ordered?: boolean;
}

export class TokenEmbedding extends Module {
  readonly options: TokenEmbeddingOptions;
  /** [tokens, width], of ordered tokens. */
  readonly positions: Parameter | null;
  /** [width] */
  readonly modality: Parameter;
  /** [width], for method 'replace'. */
  readonly maskToken: Parameter | null;

  constructor(scope: ParameterScope, options: TokenEmbeddingOptions) {
    super(scope);
    const { tokens, width, masking, ordered = true } = options;
    this.options = options;
    this.positions = ordered ? scope.param('positions', [tokens, width], positionInit, noDecay) : null;
    this.modality = scope.param('modality', [width], init, noDecay);
    this.maskToken = masking === 'replace' ? scope.param('maskToken', [width], init, noDecay) : null;
  }

  /** The host arrays that forward() uploads. */
  uploads(mask?: ReconstructionMask): readonly NumericArray[] {
    if (mask === undefined) return [];
    return [
      ...(this.maskToken === null ? [] : [hiddenOf(mask)]),
      ...(this.options.masking === 'drop' ? [mask.visible] : []),
    ];
  }

  /**
   * content [B, T, width] -> [B, T, width], or [B, Tv, width] with a mask and 'drop'. `context`, broadcast to the content,
   * is added like a position: hidden tokens keep it. Throws ArgumentError for a mask of other sizes.
   */
  forward(content: Tensor, mask?: ReconstructionMask, context?: Tensor): Tensor {
    return this.within(() => {
      const [B, T] = content.expect('B T width');
      const { backend } = content;
      if (mask !== undefined) checkMask(mask, B, T);
      let x = content;
      if (mask !== undefined && this.maskToken !== null) {
        // [B, T, 1] ? [width] : [B, T, width]
        const hidden = tensor(hiddenOf(mask), [B, T, 1], { dtype: 'bool', backend });
        x = where(hidden, this.maskToken.value, x);
      }
      if (context !== undefined) x = add(x, context);
      // Positions come before tokens are dropped: a visible token must say where it stood.
      const own = this.modality.value;
      x = add(x, this.positions === null ? own : add(this.positions.value, own));
      if (mask === undefined || this.options.masking !== 'drop') return x;
      return gatherRows(x, ids(mask.visible, [B, mask.visible.length / B], { backend }));
    });
  }
}

const checkMask = (mask: ReconstructionMask, batch: number, tokens: number): void => {
  const total = mask.visible.length + mask.hidden.length;
  if (mask.batch !== batch || total !== batch * tokens) {
    throw new ArgumentError(
      'TokenEmbedding',
      `the mask is for ${mask.batch} samples of ${total / mask.batch} tokens, came ${batch} of ${tokens}; use the mask that mask() gave with these arrays`,
    );
  }
};
