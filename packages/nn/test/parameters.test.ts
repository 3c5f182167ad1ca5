// Parameters and the flat arenas that hold them.

import { ArgumentError, foldKey, rngKey, type Shape, scope, sizeOf, tensor } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constant,
  type Init,
  ParameterArena,
  type ParameterOptions,
  ParameterScope,
  truncatedNormal,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const key = rngKey(7);

interface Wanted {
  readonly name: string;
  readonly shape: Shape;
  readonly options?: ParameterOptions;
}

const scopeOf = (wanted: readonly Wanted[], init: Init = truncatedNormal(1)): ParameterScope => {
  const at = new ParameterScope();
  for (const { name, shape, options } of wanted) at.param(name, shape, init, options);
  return at;
};

const total = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0);

const anyShape = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 });
const someShapes = fc.array(anyShape, { minLength: 1, maxLength: 8 });
const named = (shapes: readonly Shape[]): Wanted[] => shapes.map((shape, i) => ({ name: `p${i}`, shape }));

describe('ParameterScope', () => {
  it('names parameters by the path of its children', () => {
    const at = new ParameterScope();
    const p = at.child('trunk').child('0').param('weight', [2, 3], constant(0));
    expect(p.name).toBe('trunk.0.weight');
    expect(at.parameters).toEqual([p]);
  });

  it('decays matrices, unless told otherwise', () => {
    const at = new ParameterScope();
    const decay = [
      at.param('matrix', [2, 3], constant(0)),
      at.param('bias', [3], constant(0)),
      at.param('table', [2, 3], constant(0), { decay: false }),
      at.param('scale', [3], constant(0), { decay: true }),
    ].map((p) => p.decay);
    expect(decay).toEqual([true, false, false, true]);
  });

  it('refuses a name twice', () => {
    const at = new ParameterScope();
    at.child('norm').param('weight', [3], constant(1));
    expect(() => at.child('norm').param('weight', [4], constant(1))).toThrow(
      new ArgumentError('parameter', 'norm.weight is registered twice; give the modules different names'),
    );
  });

  it('says that a parameter without an arena has no value', () => {
    const p = new ParameterScope().child('norm').param('weight', [3], constant(1));
    expect(() => p.value).toThrow(
      new ArgumentError('parameter', 'norm.weight has no storage yet; build its ParameterArena first'),
    );
  });
});

describe.each(backends)('ParameterArena on $name', (backend) => {
  it('begins every slot at a multiple of 64 elements, without overlap', () => {
    fc.assert(
      fc.property(someShapes, (shapes) => {
        using arena = new ParameterArena(scopeOf(named(shapes)), backend, key);
        let end = 0;
        for (const p of arena.parameters) {
          expect(p.offset % 64).toBe(0);
          expect(p.offset).toBeGreaterThanOrEqual(end);
          expect(p.value.byteOffset % 256).toBe(0);
          end = p.offset + sizeOf(p.shape);
        }
        expect(arena.length % 64).toBe(0);
        expect(arena.length).toBeGreaterThanOrEqual(end);
        expect(arena.count).toBe(shapes.reduce((n, shape) => n + sizeOf(shape), 0));
      }),
      { numRuns: 30 },
    );
  });

  it('gives a parameter the same values whatever is registered beside or before it', () => {
    const wanted = named([[3, 5], [70], [2, 2, 2]]);
    using forwards = new ParameterArena(scopeOf(wanted), backend, key);
    using backwards = new ParameterArena(
      scopeOf([{ name: 'other', shape: [9] }, ...wanted.toReversed()]),
      backend,
      key,
    );
    for (const p of forwards.parameters) {
      const twin = backwards.parameters.find(({ name }) => name === p.name);
      expect(twin?.value.readSync()).toEqual(p.value.readSync());
    }
  });

  it('gives other names, and other keys, other values', () => {
    using arena = new ParameterArena(scopeOf(named([[8], [8]])), backend, key);
    using other = new ParameterArena(scopeOf(named([[8], [8]])), backend, rngKey(8));
    const [a, b] = arena.parameters.map((p) => p.value.readSync());
    expect(a).not.toEqual(b);
    expect(other.parameters[0].value.readSync()).not.toEqual(a);
  });

  it('keeps the padding between slots at 0', () => {
    using arena = new ParameterArena(scopeOf(named([[3], [70]]), constant(1)), backend, key);
    expect(total(arena.values.readSync())).toBe(73);
  });

  it('writes one parameter and leaves its neighbours alone', () => {
    using arena = new ParameterArena(scopeOf(named([[64], [2, 2], [64]]), constant(1)), backend, key);
    const [before, p, after] = arena.parameters;
    arena.write(p, [1, 2, 3, 4]);
    expect([...p.value.readSync()]).toEqual([1, 2, 3, 4]);
    for (const neighbour of [before, after]) expect([...neighbour.value.readSync()]).toEqual(new Array(64).fill(1));
  });

  it('refuses data of another length', () => {
    using arena = new ParameterArena(scopeOf(named([[2, 2]])), backend, key);
    const write = (): void => arena.write(arena.parameters[0], [1, 2, 3]);
    expect(write).toThrow(new ArgumentError('parameter', 'p0 has 4 elements, came 3'));
  });

  it('sums gradients until they are zeroed', () => {
    using arena = new ParameterArena(scopeOf(named([[2], [3]])), backend, key);
    const [, p] = arena.parameters;
    scope(() => {
      const g = tensor([1, 2, 3], { backend });
      arena.accumulate(p, g);
      arena.accumulate(p, g);
    });
    const grads = arena.grads.readSync();
    expect([...grads.subarray(p.offset, p.offset + 3)]).toEqual([2, 4, 6]);
    expect(total(grads)).toBe(12);
    arena.zeroGrads();
    expect(arena.grads.readSync().every((x) => x === 0)).toBe(true);
  });

  it('holds values and gradients and nothing else, and gives them back once', () => {
    const before = backend.memory();
    const arena = new ParameterArena(scopeOf(named([[3], [70]])), backend, key);
    const bytes = backend.floatDType === 'f64' ? 8 : 4;
    expect(arena.length).toBe(64 + 128);
    expect(backend.memory().persistent - before.persistent).toBe(2 * 192 * bytes);
    expect(backend.memory().inUse - before.inUse).toBe(2 * 192 * bytes);
    arena.dispose();
    arena.dispose();
    expect(backend.memory().persistent).toBe(before.persistent);
  });
});

describe('ranges of an arena', () => {
  const kinds: readonly Wanted[] = [
    { name: 'a', shape: [2, 70] },
    { name: 'b', shape: [1, 3] },
    { name: 'c', shape: [64] },
    { name: 'd', shape: [5] },
    { name: 'e', shape: [2, 2] },
  ];

  it('merge neighbours of one kind over their padding', () => {
    using arena = new ParameterArena(scopeOf(kinds), reference, key);
    expect(arena.ranges()).toEqual([
      { offset: 0, length: 256, decay: true },
      { offset: 256, length: 128, decay: false },
      { offset: 384, length: 64, decay: true },
    ]);
  });

  it('leave a gap where a parameter is left out, in any order', () => {
    using arena = new ParameterArena(scopeOf(kinds), reference, key);
    const [a, , c, d] = arena.parameters;
    expect(arena.ranges([d, a, c])).toEqual([
      { offset: 0, length: 192, decay: true },
      { offset: 256, length: 128, decay: false },
    ]);
    expect(arena.ranges([])).toEqual([]);
  });

  it('cover exactly the slots of the parameters', () => {
    const withChoice = fc.array(fc.record({ shape: anyShape, decay: fc.boolean(), chosen: fc.boolean() }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(withChoice, (wanted) => {
        const at = scopeOf(wanted.map(({ shape, decay }, i) => ({ name: `p${i}`, shape, options: { decay } })));
        using arena = new ParameterArena(at, reference, key);
        const chosen = arena.parameters.filter((_, i) => wanted[i].chosen);
        const covered = new Map<number, boolean>();
        for (const { offset, length, decay } of arena.ranges(chosen)) {
          for (let i = offset; i < offset + length; i++) covered.set(i, decay);
        }
        const expected = new Map<number, boolean>();
        for (const { offset, shape, decay } of chosen) {
          for (let i = offset; i < offset + Math.ceil(sizeOf(shape) / 64) * 64; i++) expected.set(i, decay);
        }
        expect(covered).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

it('draws initial values from the key folded with the name', () => {
  using arena = new ParameterArena(scopeOf(named([[6]])), reference, key);
  expect([...arena.parameters[0].value.readSync()]).toEqual([...truncatedNormal(1)(foldKey(key, 'p0'), [6])]);
});
