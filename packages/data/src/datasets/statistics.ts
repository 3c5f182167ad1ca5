// Mean and standard deviation of columns, with the two rules that standardisation needs: population deviation, and 1
// where a column is constant.

/** `rows` yields blocks of `[steps, channels]`; the result is one mean and deviation a channel, over all blocks. */
export function channelMoments(blocks: Iterable<Float32Array>, channels: number): { mean: number; std: number }[] {
  const list = [...blocks];
  const count = list.reduce((total, block) => total + block.length / channels, 0);
  return Array.from({ length: channels }, (_, channel) => {
    // Two passes: the one-pass formula cancels for a channel far from zero.
    let sum = 0;
    for (const block of list) for (let at = channel; at < block.length; at += channels) sum += block[at];
    const mean = sum / count;
    let squares = 0;
    for (const block of list)
      for (let at = channel; at < block.length; at += channels) squares += (block[at] - mean) ** 2;
    return { mean, std: safeStd(squares / count) };
  });
}

/** Over the values that are present. With none at all: mean 0, deviation 1. */
export function presentMoments(values: readonly (number | null)[]): { mean: number; std: number } {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return { mean: 0, std: 1 };
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
  return { mean, std: safeStd(variance) };
}

function safeStd(variance: number): number {
  return variance > 0 ? Math.sqrt(variance) : 1;
}
