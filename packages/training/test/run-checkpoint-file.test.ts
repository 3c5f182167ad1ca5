import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { encodeSafetensors } from '@omnigrad/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointState,
  maxCheckpointBytes,
  readCheckpoint,
  writeCheckpoint,
} from '../src/run/index.ts';
import {
  Crash,
  errorOf,
  type FaultyCall,
  makeCheckpoint,
  makeCrashingFiles,
  makeFaultyFiles,
  makeState,
  makeTemporaryFolder,
} from './run-helpers.ts';

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
// JSON has no -0.
const loss = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const key = fc.oneof(fc.string(), fc.constantFrom('1', 'constructor')).filter((name) => name !== '__proto__');
const tracker = fc.dictionary(
  key,
  fc.record({ first: fc.array(loss), last: fc.array(loss) }, { noNullPrototype: true }),
  {
    noNullPrototype: true,
  },
);
const states: fc.Arbitrary<CheckpointState> = fc
  .record({
    ...{ stage: fc.constantFrom<1 | 2 | 3>(1, 2, 3), step: count, globalStep: count, groupSteps: fc.array(count) },
    ...{ seed: fc.maxSafeInteger(), configHash: fc.string(), dataFingerprint: fc.string({ unit: 'grapheme' }) },
    trackers: fc.dictionary(key, tracker, { noNullPrototype: true }),
  })
  .map(({ step, globalStep, ...rest }) => ({
    ...{ format: 1, step: Math.min(step, globalStep), globalStep: Math.max(step, globalStep) },
    ...rest,
  }));
const names = fc
  .oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '10', '9', 'é', '"\\\n'))
  .filter((name) => name !== '__metadata__');
const tensors = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), fc.float({ noNaN: true, noDefaultInfinity: true }))
  .map(([shape, value]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { shape, data: Float32Array.from({ length }, (_, at) => (at % 2 === 0 ? value : -value)) };
  });
const checkpoints: fc.Arbitrary<Checkpoint> = fc
  .tuple(fc.array(fc.tuple(names, tensors), { maxLength: 6 }), states)
  .map(([pairs, state]) => ({ tensors: new Map(pairs), state }));

describe('a checkpoint file', () => {
  it('gives back what was written, and the same bytes for it in any order of insertion', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        writeCheckpoint(path, checkpoint);
        const bytes = readFileSync(path);
        const back = readCheckpoint(path);
        expect(isDeepStrictEqual(back.state, checkpoint.state)).toBe(true);
        expect(new Map(back.tensors)).toStrictEqual(new Map([...checkpoint.tensors].sort()));
        const { trackers, ...rest } = checkpoint.state;
        const state = { trackers: Object.fromEntries(Object.entries(trackers).reverse()), ...rest };
        writeCheckpoint(path, { tensors: new Map([...checkpoint.tensors].reverse()), state });
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('takes tensors that lie in shared memory and in the middle of a buffer', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    const data = new Float32Array(new SharedArrayBuffer(32), 8, 3).fill(1.5);
    writeCheckpoint(path, { tensors: new Map([['w', { shape: [3], data }]]), state: makeState(1) });
    expect(readCheckpoint(path).tensors.get('w')).toStrictEqual({ shape: [3], data: Float32Array.of(1.5, 1.5, 1.5) });
  });

  it('is read by any length but its own as damaged', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    writeCheckpoint(path, makeCheckpoint(3));
    const whole = readFileSync(path);
    for (let length = whole.length - 1; length >= 0; length--) {
      truncateSync(path, length);
      expect(errorOf(() => readCheckpoint(path)).code, `${length} bytes`).toBe('malformed');
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.of(0)]));
    expect(errorOf(() => readCheckpoint(path)).message).toBe(
      `checkpoint: file "${path}": data: expected 32 bytes after the header, got 33; resume from another checkpoint`,
    );
    truncateSync(path, 7);
    expect(errorOf(() => readCheckpoint(path)).message).toBe(
      `checkpoint: file "${path}": header: expected at least 8 bytes, got 7; resume from another checkpoint`,
    );
  });

  it('shows any flipped bit', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    writeCheckpoint(path, makeCheckpoint(3));
    const whole = readFileSync(path);
    const headerBytes = Number(whole.readBigUInt64LE(0));
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const error = errorOf(() => readCheckpoint(path));
      expect(error, `byte ${at}`).toBeInstanceOf(CheckpointError);
      if (at >= 8 + headerBytes) expect(error.code).toBe('checksum');
    }
    // The last byte: the sign of a weight.
    const damaged = Buffer.from(whole);
    damaged[whole.length - 1] ^= 0x80;
    writeFileSync(path, damaged);
    expect(errorOf(() => readCheckpoint(path)).message).toMatch(
      /^checkpoint: file ".*": corrupt: SHA-256 is [0-9a-f]{12}…, [0-9a-f]{12}… was written; resume from another checkpoint$/,
    );
  });

  it.each<[string, string | Uint8Array, string, string]>([
    ['an empty file', '', 'malformed', 'header: expected at least 8 bytes, got 0; resume from another checkpoint'],
    [
      'a pickle',
      Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x2e, 0, 0, 0, 0),
      'unsupported',
      'expected a safetensors file, got a Python pickle; choose a checkpoint of a run',
    ],
    [
      'a zip',
      'PK\u0003\u0004garbage',
      'unsupported',
      'expected a safetensors file, got a zip archive (a PyTorch checkpoint?); choose a checkpoint of a run',
    ],
    [
      'a Git LFS pointer',
      'version https://git-lfs.example/spec/v1',
      'unsupported',
      'expected a safetensors file, got a Git LFS pointer; choose a checkpoint of a run',
    ],
    [
      'a header-length bomb',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 0x7b),
      'malformed',
      'header length: expected at most 100000000 bytes, got 9223372036854775807; resume from another checkpoint',
    ],
    [
      'weights without a state',
      encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]])),
      'no-state',
      'its metadata has no "omnigrad.state": weights, but not a checkpoint of a run; resume from another checkpoint',
    ],
    [
      'a state without a checksum',
      encodeSafetensors(new Map(), { 'omnigrad.state': '{}' }),
      'no-state',
      'its metadata has no "omnigrad.sha256": weights, but not a checkpoint of a run; resume from another checkpoint',
    ],
    [
      'a state that is not JSON',
      encodeSafetensors(new Map(), { 'omnigrad.state': '{', 'omnigrad.sha256': '' }),
      'malformed',
      '"omnigrad.state" is not JSON; resume from another checkpoint',
    ],
    [
      'a later format',
      encodeSafetensors(new Map(), { 'omnigrad.state': '{"format":2}', 'omnigrad.sha256': 'other' }),
      'format',
      'format 2, this program reads format 1; update omnigrad',
    ],
  ])('names %s', (_, contents, code, problem) => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    writeFileSync(path, contents);
    const error = errorOf(() => readCheckpoint(path));
    expect(error.message).toBe(`checkpoint: file "${path}": ${problem}`);
    expect(error.code).toBe(code);
  });

  it('names a missing file, a folder and a file that is too large', () => {
    const dir = makeTemporaryFolder();
    const missing = join(dir, 'none.safetensors');
    expect(errorOf(() => readCheckpoint(missing)).message).toBe(
      `checkpoint: file "${missing}": no such file; choose another checkpoint`,
    );
    expect(errorOf(() => readCheckpoint(dir)).message).toBe(
      `checkpoint: file "${dir}": not a regular file; choose another checkpoint`,
    );
    // Sparse: it takes no space.
    const large = join(dir, 'large.safetensors');
    writeFileSync(large, '');
    truncateSync(large, maxCheckpointBytes + 1);
    expect(errorOf(() => readCheckpoint(large)).message).toBe(
      `checkpoint: file "${large}": 2147483648 bytes, at most 2147483647 are read; choose another checkpoint`,
    );
  });

  it.each<[Partial<CheckpointState>, string]>([
    [{ step: 4 }, 'state.step: more than globalStep'],
    [{ seed: 1.5 }, 'state.seed: Invalid input: expected int, received number'],
    [
      { globalStep: -1, configHash: undefined },
      'state.globalStep: Too small: expected number to be >=0, state.configHash: Invalid input: expected string, received undefined',
    ],
    [
      { groupSteps: [1, -1], trackers: { 1: { image: { first: [Number.NaN], last: [] } } } },
      'state.groupSteps.1: Too small: expected number to be >=0, state.trackers.1.image.first.0: Invalid input: expected number, received NaN',
    ],
  ])('refuses to write the state %j', (changes, problem) => {
    const dir = makeTemporaryFolder();
    const path = join(dir, 'a.safetensors');
    const error = errorOf(() => writeCheckpoint(path, { tensors: new Map(), state: makeState(3, changes) }));
    expect(error.message).toBe(`checkpoint: file "${path}": ${problem}; fix the caller`);
    expect(error.code).toBe('bad-state');
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each<[string, readonly number[], number[], string]>([
    [
      'w',
      [3],
      [1, Number.NaN, 2],
      'tensor "w" holds NaN at 1; go back to an older checkpoint with a lower learning rate',
    ],
    [
      'w',
      [1],
      [Number.NEGATIVE_INFINITY],
      'tensor "w" holds -Infinity at 0; go back to an older checkpoint with a lower learning rate',
    ],
    ['w', [2, 2], [1], 'tensor "w": expected a shape of 1 values, got [2, 2]; match shape and data'],
    ['__metadata__', [1], [1], 'tensor "__metadata__": expected another name, got a reserved one; rename the tensor'],
  ])('refuses to write the tensor %s %j %j', (name, shape, values, problem) => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    writeCheckpoint(path, makeCheckpoint(1));
    const tensors = new Map([[name, { shape, data: Float32Array.from(values) }]]);
    const error = errorOf(() => writeCheckpoint(path, { tensors, state: makeState(2) }));
    expect(error.message).toBe(`checkpoint: file "${path}": not saved: ${problem}`);
    expect(error.code).toBe('bad-value');
    expect(readCheckpoint(path).state.globalStep).toBe(1);
  });

  it('reads no other dtype', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    writeCheckpoint(path, { tensors: new Map(), state: makeState(1) });
    const text = readFileSync(path, 'latin1');
    // The same file with an F32 tensor says what the checksum over name, shape and bytes is.
    writeCheckpoint(path, { tensors: new Map([['w', { shape: [1], data: Float32Array.of(1) }]]), state: makeState(1) });
    const sum = /"omnigrad\.sha256":"([0-9a-f]{64})"/.exec(readFileSync(path, 'latin1'))?.[1] ?? '';
    const state: string = JSON.parse(`"${/"omnigrad\.state":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]}"`);
    const data = new Int32Array(Float32Array.of(1).buffer);
    const metadata = { 'omnigrad.state': state, 'omnigrad.sha256': sum };
    writeFileSync(path, encodeSafetensors(new Map([['w', { dtype: 'I32', shape: [1], data }]]), metadata));
    expect(errorOf(() => readCheckpoint(path)).message).toBe(
      `checkpoint: file "${path}": only F32 tensors can be resumed: w is I32; resume from another checkpoint`,
    );
  });
});

describe('writing a checkpoint', () => {
  it('syncs the file before the rename and the folder after it', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    const { files, log } = makeFaultyFiles('open', 'none', 100);
    writeCheckpoint(path, makeCheckpoint(1), files);
    expect(log).toEqual(['open', 'write', 'sync', 'close', 'rename', 'open', 'sync', 'close']);
  });

  it.each<[FaultyCall, string, string]>([
    ['open', 'EACCES', 'permission denied (EACCES on open); older checkpoints are intact; make the folder writable'],
    ['open', 'EROFS', 'read-only file system (EROFS on open); older checkpoints are intact; make the folder writable'],
    ['write', 'ENOSPC', 'no space left on the device (ENOSPC on write); older checkpoints are intact; free some space'],
    ['write', 'EIO', 'input/output error (EIO on write); older checkpoints are intact; check the disk'],
    ['sync', 'EIO', 'input/output error (EIO on fsync); older checkpoints are intact; check the disk'],
    ['close', 'EDQUOT', 'disk quota exceeded (EDQUOT on close); older checkpoints are intact; free some space'],
    [
      'rename',
      'ENOENT',
      'no such file or folder (ENOENT on rename); older checkpoints are intact; make the folder writable',
    ],
  ])('survives %s failing with %s', (call, code, problem) => {
    const dir = makeTemporaryFolder();
    const path = join(dir, 'a.safetensors');
    writeCheckpoint(path, makeCheckpoint(1));
    const { files, log } = makeFaultyFiles(call, code);
    const error = errorOf(() => writeCheckpoint(path, makeCheckpoint(2), files));
    expect(error.message).toBe(`checkpoint: file "${path}": not saved: ${problem}, or choose another --out`);
    expect(error.code).toBe('write-failed');
    // No call is tried a second time, least of all the fsync.
    expect(log.filter((name) => name === call)).toHaveLength(1);
    expect(readdirSync(dir)).toEqual(['a.safetensors']);
    expect(readCheckpoint(path)).toStrictEqual(readBack(makeCheckpoint(1)));
  });

  it('reports a folder whose own fsync fails', () => {
    const dir = makeTemporaryFolder();
    const path = join(dir, 'a.safetensors');
    const error = errorOf(() => writeCheckpoint(path, makeCheckpoint(2), makeFaultyFiles('sync', 'EIO', 2).files));
    expect(error.message).toBe(
      `checkpoint: file "${path}": not saved: input/output error (EIO on fsync); older checkpoints are intact; check the disk, or choose another --out`,
    );
    expect(readdirSync(dir)).toEqual(['a.safetensors']);
  });

  it('copes with short writes', () => {
    const path = join(makeTemporaryFolder(), 'a.safetensors');
    const { files } = makeFaultyFiles('open', 'none', 100);
    writeCheckpoint(path, makeCheckpoint(5), {
      ...files,
      write: (fd, bytes, offset, length) => files.write(fd, bytes, offset, Math.min(length, 7)),
    });
    expect(readCheckpoint(path)).toStrictEqual(readBack(makeCheckpoint(5)));
  });

  it('leaves the old checkpoint or the new one, at whichever system call the process is killed', () => {
    const found: number[] = [];
    for (let at = 1; ; at++) {
      const path = join(makeTemporaryFolder(), 'a.safetensors');
      writeCheckpoint(path, makeCheckpoint(1));
      const { files, calls } = makeCrashingFiles(at);
      try {
        writeCheckpoint(path, makeCheckpoint(2), files);
      } catch (error) {
        if (!(error instanceof CheckpointError) || !(error.cause instanceof Crash)) throw error;
      }
      const { state } = readCheckpoint(path);
      expect(readCheckpoint(path)).toStrictEqual(readBack(makeCheckpoint(state.globalStep)));
      found.push(state.globalStep);
      if (calls() < at) break;
    }
    // open, write, fsync, close, rename: until the rename has happened it is the old one.
    expect(found).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2]);
  });

  it('names a target that is a folder', () => {
    const dir = makeTemporaryFolder();
    mkdirSync(join(dir, 'a.safetensors'));
    const error = errorOf(() => writeCheckpoint(join(dir, 'a.safetensors'), makeCheckpoint(1)));
    expect(error.message).toBe(
      `checkpoint: file "${join(dir, 'a.safetensors')}": not saved: it is a folder (EISDIR on rename); older checkpoints are intact; make the folder writable, or choose another --out`,
    );
    expect(readdirSync(dir)).toEqual(['a.safetensors']);
  });
});

/** A checkpoint as it is read: tensors by name. */
function readBack({ tensors, state }: Checkpoint): Checkpoint {
  return { tensors: new Map([...tensors].sort()), state };
}
