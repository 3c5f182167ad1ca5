// A run whose device is lost goes on with another backend, from its last checkpoint, and ends in the bytes of one that was not.

import { type Backend, BackendError, DeviceLostError } from '@omnigrad/tensor';
import type { RunFolder } from './run/index.ts';
import type { ResumePoint } from './trainer.ts';

/** A loss that the run survives, if another backend is to be had. */
export interface Loss {
  readonly error: DeviceLostError;
  /** What the run goes on from; null: from its beginning. */
  readonly resume: ResumePoint | null;
}

export interface RecoveryOptions {
  readonly run: RunFolder;
  /** Where the first attempt begins. */
  readonly resume: ResumePoint | null;
  /** For the first attempt. */
  readonly backend: Backend;
  /** Another after a loss. Its error ends the run. */
  readonly reopen: () => Promise<Backend>;
  /** As of RunFolder.latestCheckpoint. */
  readonly allowOlder?: boolean;
  /** Losses in a row, without a new checkpoint between them, that end the run. Default 3. */
  readonly mostLosses?: number;
  /** Told before `reopen`. */
  readonly onLoss?: (loss: Loss) => void;
}

const reached = (point: ResumePoint | null): number => point?.checkpoint.state.globalStep ?? 0;

/**
 * Does `attempt`, and again from the last checkpoint, on a new backend, when it ends with a DeviceLostError. Lost backends are
 * disposed of, and the last one of `reopen`; the first stays the caller's, who may dispose of it again. What is returned must hold no tensors.
 * @throws {BackendError} after too many losses; what `attempt` and `reopen` throw. The checkpoints are those that were written.
 */
export const throughLosses = async <T>(
  { run, resume, backend: first, reopen, allowOlder = false, mostLosses = 3, onLoss }: RecoveryOptions,
  attempt: (backend: Backend, resume: ResumePoint | null) => Promise<T>,
): Promise<T> => {
  let backend = first;
  let from = resume;
  for (let losses = 0; ; ) {
    try {
      return await attempt(backend, from);
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
      backend.dispose();
      const last = run.listCheckpoints().length === 0 ? null : run.latestCheckpoint({ allowOlder });
      losses = reached(last) > reached(from) ? 1 : losses + 1;
      if (losses >= mostLosses) throw tooMany(losses, error);
      run.truncateMetrics(({ globalStep }) => globalStep < reached(last));
      from = last;
      onLoss?.({ error, resume: from });
    } finally {
      if (backend !== first) backend.dispose();
    }
    backend = await reopen();
  }
};

const tooMany = (losses: number, error: DeviceLostError): BackendError =>
  new BackendError(
    'training',
    `the device was lost ${losses === 1 ? 'once' : `${losses} times`} without a new checkpoint (${error.reason})`,
    { cause: error },
  );
