// Which tokens are hidden: always the same number in every sample, so that batches stay rectangular. Host code; the
// words come from Philox under a key of each sample, so a mask depends on nothing but the key and the sizes.

import type { ReconstructionMask } from '@omnigrad/nn';
import { ArgumentError, foldKey, type RngKey, randomBelow, randomPermutation } from '@omnigrad/tensor';
import type { MaskMethod } from '../contract.ts';

export type MaskConfig =
  | {
      /** Each set of tokens is as likely as any other. */
      readonly kind: 'random';
      /** Share of the tokens that is hidden, in (0, 1). */
      readonly ratio: number;
      readonly method: MaskMethod;
    }
  | {
      /** Runs of neighbouring tokens with at least one visible token between them. */
      readonly kind: 'spans';
      readonly ratio: number;
      /** Shortest and longest run, in tokens. */
      readonly minSpan: number;
      readonly maxSpan: number;
      readonly method: MaskMethod;
    };

/** round(ratio · tokens), but at least 1 and at most tokens - 1. */
export const hiddenCount = (ratio: number, tokens: number): number =>
  Math.min(tokens - 1, Math.max(1, Math.round(ratio * tokens)));

/** Throws ArgumentError for a mask that cannot be drawn over `tokens` tokens. */
export const checkMaskConfig = (tokenizer: string, config: MaskConfig, tokens: number): void => {
  if (!(config.ratio > 0 && config.ratio < 1)) {
    throw new ArgumentError(tokenizer, `mask ratio ${config.ratio} is not between 0 and 1`);
  }
  if (tokens < 2) {
    throw new ArgumentError(tokenizer, `${tokens} token cannot be split into hidden and visible; use smaller patches`);
  }
  if (config.kind === 'spans') drawMask(config, [0, 0], 1, tokens);
};

export const drawMask = (config: MaskConfig, key: RngKey, batch: number, tokens: number): ReconstructionMask => {
  const count = hiddenCount(config.ratio, tokens);
  return config.kind === 'random'
    ? randomMask(key, batch, tokens, count)
    : spanMask(key, batch, tokens, count, config.minSpan, config.maxSpan);
};

/** The hidden tokens of each sample -> a mask; both lists ascend inside a sample. */
export const maskOf = (hiddenPerSample: readonly ArrayLike<number>[], tokens: number): ReconstructionMask => {
  const batch = hiddenPerSample.length;
  const count = hiddenPerSample[0].length;
  const hidden = new Int32Array(batch * count);
  const visible = new Int32Array(batch * (tokens - count));
  hiddenPerSample.forEach((list, b) => {
    const isHidden = new Uint8Array(tokens);
    for (let i = 0; i < count; i++) isHidden[list[i]] = 1;
    let h = b * count;
    let v = b * (tokens - count);
    for (let t = 0; t < tokens; t++) {
      if (isHidden[t] === 1) hidden[h++] = t;
      else visible[v++] = t;
    }
  });
  return { kind: 'reconstruction', visible, hidden, batch };
};

/** Hides `count` tokens of each sample: the first of a random order, argsort of one Philox word a token (MAE's shuffle). */
export const randomMask = (key: RngKey, batch: number, tokens: number, count: number): ReconstructionMask => {
  if (!(Number.isInteger(count) && count >= 1 && count < tokens)) {
    throw new ArgumentError('randomMask', `cannot hide ${count} of ${tokens} tokens; hide 1 to ${tokens - 1}`);
  }
  const samples = Array.from({ length: batch }, (_, b) =>
    randomPermutation(foldKey(key, b), tokens).subarray(0, count),
  );
  return maskOf(samples, tokens);
};

/** Whether `n` is a sum of lengths from min to max. */
const divisible = (n: number, min: number, max: number): boolean => Math.ceil(n / max) * min <= n;

/** Span lengths that add up to `count`, each drawn among those that leave a rest which can be filled. */
const drawLengths = (key: RngKey, count: number, min: number, max: number): number[] => {
  const lengths: number[] = [];
  let left = count;
  while (left > 0) {
    const fits: number[] = [];
    for (let n = min; n <= Math.min(max, left); n++) if (divisible(left - n, min, max)) fits.push(n);
    const length = fits[randomBelow(foldKey(key, lengths.length), fits.length)];
    lengths.push(length);
    left -= length;
  }
  return lengths;
};

/**
 * Hides `count` tokens of each sample in spans of `min` to `max` tokens, a visible token between any two. Given the
 * lengths, every placement is equally likely. Throws ArgumentError where the sizes allow no such mask.
 */
export const spanMask = (
  key: RngKey,
  batch: number,
  tokens: number,
  count: number,
  min: number,
  max: number,
): ReconstructionMask => {
  const wellFormed =
    [count, min, max].every(Number.isInteger) && min >= 1 && max >= min && count >= 1 && count < tokens;
  // The most spans that can be drawn need the most gaps.
  if (!wellFormed || !divisible(count, min, max) || Math.floor(count / min) - 1 > tokens - count) {
    throw new ArgumentError(
      'spanMask',
      `cannot hide ${count} of ${tokens} tokens in separate spans of ${min} to ${max}; change the ratio or the spans`,
    );
  }
  const samples = Array.from({ length: batch }, (_, b) => {
    const own = foldKey(key, b);
    const lengths = drawLengths(foldKey(own, 'lengths'), count, min, max);
    // Stars and bars: one visible token is tied to each span but the last; the spans stand among the rest.
    const free = tokens - count - (lengths.length - 1);
    const bars = randomPermutation(foldKey(own, 'places'), free + lengths.length)
      .subarray(0, lengths.length)
      .sort();
    const hidden: number[] = [];
    let before = 0;
    lengths.forEach((length, s) => {
      // bars[s] counts the free tokens and the spans in front of span s; s spans brought their tied token.
      const start = bars[s] + before;
      for (let i = 0; i < length; i++) hidden.push(start + i);
      before += length;
    });
    return hidden;
  });
  return maskOf(samples, tokens);
};

/** One byte a token [batch, tokens]: 1 where it is hidden. */
export const hiddenFlags = (mask: ReconstructionMask, tokens: number): Uint8Array => {
  const flags = new Uint8Array(mask.batch * tokens);
  const count = mask.hidden.length / mask.batch;
  mask.hidden.forEach((token, i) => {
    flags[Math.floor(i / count) * tokens + token] = 1;
  });
  return flags;
};
