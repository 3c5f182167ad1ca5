// One checkpoint as one safetensors file: F32 tensors, and in the header's metadata the training state as JSON and a
// SHA-256 over both. The same checkpoint gives the same bytes: no clock, no order of insertion. Reading trusts nothing
// and returns a whole checkpoint or throws; which file to read is the run folder's business.

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { DataError, decodeSafetensors, encodeSafetensors, type SafeTensor } from '@omnigrad/data';
import * as z from 'zod';
import type { TrackerState } from '../loss-tracker.ts';
import { atomicWrite, type FileOperations, nodeFiles } from './atomic-write.ts';
import { CheckpointError, reasonOf, systemCode, writeFix } from './errors.ts';

export interface CheckpointTensor {
  readonly shape: readonly number[];
  /** Row-major; as many values as the product of the shape, all finite. */
  readonly data: Float32Array;
}

export interface CheckpointState {
  readonly format: 1;
  readonly stage: 1 | 2 | 3;
  /** Steps done in this stage. */
  readonly step: number;
  /** Steps done in all stages. */
  readonly globalStep: number;
  /** Updates that each parameter group has had: AdamW corrects its bias by them. */
  readonly groupSteps: readonly number[];
  readonly seed: number;
  readonly configHash: string;
  readonly dataFingerprint: string;
  /** First and last losses by stage, so that a resumed run reports what the unbroken one would. */
  readonly trackers: Readonly<Record<string, TrackerState>>;
}

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly state: CheckpointState;
}

/** What one read call can take; larger models need sharded files. */
export const maxCheckpointBytes = 2 ** 31 - 1;

const stateKey = 'omnigrad.state';
const checksumKey = 'omnigrad.sha256';

const count = z.int().min(0);
const losses = z.array(z.number());
const stateSchema = z
  .strictObject({
    format: z.literal(1),
    stage: z.literal([1, 2, 3]),
    step: count,
    globalStep: count,
    groupSteps: z.array(count),
    seed: z.int(),
    configHash: z.string(),
    dataFingerprint: z.string(),
    trackers: z.record(z.string(), z.record(z.string(), z.strictObject({ first: losses, last: losses }))),
  })
  .refine((state) => state.step <= state.globalStep, { path: ['step'], message: 'more than globalStep' });

/**
 * Durable once it returns; when it throws, an older file of this name is intact and no temporary file remains.
 * @throws {CheckpointError} write-failed, bad-value, bad-state, too-large
 */
export function writeCheckpoint(path: string, checkpoint: Checkpoint, files: FileOperations = nodeFiles): void {
  writeCheckpointBytes(path, encodeCheckpoint(path, checkpoint), files);
}

/** @throws {CheckpointError} write-failed */
export function writeCheckpointBytes(path: string, bytes: Uint8Array, files: FileOperations): void {
  try {
    atomicWrite(path, bytes, files);
  } catch (error) {
    const problem = `not saved: ${reasonOf(error)}`;
    const fix = `older checkpoints are intact; ${writeFix(error)}`;
    throw new CheckpointError('write-failed', path, problem, fix, { cause: error });
  }
}

/** The bytes of the file `path` to be. @throws {CheckpointError} bad-value, bad-state, too-large */
export function encodeCheckpoint(path: string, { tensors, state }: Checkpoint): Uint8Array {
  const total = [...tensors.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);
  if (total > maxCheckpointBytes) {
    const problem = `not saved: ${total} bytes of tensors, at most ${maxCheckpointBytes} can be read back`;
    throw new CheckpointError('too-large', path, problem, 'use a smaller model');
  }
  requireFinite(path, tensors, 'not saved: ', 'go back to an older checkpoint with a lower learning rate');
  const stateText = JSON.stringify(parseState(path, state, 'fix the caller'), sortKeys);
  const file = new Map<string, SafeTensor>();
  for (const [name, { shape, data }] of tensors) file.set(name, { dtype: 'F32', shape, data });
  try {
    return encodeSafetensors(file, { [stateKey]: stateText, [checksumKey]: checksum(file, stateText) });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new CheckpointError('bad-value', path, `not saved: ${problemOf(error)}`, error.fix, { cause: error });
  }
}

/**
 * The whole checkpoint; every tensor is a copy of its own. It does not say whether the checkpoint fits a model: see
 * `compareTensors` and `diffConfig`.
 * @throws {CheckpointError} every code but write-failed and mismatch
 */
export function readCheckpoint(path: string): Checkpoint {
  const other = 'resume from another checkpoint';
  const fail = (code: 'malformed' | 'unsupported' | 'no-state' | 'format' | 'checksum', problem: string, fix = other) =>
    new CheckpointError(code, path, problem, fix);
  const file = decode(path, readBytes(path));

  const { [stateKey]: stateText, [checksumKey]: stored } = file.metadata;
  if (stateText === undefined || stored === undefined) {
    const absent = stateText === undefined ? stateKey : checksumKey;
    throw fail('no-state', `its metadata has no "${absent}": weights, but not a checkpoint of a run`);
  }
  let raw: unknown;
  try {
    raw = JSON.parse(stateText);
  } catch {
    throw fail('malformed', `"${stateKey}" is not JSON`);
  }
  // The format comes first: in a later one the rules below may differ.
  const format = typeof raw === 'object' && raw !== null && 'format' in raw ? raw.format : undefined;
  if (typeof format === 'number' && format > 1) {
    throw fail('format', `format ${format}, this program reads format 1`, 'update omnigrad');
  }
  const computed = checksum(file.tensors, stateText);
  if (computed !== stored) {
    const short = (sum: string): string => `${sum.slice(0, 12)}…`;
    throw fail('checksum', `corrupt: SHA-256 is ${short(computed)}, ${short(stored)} was written`);
  }
  const state = parseState(path, raw, other);
  const tensors = new Map<string, CheckpointTensor>();
  const wrong: string[] = [];
  for (const [name, { dtype, shape, data }] of file.tensors) {
    if (data instanceof Float32Array) tensors.set(name, { shape, data });
    else wrong.push(`${name} is ${dtype}`);
  }
  if (wrong.length > 0) throw fail('unsupported', `only F32 tensors can be resumed: ${wrong.join(', ')}`);
  requireFinite(path, tensors, '', other);
  return { tensors, state };
}

function readBytes(path: string): Uint8Array {
  const fix = 'choose another checkpoint';
  let size: number;
  try {
    const status = statSync(path);
    // A named pipe would be waited for without end.
    if (!status.isFile()) throw new CheckpointError('unreadable', path, 'not a regular file', fix);
    size = status.size;
    if (size <= maxCheckpointBytes) return readFileSync(path);
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new CheckpointError('missing', path, 'no such file', fix);
    throw new CheckpointError('unreadable', path, `cannot be read: ${reasonOf(error)}`, fix, { cause: error });
  }
  throw new CheckpointError('too-large', path, `${size} bytes, at most ${maxCheckpointBytes} are read`, fix);
}

function decode(path: string, bytes: Uint8Array): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes, path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const code = error.code === 'unsupported' ? 'unsupported' : 'malformed';
    const fix = code === 'unsupported' ? 'choose a checkpoint of a run' : 'resume from another checkpoint';
    throw new CheckpointError(code, path, problemOf(error), fix, { cause: error });
  }
}

function parseState(path: string, raw: unknown, fix: string): CheckpointState {
  const parsed = stateSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${['state', ...path].join('.')}: ${message}`);
  throw new CheckpointError('bad-state', path, problems.join(', '), fix);
}

// Equal states give equal bytes, in whatever order their fields were set.
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// Saved non-finite weights would soon push the last good checkpoint out of the folder.
function requireFinite(path: string, tensors: Checkpoint['tensors'], prefix: string, fix: string): void {
  for (const [name, { data }] of tensors) {
    const at = firstNonFinite(data);
    if (at < 0) continue;
    throw new CheckpointError('bad-value', path, `${prefix}tensor "${name}" holds ${data[at]} at ${at}`, fix);
  }
}

function firstNonFinite(data: Float32Array): number {
  // x - x is 0 for a finite x and NaN otherwise.
  for (let at = 0; at < data.length; at++) if (data[at] - data[at] !== 0) return at;
  return -1;
}

/** SHA-256 (JSON [state, [[name, shape]…]] | values…), tensors by name: a flip anywhere that matters is found. */
function checksum(tensors: ReadonlyMap<string, SafeTensor>, stateText: string): string {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  hash.update(JSON.stringify([stateText, sorted.map(([name, { shape }]) => [name, shape])]));
  for (const [, { data }] of sorted) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

function problemOf({ place, expected, actual }: DataError): string {
  return `${place === null ? '' : `${place}: `}expected ${expected}, got ${actual}`;
}
