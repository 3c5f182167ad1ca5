// Targets of hidden patches, plain or normalised patch by patch, and the way back from predictions to fields.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';

/** Keeps a flat patch finite: it becomes 0, not 0 / 0 (MAE, norm_pix_loss). */
const variancePadding = 1e-6;

/** How targets are normalised: not at all, each patch by all its numbers, or each of its `channels` (the fastest axis) by its own. */
export type PatchNormalisation = 'none' | 'patch' | { readonly channels: number };

interface Moments {
  readonly mean: number;
  readonly std: number;
}

/** Mean, and √(var + 1e-6) with var over n - 1, of patch `index`, or of one of its interleaved channels. */
export const patchMoments = (
  patches: Float32Array,
  index: number,
  width: number,
  channel = 0,
  channels = 1,
): Moments => {
  const n = width / channels;
  const first = index * width + channel;
  const end = (index + 1) * width;
  let mean = 0;
  for (let i = first; i < end; i += channels) mean += patches[i];
  mean /= n;
  let squares = 0;
  for (let i = first; i < end; i += channels) squares += (patches[i] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / Math.max(1, n - 1) + variancePadding) };
};

const asItIs: Moments = { mean: 0, std: 1 };

/** The moments by which number i of patch `index` is normalised. */
const momentsOf = (
  patches: Float32Array,
  index: number,
  width: number,
  normalise: PatchNormalisation,
): ((i: number) => Moments) => {
  if (normalise === 'none') return () => asItIs;
  const channels = normalise === 'patch' ? 1 : normalise.channels;
  const own = Array.from({ length: channels }, (_, c) => patchMoments(patches, index, width, c, channels));
  return (i) => own[i % channels];
};

/** Calls `visit` with each hidden token's place in the target and in the patches. */
const walkHidden = (mask: ReconstructionMask, tokens: number, visit: (at: number, index: number) => void): void => {
  const count = mask.hidden.length / mask.batch;
  for (const [at, token] of mask.hidden.entries()) visit(at, Math.floor(at / count) * tokens + token);
};

/**
 * values [B, Th, width] of patches [B, T, width] at the hidden tokens. Normalised: (x - mean) / std of its own patch
 * (or of its channel there: VideoMAE), so that the loss asks for shape rather than brightness.
 */
export const patchTarget = (
  patches: Float32Array,
  mask: ReconstructionMask,
  width: number,
  normalise: PatchNormalisation,
): ReconstructionTarget => {
  const values = new Float32Array(mask.hidden.length * width);
  walkHidden(mask, patches.length / (mask.batch * width), (at, index) => {
    const moments = momentsOf(patches, index, width, normalise);
    for (let i = 0; i < width; i++) {
      const { mean, std } = moments(i);
      values[at * width + i] = (patches[index * width + i] - mean) / std;
    }
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
  {
    width,
    normalise,
    blank = 0,
  }: { readonly width: number; readonly normalise: PatchNormalisation; readonly blank?: number },
): Float32Array => {
  const out = patches.slice();
  walkHidden(mask, patches.length / (mask.batch * width), (at, index) => {
    const moments = momentsOf(patches, index, width, normalise);
    for (let i = 0; i < width; i++) {
      const { mean, std } = moments(i);
      out[index * width + i] = predicted === null ? blank : predicted[at * width + i] * std + mean;
    }
  });
  return out;
};
