// Making, reading and naming tensors, and the updates that write into arenas.

import {
  accumulateInto,
  adamwInPlace,
  add,
  arrayOf,
  createReferenceBackend,
  currentBackend,
  type DType,
  embedding,
  fill,
  full,
  ids,
  modulePath,
  normal,
  OmnigradError,
  ones,
  persistentBuffer,
  rngKey,
  scope,
  sumOfSquaresInto,
  tensor,
  uniform,
  useBackend,
  withModuleName,
  zeros,
} from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from './support.ts';

const backend = createReferenceBackend();

let before = 0;
beforeEach(() => {
  useBackend(backend);
  before = backend.memory().inUse;
});
afterEach(() => {
  expect(backend.memory().inUse, 'bytes left behind').toBe(before);
});

const test = (name: string, body: () => void): void => {
  it(name, () => {
    scope(body);
  });
};

describe('tensor()', () => {
  test('takes nested arrays', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.shape).toEqual([2, 3]);
    expect(x.dtype).toBe('f64');
    expect([...x.readSync()]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([x.rank, x.size]).toEqual([2, 6]);
    expect(tensor(7).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([1, 2, 3, 4], [2, 2]).shape).toEqual([2, 2]);
  });

  test('takes typed arrays, floats in the float type of the backend', () => {
    expect(tensor(Float32Array.of(0.5, 1)).dtype).toBe('f64');
    expect(tensor(Float32Array.of(0.5, 1), { dtype: 'f32' }).dtype).toBe('f32');
    expect(tensor(Int32Array.of(1, -2), [2, 1]).dtype).toBe('i32');
    expect(tensor(Uint32Array.of(1, 2)).dtype).toBe('u32');
    expect(tensor([true, false, true], { dtype: 'bool' }).dtype).toBe('bool');
    expect([...tensor([5, 0, -1], { dtype: 'bool' }).readSync()]).toEqual([1, 0, 1]);
  });

  test('copies: later changes of the array do not reach it', () => {
    const array = Float64Array.of(1, 2);
    const x = tensor(array);
    array[0] = 9;
    x.readSync()[1] = 9;
    expect([...x.readSync()]).toEqual([1, 2]);
  });

  test('refuses ragged arrays and wrong lengths', () => {
    expect(errorOf(() => tensor([[1, 2], [3]]))).toBe('ShapeError: tensor: ragged nested array: 1 != 2 at depth 1');
    expect(errorOf(() => tensor([[1], 2]))).toBe('ShapeError: tensor: ragged nested array: a number at depth 1');
    expect(errorOf(() => tensor([1, [2]]))).toBe(
      'ShapeError: tensor: ragged nested array: a list beside numbers at depth 1',
    );
    expect(errorOf(() => tensor([1, 2, 3], [2, 2]))).toBe(
      'ArgumentError: tensor: 3 values for shape [2, 2], which has 4',
    );
    expect(errorOf(() => tensor([1], [-1]))).toBe('ShapeError: tensor: dimensions are whole numbers >= 0, came [-1]');
    expect(errorOf(() => zeros([1, 1, 1, 1, 1, 1, 1]))).toBe(
      'ShapeError: full: rank 7 of [1, 1, 1, 1, 1, 1, 1] is above 6',
    );
  });

  test('needs a backend', () => {
    useBackend(undefined);
    expect(errorOf(() => tensor([1]))).toBe(
      'BackendError: currentBackend: no backend was chosen; call useBackend(createCpuBackend()) first',
    );
    expect(useBackend(backend)).toBe(undefined);
    expect(currentBackend()).toBe(backend);
  });
});

describe('other makers', () => {
  test('full, zeros, ones and fill, in every dtype', () => {
    const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool'];
    for (const dtype of dtypes) {
      expect([...full([2, 2], 1, { dtype }).readSync()], dtype).toEqual([1, 1, 1, 1]);
      expect([...zeros([2], { dtype }).readSync()], dtype).toEqual([0, 0]);
      expect(ones([], { dtype }).itemSync(), dtype).toBe(1);
    }
    const x = zeros([3]);
    fill(x, -2.5);
    expect([...x.readSync()]).toEqual([-2.5, -2.5, -2.5]);
  });

  test('normal and uniform are made from a key alone', () => {
    const key = rngKey(3);
    expect([...normal(key, [4, 2]).readSync()]).toEqual([...normal(key, [8]).readSync()]);
    expect(uniform(key, [2, 3]).shape).toEqual([2, 3]);
  });

  test('ids are whole numbers', () => {
    expect(ids([1, 2, 3, 4], [2, 2]).dtype).toBe('i32');
    expect(errorOf(() => ids([1, 2.5]))).toBe('ArgumentError: ids: id 2.5 at position 1 is not a whole number');
  });

  test('ids made on the device are read back for the check', () => {
    const x = full([2], 5, { dtype: 'i32' });
    expect(x.host).toBe(undefined);
    expect(errorOf(() => embedding(zeros([3, 1]), x))).toBe(
      'IndexError: embedding: id 5 at position 0 is outside 0 to 2',
    );
  });
});

describe('reading', () => {
  it('is a promise, of the value at the time of the call', async () => {
    const x = tensor([1, 2]);
    const reading = x.read();
    fill(x, 0);
    expect([...(await reading)]).toEqual([1, 2]);
    x.dispose();
  });

  test('itemSync wants one element', () => {
    expect(tensor([[4]]).itemSync()).toBe(4);
    expect(errorOf(() => tensor([1, 2]).itemSync())).toBe(
      'ShapeError: itemSync: expected one element, came [2]; use readSync()',
    );
  });

  test('expect names the axes', () => {
    const [B, T] = tensor([[1, 2, 3]]).expect('B T');
    expect([B, T]).toEqual([1, 3]);
    expect(errorOf(() => tensor([1]).expect('B T C'))).toBe('ShapeError: expect: expected [B, T, C], came [1]');
  });
});

describe('errors', () => {
  test('know their code, op and module', () => {
    let thrown: unknown;
    try {
      withModuleName('trunk', () => withModuleName('blocks.3', () => add(zeros([2]), zeros([3]))));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OmnigradError);
    expect(thrown).toMatchObject({
      code: 'E_SHAPE',
      op: 'add',
      module: 'trunk.blocks.3',
      message:
        'add: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them (in trunk.blocks.3)',
    });
    expect(modulePath()).toBe('');
  });

  it('of two backends in one op', () => {
    const other = createReferenceBackend();
    const [x, y] = [tensor([1]), tensor([1], { backend: other })];
    expect(errorOf(() => add(x, y))).toBe(
      'BackendError: add: inputs live on two backends, reference and reference; move one of them',
    );
    x.dispose();
    other.dispose();
    expect(errorOf(() => zeros([1], { backend: other }))).toBe(
      'BackendError: reference: the backend was disposed; make a new one',
    );
  });
});

describe('the reference backend', () => {
  test('computes f32 in float64 and rounds once', () => {
    const x = tensor([2 ** -30, 1, -1], { dtype: 'f32' });
    expect([...add(x, x).readSync()]).toEqual([2 ** -29, 2, -2]);
    const third = tensor([1 / 3], { dtype: 'f32' });
    expect(add(third, third).itemSync()).toBe(Math.fround(2 * Math.fround(1 / 3)));
  });

  it('counts bytes', () => {
    const own = createReferenceBackend();
    const x = zeros([10], { backend: own });
    const arena = persistentBuffer(own, 'f32', 5);
    expect(own.memory()).toEqual({ inUse: 100, pooled: 0, peak: 100, persistent: 20, buffers: 2 });
    x.dispose();
    arena.dispose();
    expect(own.memory()).toEqual({ inUse: 0, pooled: 0, peak: 100, persistent: 0, buffers: 0 });
  });

  test('arrayOf gives views on a buffer', () => {
    const bytes = new ArrayBuffer(16);
    arrayOf('u32', 2, bytes, 8).set([1, 2]);
    expect([...new Uint32Array(bytes)]).toEqual([0, 0, 1, 2]);
  });
});

describe('updates in place', () => {
  const ranges = [
    { offset: 0, length: 2, decay: true },
    { offset: 3, length: 1, decay: false },
  ];

  test('accumulateInto adds at an offset', () => {
    const arena = tensor([1, 2, 3, 4]);
    accumulateInto(arena, 1, tensor([[10], [20]]));
    expect([...arena.readSync()]).toEqual([1, 12, 23, 4]);
  });

  test('sumOfSquaresInto reads its ranges alone', () => {
    const out = zeros([1]);
    sumOfSquaresInto(out, tensor([1, 2, 100, 3]), ranges);
    expect(out.itemSync()).toBe(14);
  });

  test('adamwInPlace: one step by hand', () => {
    const state = { params: tensor([1, -1, 7, 2]), grads: tensor([0.5, -2, 9, 4]), m: zeros([4]), v: zeros([4]) };
    const [lr, b1, b2, eps, decay] = [0.1, 0.9, 0.99, 1e-8, 0.01];
    const hyper = tensor([lr, b1, b2, 1 - b1, 1 - b2, eps, decay, 1 - b1, 1 - b2]);
    adamwInPlace({ ...state, hyper, gradScale: tensor([0.5]) }, ranges);
    // In the first step m / c1 = g and v / c2 = g², so every parameter moves by lr against the sign of its gradient.
    const moved = [1 * (1 - lr * decay) - lr, -1 * (1 - lr * decay) + lr, 7, 2 - lr];
    [...state.params.readSync()].forEach((p, i) => {
      expect(p).toBeCloseTo(moved[i], 7);
    });
    expect(state.m.readSync()[0]).toBeCloseTo(0.025, 15);
    expect(state.v.readSync()[3]).toBeCloseTo(0.04, 15);
    expect([state.m.readSync()[2], state.v.readSync()[2]]).toEqual([0, 0]);
  });
});
