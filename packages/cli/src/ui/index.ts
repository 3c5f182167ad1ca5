// The terminal: progress of a run and the table that closes it.

export { createProgress, type Progress, type ProgressOptions } from './progress.ts';
export type { OutputStream } from './stream.ts';
export { type TableOptions, taskTable } from './task-table.ts';
