export * from './config.ts';
export * from './config-hash.ts';
export * from './errors.ts';
export * from './evaluate.ts';
export * from './loss-tracker.ts';
export * from './losses.ts';
export * from './model.ts';
export * from './partners.ts';
export * from './plan.ts';
export * from './prefetch/index.ts';
export * from './recovery.ts';
export type {
  Confusion,
  EmbeddingPoint,
  Forecast,
  MetricRow,
  Reconstruction,
  ReportData,
  StageSummary,
  Summary,
  TaskSummary,
  TextExample,
} from './report-data.ts';
export * from './run/index.ts';
export * from './snapshot.ts';
export * from './stages.ts';
export * from './stream.ts';
export * from './streams/index.ts';
export * from './task-losses.ts';
export * from './trainer.ts';
