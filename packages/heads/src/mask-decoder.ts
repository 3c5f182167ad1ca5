// Mask decoders: from the features of a masked sample to its hidden tokens. Light (one block by default), one for each
// modality, used by stages 1 and 2 and then dropped.

import {
  LayerNorm,
  Linear,
  type Mode,
  Module,
  modeOf,
  type Parameter,
  type ParameterScope,
  type ReconstructionMask,
  type Tokens,
  truncatedNormal,
} from '@omnigrad/nn';
import {
  add,
  concat,
  embedding,
  expand,
  gatherRows,
  gelu,
  ids,
  reshape,
  ShapeError,
  sameShape,
  showShape,
  slice,
  type Tensor,
} from '@omnigrad/tensor';
import { Transformer, type TransformerConfig } from '@omnigrad/trunk';

/** What is predicted at a hidden token; mirrors the tokenizer's ReconstructionShape. */
export type DecoderOutput =
  | { readonly kind: 'values'; readonly width: number }
  | { readonly kind: 'points'; readonly points: number }
  | { readonly kind: 'cosine'; readonly width: number }
  | { readonly kind: 'ids'; readonly classes: number; readonly orderClasses: number }
  | { readonly kind: 'columns'; readonly categories: readonly number[] };

export interface MaskDecoderConfig {
  /** Width of the features that come in. */
  readonly inputs: number;
  readonly transformer: TransformerConfig;
  /** Tokens of a whole sample. */
  readonly tokens: number;
  /** Whether f saw only the visible tokens ('drop') or all of them ('replace'). */
  readonly method: 'drop' | 'replace';
  readonly output: DecoderOutput;
  /** Numbers that say where a token stands, given to forward(). Default 0: its number says it. */
  readonly placeWidth?: number;
}

export interface Decoded {
  /** [B, Th, outputs] at the hidden tokens. */
  readonly hidden: Tensor;
  /** [B, orderClasses], for text. */
  readonly order: Tensor | null;
}

/** Columns: one value each for numeric ones, then the logits of each categorical one. */
export const columnOutputs = (categories: readonly number[]): number =>
  categories.reduce((n, c) => n + Math.max(1, c), 0);

const outputsOf = (output: DecoderOutput): number => {
  switch (output.kind) {
    case 'values':
    case 'cosine':
      return output.width;
    case 'points':
      return 3 * output.points;
    case 'ids':
      return output.classes;
    case 'columns':
      return columnOutputs(output.categories);
  }
};

export class MaskDecoder extends Module {
  readonly config: MaskDecoderConfig;
  readonly embed: Linear;
  readonly maskToken: Parameter | null;
  /** [tokens, width], where the number of a token says where it stands; else it is told by `places`. */
  readonly positions: Parameter | null;
  /** Two layers: placeWidth -> width -> width. */
  readonly places: readonly [Linear, Linear] | null;
  readonly transformer: Transformer;
  readonly norm: LayerNorm;
  readonly out: Linear;
  readonly order: Linear | null;

  constructor(scope: ParameterScope, config: MaskDecoderConfig) {
    super(scope);
    this.config = config;
    const { width } = config.transformer;
    this.embed = new Linear(scope.child('embed'), config.inputs, width);
    this.maskToken =
      config.method === 'drop' ? scope.param('maskToken', [width], truncatedNormal(0.02), { decay: false }) : null;
    const { tokens, placeWidth = 0 } = config;
    this.positions =
      placeWidth === 0 ? scope.param('positions', [tokens, width], truncatedNormal(0.02), { decay: false }) : null;
    this.places =
      placeWidth === 0
        ? null
        : [
            new Linear(scope.child('places').child('0'), placeWidth, width),
            new Linear(scope.child('places').child('1'), width, width),
          ];
    this.transformer = new Transformer(scope.child('transformer'), config.transformer);
    this.norm = new LayerNorm(scope.child('norm'), width);
    this.out = new Linear(scope.child('out'), width, outputsOf(config.output));
    this.order =
      config.output.kind === 'ids' && config.output.orderClasses > 0
        ? new Linear(scope.child('order'), width, config.output.orderClasses)
        : null;
  }

  /** tokens [B, 1 + Tk, inputs], Tk the tokens f saw, and places [B, T, placeWidth] -> predictions at `mask.hidden`. */
  forward(tokens: Tokens, mask: ReconstructionMask, mode: Mode, places: Tensor | null = null): Decoded {
    return this.within(() => {
      const [B, T] = tokens.x.expect('B T inputs');
      const seenCount = this.maskToken === null ? this.config.tokens : mask.visible.length / mask.batch;
      if (B !== mask.batch || T !== 1 + seenCount) {
        throw new ShapeError(
          'MaskDecoder',
          `a mask of ${mask.batch} samples wants [${mask.batch}, 1 + ${seenCount}, inputs], came ${showShape(tokens.x.shape)}`,
        );
      }
      const stand = this.#stand(places, B);
      const { backend } = tokens.x;
      const hiddenCount = mask.hidden.length / B;
      const embedded = this.embed.forward(tokens.x);
      const first = slice(embedded, { axis: 1, start: 0, end: 1 });
      const seen = slice(embedded, { axis: 1, start: 1 });
      const hiddenIds = ids(mask.hidden, [B, hiddenCount], { backend });
      let x: Tensor;
      if (this.maskToken !== null) {
        const width = seen.shape[2];
        const visibleIds = ids(mask.visible, [B, seenCount], { backend });
        // [width] -> [1, 1, width] -> [B, Th, width]
        const blank = expand(reshape(this.maskToken.value, [1, 1, width]), [B, hiddenCount, width]);
        x = concat([first, add(seen, this.#at(stand, visibleIds)), add(blank, this.#at(stand, hiddenIds))], {
          axis: 1,
        });
      } else {
        x = concat([first, add(seen, stand)], { axis: 1 });
      }
      const padding = this.maskToken === null ? tokens.padding : null;
      const y = this.norm.forward(this.transformer.forward({ x, padding }, modeOf(mode, 'decoder')).x);
      const all = slice(y, { axis: 1, start: 1 });
      const picked =
        this.maskToken !== null
          ? slice(all, { axis: 1, start: all.shape[1] - hiddenCount })
          : gatherRows(all, hiddenIds);
      const classToken = reshape(slice(y, { axis: 1, start: 0, end: 1 }), [B, y.shape[2]]);
      return { hidden: this.out.forward(picked), order: this.order?.forward(classToken) ?? null };
    });
  }

  /** What says where tokens stand: [T, width], or [B, T, width]. */
  #stand(places: Tensor | null, batch: number): Tensor {
    if (this.positions !== null) return this.positions.value;
    const { tokens, placeWidth = 0 } = this.config;
    const wanted = [batch, tokens, placeWidth];
    if (this.places === null || places === null || !sameShape(places.shape, wanted)) {
      const came = places === null ? 'none' : showShape(places.shape);
      throw new ShapeError(
        'MaskDecoder',
        `expected places ${showShape(wanted)}, came ${came}; pass those that mask() gave`,
      );
    }
    const [first, second] = this.places;
    return second.forward(gelu(first.forward(places)));
  }

  #at(stand: Tensor, tokens: Tensor): Tensor {
    return stand.rank === 2 ? embedding(stand, tokens) : gatherRows(stand, tokens);
  }
}
