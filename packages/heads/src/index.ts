export * from './losses.ts';
export * from './mask-decoder.ts';
export * from './metrics.ts';
export * from './pooling.ts';
export * from './task-head.ts';
