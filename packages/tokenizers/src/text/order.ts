// Sentence permutation: a text is cut into three segments, at ends of sentences where it has them, and shuffled.
// The published summary names the objective but not its target; telling the order (one of six) is this project's choice.

/** Order `p` shows segment p[0] first, then p[1], then p[2]. */
export const orders: readonly (readonly [number, number, number])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

const nearest = (places: readonly number[], wanted: number): number =>
  places.reduce((best, place) => (Math.abs(place - wanted) < Math.abs(best - wanted) ? place : best));

/**
 * Where the second and the third segment begin in `n` pieces: the ends of sentences nearest to the thirds, or the thirds
 * themselves where there are fewer than two such ends. Null for fewer than three pieces.
 */
export const segmentStarts = (ends: Uint8Array, n: number): readonly [number, number] | null => {
  if (n < 3) return null;
  const places: number[] = [];
  for (let i = 1; i < n; i++) if (ends[i - 1] === 1) places.push(i);
  if (places.length < 2) return [Math.round(n / 3), Math.round((2 * n) / 3)];
  const first = nearest(places.slice(0, -1), n / 3);
  return [
    first,
    nearest(
      places.filter((place) => place > first),
      (2 * n) / 3,
    ),
  ];
};

/** Old position of each new one when the segments stand in the given order. */
export const shuffledPositions = (n: number, [second, third]: readonly [number, number], order: number): Int32Array => {
  const starts = [0, second, third, n];
  const out = new Int32Array(n);
  let at = 0;
  for (const segment of orders[order]) {
    for (let i = starts[segment]; i < starts[segment + 1]; i++) out[at++] = i;
  }
  return out;
};
