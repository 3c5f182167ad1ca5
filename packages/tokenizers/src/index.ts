// Six modalities, each: raw sample -> features -> arrays (host), arrays -> tokens (device), masks and their targets.

export * from './audio/config.ts';
export * from './audio/preprocess.ts';
export * from './audio/tokenizer.ts';
export * from './contract.ts';
export * from './image/config.ts';
export * from './image/preprocess.ts';
export * from './image/tokenizer.ts';
export * from './imu/config.ts';
export * from './imu/preprocess.ts';
export * from './imu/tokenizer.ts';
export * from './shared/draw-mask.ts';
export { once } from './shared/once.ts';
export * from './shared/patch-grid.ts';
export { patchMoments, patchTarget, withPredictions } from './shared/patch-target.ts';
export * from './shared/token-embedding.ts';
export * from './tabular/config.ts';
export * from './tabular/preprocess.ts';
export * from './tabular/tokenizer.ts';
export * from './text/config.ts';
export * from './text/order.ts';
export * from './text/preprocess.ts';
export * from './text/tokenizer.ts';
export * from './text/vocabulary.ts';
export * from './timeseries/config.ts';
export * from './timeseries/instance-norm.ts';
export * from './timeseries/preprocess.ts';
export * from './timeseries/tokenizer.ts';
