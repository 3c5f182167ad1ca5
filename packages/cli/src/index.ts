export { type LoadOptions, loadStream, loadStreams, packageFolder } from './data-packages.ts';
export { type DefaultOptions, defaultConfig, nominalMinutes } from './defaults.ts';
export { main, trainMain } from './main.ts';
export type { TrainCommand } from './options.ts';
export { renderReport } from './report/index.ts';
export { runTrain, type TrainEnvironment } from './train.ts';
export * from './ui/index.ts';
