// A host batch where one of a kind is asked for: mixing them up is a fault of the caller.

import { TrainingError } from '../errors.ts';
import type { HostBatch, MaskedHostBatch, TaskHostBatch } from '../stream.ts';

const other = (of: string, wanted: string, came: string): TrainingError =>
  new TrainingError(`${of}: expected a batch prepared for ${wanted}, came one for ${came}; ask with its own request`);

export const ofMasked = (batch: HostBatch, of: string): MaskedHostBatch => {
  if (batch.kind !== 'masked') throw other(of, 'reconstruction', 'a task');
  return batch;
};

export const ofTask = (batch: HostBatch, of: string): TaskHostBatch => {
  if (batch.kind !== 'task') throw other(of, 'a task', 'reconstruction');
  return batch;
};
