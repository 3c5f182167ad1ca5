// Originals beside masked and reconstructed samples.

import type { ReconstructionMask } from '@omnigrad/nn';
import { type PatchArrays, type PatchNormalisation, withPredictions } from '@omnigrad/tokenizers';

export interface IllustratedItem {
  readonly original: number[];
  readonly masked: (number | null)[];
  readonly reconstructed: number[];
  /** Of a graph [edges, 2]. */
  readonly edges?: number[];
}

/** What a picture needs to know of a tokenizer. */
export interface PatchPicture {
  /** Numbers in a patch. */
  readonly width: number;
  /** How the targets of the predictions were normalised. */
  readonly normalise: PatchNormalisation;
  /** Patches [B, T, width] -> fields of all samples in the units a person knows, one after the other. */
  readonly toField: (patches: Float32Array) => ArrayLike<number>;
}

export const rounded = (x: number): number => Number(x.toPrecision(5));

/** predictions [B, Th, width] at mask.hidden -> one item a sample. */
export const illustratePatches = (
  { patches }: PatchArrays,
  mask: ReconstructionMask,
  predictions: Float32Array,
  { width, normalise, toField }: PatchPicture,
): IllustratedItem[] => {
  const original = toField(patches);
  // Two different blanks: positions that follow the blank are hidden, whatever the units.
  const [low, high] = [0, 1].map((blank) =>
    toField(withPredictions(patches, mask, null, { width, normalise: 'none', blank })),
  );
  const filled = toField(withPredictions(patches, mask, predictions, { width, normalise }));
  const size = original.length / mask.batch;
  return Array.from({ length: mask.batch }, (_, b) => {
    const places = Array.from({ length: size }, (_p, i) => b * size + i);
    return {
      original: places.map((i) => rounded(original[i])),
      masked: places.map((i) => (low[i] === high[i] ? rounded(original[i]) : null)),
      reconstructed: places.map((i) => rounded(filled[i])),
    };
  });
};
