// For the tests of src/run: checkpoints, temporary folders, child processes and disks that fail on demand.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointState,
  type FileOperations,
  nodeFiles,
  RunError,
} from '../src/run/index.ts';

export function makeState(globalStep: number, changes: Partial<CheckpointState> = {}): CheckpointState {
  const trackers = { 1: { image: { first: [2.5], last: [0.5] } } };
  const rest = { groupSteps: [globalStep, 0], seed: 7, configHash: 'c0ffee', dataFingerprint: 'da7a', trackers };
  return { format: 1, stage: 1, step: globalStep, globalStep, ...rest, ...changes };
}

/** Every value is the step, in weights and optimiser alike: a mix of two checkpoints cannot pass for one. */
export function makeCheckpoint(globalStep: number, size = 4): Checkpoint {
  const filled = { shape: [size], data: new Float32Array(size).fill(globalStep) };
  return {
    tensors: new Map([
      ['model.w', filled],
      ['adamw.m', filled],
    ]),
    state: makeState(globalStep),
  };
}

export function makeTemporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'omnigrad-run-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The CheckpointError or RunError that `action` throws; anything else fails the test. */
export function errorOf(action: () => unknown): CheckpointError | RunError {
  try {
    action();
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof RunError) return error;
    throw error;
  }
  throw new Error('expected an error, nothing was thrown');
}

export type FaultyCall = Exclude<keyof FileOperations, 'remove' | 'truncate'>;

/** A disk on which `call` fails with `code` from the `from`-th time on, and a log of every call. */
export function makeFaultyFiles(call: FaultyCall, code: string, from = 1): { files: FileOperations; log: string[] } {
  const log: string[] = [];
  let seen = 0;
  const check = (name: keyof FileOperations): void => {
    log.push(name);
    if (name === call && ++seen >= from) throw systemError(code, name === 'sync' ? 'fsync' : name);
  };
  return { files: wrapFiles(check), log };
}

export class Crash extends Error {}

/** A process that is killed at its `at`-th call: that call and all later ones do not happen, a write only half. */
export function makeCrashingFiles(at: number): { files: FileOperations; calls: () => number } {
  let seen = 0;
  const check = (): void => {
    if (++seen >= at) throw new Crash();
  };
  const files: FileOperations = {
    ...wrapFiles(check),
    write(fd, bytes, offset, length) {
      if (seen + 1 === at) nodeFiles.write(fd, bytes, offset, Math.floor(length / 2));
      check();
      return nodeFiles.write(fd, bytes, offset, length);
    },
  };
  return { files, calls: () => seen };
}

function wrapFiles(check: (name: keyof FileOperations) => void): FileOperations {
  return {
    open(path, flags) {
      check('open');
      return nodeFiles.open(path, flags);
    },
    write(fd, bytes, offset, length) {
      check('write');
      return nodeFiles.write(fd, bytes, offset, length);
    },
    sync(fd) {
      check('sync');
      nodeFiles.sync(fd);
    },
    truncate(fd, length) {
      check('truncate');
      nodeFiles.truncate(fd, length);
    },
    close(fd) {
      nodeFiles.close(fd);
      check('close');
    },
    rename(from, to) {
      check('rename');
      nodeFiles.rename(from, to);
    },
    remove(path) {
      check('remove');
      nodeFiles.remove(path);
    },
  };
}

export function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const script = fileURLToPath(new URL('run-child.ts', import.meta.url));

/** `wrap` is a command line that is to run the child: `unshare -rm`. */
export function startChild(args: readonly string[], wrap: readonly string[] = []): Child {
  const [command, ...rest] = [
    ...wrap,
    process.execPath,
    '--conditions=omnigrad-source',
    '--import',
    loader,
    script,
    ...args,
  ];
  return new Child(spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] }));
}

export class Child {
  readonly process: ChildProcess;
  #output = '';
  readonly #ended: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.on('data', (chunk) => {
      this.#output += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      this.#output += String(chunk);
    });
    this.#ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves once the output holds `text`; rejects if the child ends before. */
  async saw(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      const ended = await Promise.race([this.#ended, new Promise<'tick'>((resolve) => setTimeout(resolve, 2, 'tick'))]);
      if (ended !== 'tick' && !this.#output.includes(text)) throw new Error(`ended (${ended}): ${this.#output}`);
    }
  }

  /** The exit code; null after a signal. */
  async ended(): Promise<number | null> {
    return this.#ended;
  }
}
