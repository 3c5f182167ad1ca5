// Inputs of the benchmarks that need no weights, and the number by which programs are compared.

/** Elements that a checksum looks at. */
export const checkedElements = 1024;

/**
 * scale · ((7919 i + 104729 seed) mod 10007) / 10007 + shift, in f32: the same numbers in every language (peers/torch_peer.py).
 */
export const operand = (seed: number, n: number, scale = 1, shift = 0): Float32Array => {
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = (scale * ((7919 * i + 104729 * seed) % 10007)) / 10007 + shift;
  return values;
};

/** Σ (1 + i mod 7) y², over the first elements. */
export const checksum = (y: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < Math.min(y.length, checkedElements); i++) sum += (1 + (i % 7)) * y[i] ** 2;
  return sum;
};
