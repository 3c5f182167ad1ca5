// Losses of two items, mixed as a stage mixes them.

export const defaultTracker: readonly (readonly [string, number])[] = [
  ['a', 10],
  ['b', 1],
  ['a', 8],
  ['a', 6],
  ['b', 1],
  ['a', 4],
  ['b', 1],
  ['a', 2],
];
