export * from './config.ts';
export * from './transformer.ts';
export * from './trunk.ts';
