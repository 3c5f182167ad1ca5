export * from './cross-attention.ts';
export * from './fusion.ts';
