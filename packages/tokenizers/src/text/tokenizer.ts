// Texts as WordPiece ids (BERT). Masking happens in the ids, so the device half needs no mask token of its own.

import type { RawText } from '@omnigrad/data';
import {
  Embedding,
  type Mode,
  Module,
  type PaddingMask,
  type ParameterScope,
  type ReconstructionMask,
  type Tokens,
} from '@omnigrad/nn';
import { ids, type NumericArray, type RngKey, tensor } from '@omnigrad/tensor';
import type { MaskedBatch, Tokenizer } from '../contract.ts';
import { once } from '../shared/once.ts';
import { TokenEmbedding } from '../shared/token-embedding.ts';
import { checkText, type TextConfig } from './config.ts';
import { maskTexts } from './mask.ts';
import { orders } from './order.ts';
import { collateTexts, preprocessText, type TextArrays, type TextFeatures } from './preprocess.ts';
import { WordPiece } from './word-piece.ts';

export class TextTokenizer extends Module implements Tokenizer<RawText, TextFeatures, TextArrays> {
  readonly modality = 'text';
  readonly maskMethod = 'replace';
  readonly config: TextConfig;
  readonly tokenCount: number;
  readonly reconstruction: { readonly kind: 'ids'; readonly classes: number; readonly orderClasses: number };
  readonly pieces: Embedding;
  readonly embedding: TokenEmbedding;
  readonly #wordPiece: WordPiece;

  constructor(scope: ParameterScope, config: TextConfig, width: number) {
    super(scope);
    checkText(config);
    const classes = config.vocabulary.pieces.length;
    this.config = config;
    this.tokenCount = config.length;
    this.reconstruction = { kind: 'ids', classes, orderClasses: config.permute ? orders.length : 0 };
    this.pieces = new Embedding(scope.child('pieces'), classes, width);
    this.embedding = new TokenEmbedding(scope.child('embedding'), { tokens: config.length, width, masking: 'content' });
    this.#wordPiece = new WordPiece(config.vocabulary.pieces);
  }

  preprocess(raw: RawText, sample?: string): TextFeatures {
    return preprocessText(raw, this.config.length, this.#wordPiece, sample);
  }

  collate(features: readonly TextFeatures[]): TextArrays {
    return collateTexts(features, this.config.length);
  }

  mask(arrays: TextArrays, key: RngKey): MaskedBatch<TextArrays> {
    return maskTexts(arrays, key, this.config);
  }

  /** The arrays of mask() already show [MASK] in place of hidden pieces; the mask itself is only checked. */
  forward(arrays: TextArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const [B, T] = [arrays.batch, this.tokenCount];
      const x = this.embedding.forward(this.pieces.forward(ids(arrays.ids, [B, T])), mask);
      const padding: PaddingMask = { kind: 'padding', exists: tensor(this.#exists(arrays), [B, T], { dtype: 'bool' }) };
      return { x, padding };
    });
  }

  /** [B, T]: 1 where a piece is, 0 where padding is. */
  readonly #exists = once(({ batch, lengths }: TextArrays) => {
    const T = this.tokenCount;
    return Uint32Array.from({ length: batch * T }, (_, i) => Number(i % T < lengths[Math.floor(i / T)]));
  });

  uploads(arrays: TextArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    return [arrays.ids, ...this.embedding.uploads(mask), this.#exists(arrays)];
  }

  /** The pieces of some ids, for reports. */
  piecesOf(row: ArrayLike<number>): string[] {
    return Array.from(row, (id) => this.config.vocabulary.pieces[id] ?? '[UNK]');
  }
}
