// The one anatomy of a tokenizer. Every modality folder has config, preprocess (raw -> arrays, pure host code),
// tokenizer (arrays -> tokens, on the device), mask and target. The host half needs no tensors and is tested with numbers.

import type { Modality } from '@omnigrad/data';
import type { Mode, ReconstructionMask, Tokens } from '@omnigrad/nn';
import type { NumericArray, RngKey } from '@omnigrad/tensor';

/** How hidden tokens reach f: left out of the sequence (MAE), or replaced by a learned or special token (BERT). */
export type MaskMethod = 'drop' | 'replace';

/** What a mask decoder must predict at the hidden tokens, host numbers in the order of `mask.hidden`. */
export type ReconstructionTarget =
  /** values [B, Th, width], mean squared error. */
  | { readonly kind: 'values'; readonly values: Float32Array; readonly width: number }
  /** values [B, Th, points, 3]: sets of points, by the Chamfer distance of squares. */
  | { readonly kind: 'points'; readonly values: Float32Array; readonly points: number }
  /** values [B, Th, width] of which only the direction counts: the mean of (1 - cosine)^exponent, weighted by weights [B, Th]. */
  | {
      readonly kind: 'cosine';
      readonly values: Float32Array;
      readonly weights: Float32Array;
      readonly width: number;
      readonly exponent: number;
    }
  /** ids [B, Th] below `classes`, cross entropy; -100 is ignored. */
  | { readonly kind: 'ids'; readonly ids: Int32Array; readonly classes: number }
  /**
   * Columns [B, Th]: a hidden token is a numeric column (regress values[t]) or a categorical one with
   * `categories[column]` classes (0 for numeric columns). `weights` is 1 where `values` holds a number to regress and 0
   * elsewhere; `ids` is -100 where there is no class. A missing value has weight 0 and id -100: it is ignored.
   */
  | {
      readonly kind: 'columns';
      readonly columns: Int32Array;
      readonly values: Float32Array;
      readonly weights: Float32Array;
      readonly ids: Int32Array;
      readonly categories: readonly number[];
    };

/** A second, whole-sample target beside the tokens [B]: the order of shuffled segments, as one of `classes` permutations; -100 is ignored. */
export interface OrderTarget {
  readonly ids: Int32Array;
  readonly classes: number;
}

/** A batch ready for masked pretraining. `arrays` may be corrupted copies ([MASK] ids, shuffled sentences). */
export interface MaskedBatch<Arrays> {
  readonly arrays: Arrays;
  readonly mask: ReconstructionMask;
  readonly target: ReconstructionTarget;
  readonly order: OrderTarget | null;
  /** Where all tokens stand, hidden ones too [B, T, placeWidth]: for tokens whose number says nothing. */
  readonly places?: Float32Array;
}

/** A raw sample changed at random: the same key gives the same change. The sample that is given is left as it is. */
export type Augment<Raw> = (raw: Raw, key: RngKey) => Raw;

/** The samples of a batch, each mixed with another: `shares[i]` of itself and the rest of sample `partners[i]`. */
export interface MixedSamples<Raw> {
  readonly samples: readonly Raw[];
  readonly partners: Int32Array;
  readonly shares: Float32Array;
}

export type MixSamples<Raw> = (raws: readonly Raw[], key: RngKey) => MixedSamples<Raw>;

/**
 * Raw: what `data` gives. Features: one prepared sample, cacheable. Arrays: a collated batch.
 * B is the batch size, T = `tokenCount`.
 */
export interface Tokenizer<Raw, Features, Arrays> {
  readonly modality: Modality;
  /** Tokens of every sample (padded ones included). */
  readonly tokenCount: number;
  readonly maskMethod: MaskMethod;
  /** Numbers that say where a token stands, which mask() gives for the decoder. Left out where the token's number says it. */
  readonly placeWidth?: number;
  /** Output width of the mask decoder: values of a token, or classes of an id; for columns see ReconstructionTarget. */
  readonly reconstruction: ReconstructionShape;
  /** Pure and deterministic; errors name the place and, where it is given, the sample. */
  preprocess(raw: Raw, sample?: string): Features;
  /** Arrays of its own, which share no buffer with the features: a thread may hand them over. */
  collate(features: readonly Features[]): Arrays;
  /** Draws the hidden tokens and makes the targets. The same key gives the same batch. */
  mask(arrays: Arrays, key: RngKey): MaskedBatch<Arrays>;
  /**
   * Arrays to tokens [B, T, width], positions and modality embedded. With a mask and method 'replace', hidden tokens
   * carry the mask token; with 'drop' only the visible ones are returned, [B, Tv, width].
   */
  forward(arrays: Arrays, mode: Mode, mask?: ReconstructionMask): Tokens;
  /**
   * The host arrays that `forward` of the same arguments uploads, every one of them, itself and no copy, in an order that
   * the sizes alone decide: the inputs of a captured step. Neither `arrays` nor `mask` may change afterwards.
   */
  uploads(arrays: Arrays, mask?: ReconstructionMask): readonly NumericArray[];
}

/** What a decoder for this modality must be able to emit, fixed at construction. */
export type ReconstructionShape =
  | { readonly kind: 'values'; readonly width: number }
  | { readonly kind: 'points'; readonly points: number }
  | { readonly kind: 'cosine'; readonly width: number }
  | { readonly kind: 'ids'; readonly classes: number; readonly orderClasses: number }
  | { readonly kind: 'columns'; readonly categories: readonly number[] };
