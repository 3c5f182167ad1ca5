// Targets of hidden patches, plain or normalised patch by patch, and the way back from predictions to fields.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';

/** Keeps a flat patch finite: it becomes 0, not 0 / 0 (MAE, norm_pix_loss). */
const variancePadding = 1e-6;

/** Mean, and √(var + 1e-6) with var over n - 1, of patch `index`. */
export const patchMoments = (patches: Float32Array, index: number, width: number): { mean: number; std: number } => {
  const patch = patches.subarray(index * width, (index + 1) * width);
  let mean = 0;
  for (const x of patch) mean += x;
  mean /= width;
  let squares = 0;
  for (const x of patch) squares += (x - mean) ** 2;
  return { mean, std: Math.sqrt(squares / Math.max(1, width - 1) + variancePadding) };
};

/** Calls `visit` with each hidden token's place in the target and in the patches. */
const walkHidden = (mask: ReconstructionMask, tokens: number, visit: (at: number, index: number) => void): void => {
  const count = mask.hidden.length / mask.batch;
  for (const [at, token] of mask.hidden.entries()) visit(at, Math.floor(at / count) * tokens + token);
};

/**
 * values [B, Th, width] of patches [B, T, width] at the hidden tokens. Normalised: (x - mean) / std of its own patch,
 * so that the loss asks for shape rather than brightness.
 */
export const patchTarget = (
  patches: Float32Array,
  mask: ReconstructionMask,
  width: number,
  normalise: boolean,
): ReconstructionTarget => {
  const values = new Float32Array(mask.hidden.length * width);
  walkHidden(mask, patches.length / (mask.batch * width), (at, index) => {
    const { mean, std } = normalise ? patchMoments(patches, index, width) : { mean: 0, std: 1 };
    for (let i = 0; i < width; i++) values[at * width + i] = (patches[index * width + i] - mean) / std;
  });
  return { kind: 'values', values, width };
};

/**
 * A copy of the patches with the hidden ones replaced by predictions [B, Th, width] (null: by `blank`). Normalised
 * predictions get the mean and deviation of the true patch back, as MAE's pictures do: for looking at, not for scoring.
 */
export const withPredictions = (
  patches: Float32Array,
  mask: ReconstructionMask,
  predicted: ArrayLike<number> | null,
  { width, normalised, blank = 0 }: { readonly width: number; readonly normalised: boolean; readonly blank?: number },
): Float32Array => {
  const out = patches.slice();
  walkHidden(mask, patches.length / (mask.batch * width), (at, index) => {
    const { mean, std } = normalised ? patchMoments(patches, index, width) : { mean: 0, std: 1 };
    for (let i = 0; i < width; i++) {
      out[index * width + i] = predicted === null ? blank : predicted[at * width + i] * std + mean;
    }
  });
  return out;
};
