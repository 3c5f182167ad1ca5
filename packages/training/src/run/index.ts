// Run folders, checkpoint files, config differences and interrupts: host code, no tensors of the engine.

export { type FileOperations, nodeFiles } from './atomic-write.ts';
export {
  type Checkpoint,
  type CheckpointState,
  type CheckpointTensor,
  maxCheckpointBytes,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint-file.ts';
export type { LatestCheckpoint, LatestOptions } from './checkpoint-store.ts';
export {
  compareTensors,
  configMismatch,
  dataMismatch,
  diffConfig,
  hashConfig,
  tensorMismatch,
} from './config-diff.ts';
export { CheckpointError, type CheckpointErrorCode, RunError, type RunErrorCode } from './errors.ts';
export { type InterruptOptions, type InterruptSignal, type Interrupts, watchInterrupts } from './interrupt.ts';
export { type OpenRunOptions, openRun, type RunFolder } from './run-folder.ts';
