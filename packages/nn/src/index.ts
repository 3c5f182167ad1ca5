export * from './adamw.ts';
export * from './gradients.ts';
export * from './init.ts';
export * from './layers/index.ts';
export * from './module.ts';
export * from './parameters.ts';
export * from './schedule.ts';
export * from './tokens.ts';
