import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareTensors,
  configMismatch,
  dataMismatch,
  diffConfig,
  hashConfig,
  tensorMismatch,
  watchInterrupts,
} from '../src/run/index.ts';

describe('diffConfig', () => {
  it('lists every differing field by its path', () => {
    const saved = {
      model: { trunk: { width: 96, heads: 4 }, layers: [{ a: 1 }, { a: 2 }] },
      names: ['x', 'y'],
      seed: 1,
    };
    const asked = { seed: 1, names: ['x'], model: { layers: [{ a: 1 }, { a: 3 }], trunk: { width: 64, gelu: true } } };
    expect(diffConfig(saved, asked)).toEqual([
      'model.layers[1].a: 2 in the checkpoint, 3 asked',
      'model.trunk.gelu: nothing in the checkpoint, true asked',
      'model.trunk.heads: 4 in the checkpoint, nothing asked',
      'model.trunk.width: 96 in the checkpoint, 64 asked',
      'names: ["x","y"] in the checkpoint, ["x"] asked',
    ]);
    expect(diffConfig(1, { a: 1 })).toEqual(['config: 1 in the checkpoint, {"a":1} asked']);
    expect(diffConfig({ a: null }, { a: {} })).toEqual(['a: null in the checkpoint, {} asked']);
    expect(diffConfig({}, { constructor: 1 })).toEqual(['constructor: nothing in the checkpoint, 1 asked']);
    expect(diffConfig({ a: undefined, b: Number.NaN, c: 0 }, { b: Number.NaN, c: -0 })).toEqual([]);
    expect(diffConfig('x'.repeat(100), '')).toEqual([`config: "${'x'.repeat(79)}… in the checkpoint, "" asked`]);
  });

  it('finds a difference exactly where there is one, whatever the order of keys', () => {
    const reverse = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reverse);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).reverse();
      return Object.fromEntries(entries.map(([key, item]) => [key, reverse(item)]));
    };
    const near = fc.jsonValue().chain((a) => fc.tuple(fc.constant(a), fc.oneof(fc.constant(a), fc.jsonValue())));
    fc.assert(
      fc.property(near, ([a, b]) => {
        expect(diffConfig(a, reverse(a))).toEqual([]);
        // Through JSON, because to it 0 and -0 are one number.
        const equal = isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
        expect(diffConfig(a, b).length === 0).toBe(equal);
        expect(hashConfig(reverse(a))).toBe(hashConfig(a));
        expect(hashConfig(a) === hashConfig(b)).toBe(equal);
      }),
    );
    // printf '{"a":"x","b":[1,null]}' | sha256sum
    const sum = 'a8d71f64d3dc772b9eb4e657b383397a3aadf01d32947e3bc05925eaf48e41bf';
    expect(hashConfig({ b: [1, null], a: 'x' })).toBe(sum);
  });
});

describe('mismatches', () => {
  it('lists all tensors that do not fit at once', () => {
    const expected = new Map([
      ['a', [2, 3]],
      ['b', [4]],
      ['c', []],
      ['d', [1]],
    ]);
    const got = new Map([
      ['a', { shape: [3, 2] }],
      ['d', { shape: [1] }],
      ['e', { shape: [5] }],
      ['c', { shape: [1] }],
    ]);
    const problems = compareTensors(expected, got);
    expect(compareTensors(expected, new Map([...got].map(([name, { shape }]) => [name, shape])))).toEqual(problems);
    expect(problems).toEqual([
      'a is [3, 2], the model wants [2, 3]',
      'b [4] is missing',
      'c is [1], the model wants []',
      'e [5] is extra',
    ]);
    expect(tensorMismatch('x', problems).message).toBe(
      'checkpoint: file "x": its tensors do not fit the model, 4 differ: a is [3, 2], the model wants [2, 3], b [4] is missing, c is [1], the model wants [], e [5] is extra; nothing was loaded; use the model that wrote it',
    );
  });

  it('has one line for another config and for other data', () => {
    expect(configMismatch('x', diffConfig({ a: 1, b: 2 }, { a: 2, b: 1 })).message).toBe(
      'checkpoint: file "x": of another config: a: 1 in the checkpoint, 2 asked, b: 2 in the checkpoint, 1 asked; resume with the same settings, or start a new run with another --out',
    );
    const error = dataMismatch('x', 'aa', 'bb');
    expect(error.message).toBe(
      'checkpoint: file "x": of other data: fingerprint aa in the checkpoint, bb now; restore the data, or start a new run with another --out',
    );
    expect(error.code).toBe('mismatch');
  });
});

describe('watchInterrupts', () => {
  it('takes its listeners back', () => {
    const before = [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
    const interrupts = watchInterrupts();
    expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(
      before.map((count) => count + 1),
    );
    interrupts.dispose();
    interrupts.dispose();
    expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(before);
    expect(interrupts.requested).toBe(null);
    expect(interrupts.exitCode).toBe(null);
  });
});
