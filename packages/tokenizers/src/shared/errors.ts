// One line of error for what cannot be tokenised: who refused, which sample, expected, came, the way out.

import { ArgumentError } from '@omnigrad/tensor';

export interface Refusal {
  readonly expected: string;
  readonly came: string;
  readonly fix: string;
}

/** `ImageTokenizer: sample "mnist-7": expected X, came Y; fix`. The sample is left out where its name is not known. */
export const sampleError = (tokenizer: string, sample: string | undefined, refusal: Refusal): ArgumentError => {
  const where = sample === undefined ? '' : `sample "${sample}": `;
  return new ArgumentError(tokenizer, `${where}expected ${refusal.expected}, came ${refusal.came}; ${refusal.fix}`);
};

/** Throws for the first number that is not finite; `place` says where it is. */
export const checkFinite = (
  tokenizer: string,
  sample: string | undefined,
  values: ArrayLike<number>,
  place: (index: number) => string,
): void => {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw sampleError(tokenizer, sample, {
      expected: `a finite number at ${place(i)}`,
      came: `${values[i]}`,
      fix: 'clean the data before tokenizing',
    });
  }
};

/** Throws unless mean is finite and std positive, for each pair. */
export const checkMoments = (
  tokenizer: string,
  moments: readonly { readonly mean: number; readonly std: number; readonly name?: string }[],
): void => {
  moments.forEach(({ mean, std, name }, i) => {
    if (Number.isFinite(mean) && std > 0 && Number.isFinite(std)) return;
    throw new ArgumentError(
      tokenizer,
      `channel ${name ?? i} has mean ${mean} and std ${std}; std must be above 0 (use 1 for a constant channel)`,
    );
  });
};
