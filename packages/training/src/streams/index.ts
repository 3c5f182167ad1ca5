export * from './audio.ts';
export * from './classification.ts';
export * from './image.ts';
export * from './imu.ts';
export * from './tabular.ts';
export * from './text.ts';
export * from './timeseries.ts';
