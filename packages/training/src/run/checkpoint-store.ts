// The checkpoints/ folder of a run: files named by global step, so that their order needs no clock; the last two are
// kept, and those saved under another name, such as stage-1. Nothing is removed before a newer checkpoint is durable.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, type FileOperations } from './atomic-write.ts';
import { type Checkpoint, encodeCheckpoint, readCheckpoint, writeCheckpointBytes } from './checkpoint-file.ts';
import { CheckpointError, RunError, reasonOf, writeFix } from './errors.ts';

export interface LatestOptions {
  /** Go on from an older checkpoint where the newest does not read. Default false: never in silence. */
  readonly allowOlder?: boolean;
}

export interface LatestCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** The faults of the newer files that were passed over, newest first; for the caller to print. */
  readonly skipped: readonly CheckpointError[];
}

/** Step checkpoints that remain after a save: if the newest is damaged, there is one before it. */
const kept = 2;

export class CheckpointStore {
  readonly #folder: string;
  readonly #files: FileOperations;

  constructor(folder: string, files: FileOperations) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Every checkpoint's file name: by step, the highest first, then those with other names. */
  list(): string[] {
    const names = readdirSync(this.#folder).filter(isCheckpointName).sort().reverse();
    return [...stepNames(names), ...names.filter((name) => stepOf(name) === null)];
  }

  /** The path of the step's file. @throws {CheckpointError} as writeCheckpoint; {RunError} bad-name */
  save(checkpoint: Checkpoint, keepAs: string | null): string {
    const second = keepAs === null ? null : this.#keptPath(keepAs);
    const step = checkpoint.state.globalStep;
    const path = join(this.#folder, stepFileName(step));
    const bytes = encodeCheckpoint(path, checkpoint);
    writeCheckpointBytes(path, bytes, this.#files);
    if (second !== null) writeCheckpointBytes(second, bytes, this.#files);
    this.#prune(step);
    return path;
  }

  /** Null where there is no checkpoint. @throws {CheckpointError} the newest file's fault, with the way to a good one */
  latest({ allowOlder = false }: LatestOptions): LatestCheckpoint | null {
    const found = this.#newestGood();
    const [newest] = found.skipped;
    if (newest === undefined) return found.good === null ? null : { ...found.good, skipped: [] };
    if (found.good !== null && allowOlder) return { ...found.good, skipped: found.skipped };
    const fix =
      found.good !== null
        ? `go on from the older, good one, "${found.good.path}", with --resume --allow-older`
        : `no checkpoint of the ${found.skipped.length} here is good: start a new run with another --out`;
    throw new CheckpointError(newest.code, newest.file, newest.problem, fix, { cause: newest });
  }

  #newestGood(): { good: { path: string; checkpoint: Checkpoint } | null; skipped: CheckpointError[] } {
    const skipped: CheckpointError[] = [];
    for (const name of this.list()) {
      const path = join(this.#folder, name);
      try {
        return { good: { path, checkpoint: readNamed(path, name) }, skipped };
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        skipped.push(error);
      }
    }
    return { good: null, skipped };
  }

  #prune(step: number): void {
    const names = stepNames(this.list());
    for (const name of names) if (Number(stepOf(name)) > step) this.#setAside(name);
    const past = names.filter((name) => Number(stepOf(name)) <= step);
    for (const name of past.slice(kept)) {
      // A file that cannot be removed now costs space, not safety; the next save tries again.
      attempt(() => this.#files.remove(join(this.#folder, name)));
    }
  }

  // A run only goes forward: a file of a later step is of a branch that was left, or damaged. It must not be taken for
  // the latest, nor push out a good one; the user may still want it.
  #setAside(name: string): void {
    const path = join(this.#folder, name);
    try {
      this.#files.rename(path, `${path}.abandoned`);
    } catch (error) {
      const problem = `of an abandoned branch, could not be renamed: ${reasonOf(error)}`;
      throw new CheckpointError('write-failed', path, problem, writeFix(error), { cause: error });
    }
  }

  #keptPath(keepAs: string): string {
    const name = keepAs.endsWith('.safetensors') ? keepAs : `${keepAs}.safetensors`;
    if (isCheckpointName(name) && stepOf(name) === null) return join(this.#folder, name);
    const problem = stepOf(name) === null ? `is no plain file name for "${this.#folder}"` : 'is the name of a step';
    const fix = 'use letters, digits, ".", "_" and "-", such as stage-1.safetensors';
    throw new RunError('bad-name', 'file', keepAs, problem, fix);
  }
}

export function stepFileName(globalStep: number): string {
  return `step-${String(globalStep).padStart(7, '0')}.safetensors`;
}

/** Those named by step, the highest first. */
function stepNames(names: readonly string[]): string[] {
  return names.filter((name) => stepOf(name) !== null).sort((a, b) => Number(stepOf(b)) - Number(stepOf(a)));
}

function stepOf(name: string): number | null {
  const step = Number(/^step-(\d{7,15})\.safetensors$/.exec(name)?.[1] ?? Number.NaN);
  return Number.isNaN(step) || stepFileName(step) !== name ? null : step;
}

function isCheckpointName(name: string): boolean {
  return name.length <= 200 && /^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$/.test(name);
}

function readNamed(path: string, name: string): Checkpoint {
  const checkpoint = readCheckpoint(path);
  const step = stepOf(name);
  const { globalStep } = checkpoint.state;
  if (step !== null && step !== globalStep) {
    const problem = `its name says step ${step}, its state ${globalStep}`;
    throw new CheckpointError('bad-state', path, problem, 'give it back its own name');
  }
  return checkpoint;
}
