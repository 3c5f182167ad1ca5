export * from './attention.ts';
export * from './convolution.ts';
export * from './dropout.ts';
export * from './linear.ts';
export * from './normalisation.ts';
