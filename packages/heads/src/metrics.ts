// Metrics on host numbers, by their published definitions; each states its source and its rule for ties and empty classes.

export * from './metrics/classification.ts';
export * from './metrics/confusion.ts';
export * from './metrics/corruption.ts';
export * from './metrics/ranking.ts';
export * from './metrics/regression.ts';
export * from './metrics/reidentification.ts';
export * from './metrics/retrieval.ts';
export * from './metrics/rouge.ts';
