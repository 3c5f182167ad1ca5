// All optimisers beside PyTorch's numbers (LAMB and Lion: the papers' formulae in PyTorch), and what they share: groups, rates,
// freezing, restoring, refusals.

import { readFileSync } from 'node:fs';
import { checkGoldenArray, goldenArray, goldenInput } from '@omnigrad/nn/testing';
import {
  ArgumentError,
  add,
  type Backend,
  createReferenceBackend,
  matmul,
  mean,
  normal,
  rngKey,
  type Shape,
  scope,
  square,
  sub,
  tanh,
  tensor,
} from '@omnigrad/tensor';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  Adam,
  AdamW,
  type AnyOptimizer,
  accumulateGradients,
  constant,
  LAMB,
  Lion,
  type OptimizerGroup,
  ParameterArena,
  ParameterScope,
  SGD,
  truncatedNormal,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

/** Options of any optimiser: what fits none is refused by the tests of the types, not here. */
type Group = OptimizerGroup<object>;

const makers = {
  SGD: (groups: readonly Group[], options = {}): AnyOptimizer => new SGD(groups, options),
  Adam: (groups: readonly Group[], options = {}): AnyOptimizer => new Adam(groups, options),
  AdamW: (groups: readonly Group[], options = {}): AnyOptimizer => new AdamW(groups, options),
  LAMB: (groups: readonly Group[], options = {}): AnyOptimizer => new LAMB(groups, options),
  Lion: (groups: readonly Group[], options = {}): AnyOptimizer => new Lion(groups, options),
};
type Kind = keyof typeof makers;
const kinds = Object.keys(makers) as Kind[];

const arenaOf = (backend: Backend, shapes: Readonly<Record<string, Shape>>, init = truncatedNormal(1)) => {
  const at = new ParameterScope();
  for (const [name, shape] of Object.entries(shapes)) at.param(name, shape, init);
  return new ParameterArena(at, backend, rngKey(3));
};

const draw = (arena: ParameterArena, step: number): void =>
  scope(() => {
    arena.zeroGrads();
    arena.parameters.forEach((p, i) => {
      const { backend, dtype } = arena.values;
      const data = normal(rngKey(100 * step + i), p.shape, { backend: reference }).readSync();
      arena.accumulate(p, tensor(data, p.shape, { backend, dtype }));
    });
  });

const stepOf = (optimizer: AnyOptimizer, lr: number | (() => number), options = {}): number =>
  scope(() => optimizer.step(lr, options).itemSync());

interface Case {
  readonly optimizer: Kind;
  readonly lr: number;
  readonly options: object;
}
const open = (name: string) => readGolden(readFileSync(new URL(`goldens/${name}.safetensors`, import.meta.url)));
const given = open('optimisers-given');
const regression = open('optimisers-regression');
const cases = JSON.parse(given.metadata.cases) as Readonly<Record<string, Case>>;
const kept = JSON.parse(given.metadata.kept) as readonly number[];
const steps = Number(given.metadata.steps);

describe.each(backends)('on $name', (backend) => {
  it.each(Object.entries(cases))(
    '%s walks as in PyTorch under given gradients',
    (name, { optimizer: kind, lr, options }) => {
      using arena = arenaOf(backend, { w: [3, 5], b: [7] });
      for (const p of arena.parameters) arena.write(p, goldenArray(given, p.name).data);
      using optimizer = makers[kind]([{ name: 'all', arena, parameters: arena.parameters }], options);
      const trail: Record<string, number[]> = { w: [], b: [] };
      for (let s = 0; s < steps; s++) {
        arena.zeroGrads();
        scope(() => {
          for (const p of arena.parameters) {
            const { size } = p.value;
            const g = goldenInput(given, `grad/${p.name}`, backend)
              .readSync()
              .slice(s * size, (s + 1) * size);
            arena.accumulate(p, tensor(g, p.shape, { backend, dtype: backend.floatDType }));
          }
        });
        stepOf(optimizer, lr);
        if (kept.includes(s)) for (const p of arena.parameters) trail[p.name].push(...p.value.readSync());
      }
      for (const [p, values] of Object.entries(trail)) {
        checkGoldenArray(given, `${name}/${p}`, Float64Array.from(values), backend);
      }
    },
  );

  it.each(Object.entries(cases))('%s trains a regression as in PyTorch', (name, { optimizer: kind, lr, options }) => {
    using arena = arenaOf(backend, { w1: [3, 4], b1: [4], w2: [4, 2] });
    for (const p of arena.parameters) arena.write(p, goldenArray(regression, `param/${p.name}`).data);
    using optimizer = makers[kind]([{ name: 'all', arena, parameters: arena.parameters }], options);
    const [w1, b1, w2] = arena.parameters;
    const losses: number[] = [];
    for (let s = 0; s < steps; s++) {
      scope(() => {
        arena.zeroGrads();
        const [x, y] = ['x', 'y'].map((input) => goldenInput(regression, input, backend));
        const loss = accumulateGradients(() => {
          const hidden = tanh(add(matmul(x, w1.value), b1.value));
          return mean(square(sub(matmul(hidden, w2.value), y)));
        }, [{ arena, parameters: arena.parameters }]);
        losses.push(loss.itemSync());
        optimizer.step(lr);
      });
    }
    checkGoldenArray(regression, `${name}/losses`, Float64Array.from(losses), backend);
    for (const p of arena.parameters) checkGoldenArray(regression, `${name}/${p.name}`, p.value.readSync(), backend);
  });

  describe.each(kinds)('%s', (kind) => {
    const shapes = { a: [3, 5], b: [70], c: [2, 2] } as const;
    const options = kind === 'SGD' ? { momentum: 0.9, weightDecay: 0.1 } : { weightDecay: 0.1 };
    const groupsOf = (arena: ParameterArena) => arena.parameters.map((p) => ({ name: p.name, arena, parameters: [p] }));

    it('gives the same bytes every time', () => {
      const run = () => {
        using arena = arenaOf(backend, shapes);
        using optimizer = makers[kind](groupsOf(arena), options);
        for (let s = 0; s < 3; s++) {
          draw(arena, s);
          stepOf(optimizer, 0.01, { maxNorm: 1 });
        }
        return arena.values.readSync();
      };
      expect(run()).toEqual(run());
    });

    it('goes on after a restore as if it had never stopped', () => {
      const train = (arena: ParameterArena, optimizer: AnyOptimizer, from: number, to: number) => {
        for (let s = from; s < to; s++) {
          draw(arena, s);
          stepOf(optimizer, 0.01, { only: s % 2 === 0 ? ['a', 'b'] : ['b', 'c'] });
        }
      };
      using whole = arenaOf(backend, shapes);
      using wholeOptimizer = makers[kind](groupsOf(whole), options);
      train(whole, wholeOptimizer, 0, 3);
      using resumed = arenaOf(backend, shapes, constant(9));
      using resumedOptimizer = makers[kind](groupsOf(resumed), options);
      wholeOptimizer.state().forEach(({ parameter, state }, i) => {
        const saved = Object.fromEntries(Object.entries(state).map(([name, x]) => [name, x.readSync()]));
        for (const x of Object.values(state)) x.dispose();
        resumed.write(resumed.parameters[i], parameter.value.readSync());
        resumedOptimizer.restoreState(resumed.parameters[i], saved);
      });
      resumedOptimizer.restoreSteps(wholeOptimizer.steps);
      for (const [arena, optimizer] of [[whole, wholeOptimizer] as const, [resumed, resumedOptimizer] as const]) {
        train(arena, optimizer, 3, 7);
      }
      expect(resumed.values.readSync()).toEqual(whole.values.readSync());
      expect(resumedOptimizer.steps).toEqual([4, 7, 3]);
    });

    it('has options and a rate for each group', () => {
      using arena = arenaOf(backend, shapes);
      using alone = arenaOf(backend, shapes);
      const [a, b, c] = groupsOf(arena);
      const other = { ...options, weightDecay: 0.3 };
      using optimizer = makers[kind](
        [{ ...a, options: { weightDecay: 0.3 }, lrScale: 0.5 }, { ...b, lr: () => 0.03 }, c],
        options,
      );
      const [a2, b2, c2] = groupsOf(alone);
      using one = makers[kind]([a2], other);
      using two = makers[kind]([b2], options);
      using three = makers[kind]([c2], options);
      for (let s = 0; s < 2; s++) {
        draw(arena, s);
        draw(alone, s);
        stepOf(optimizer, 0.02);
        stepOf(one, 0.01);
        stepOf(two, 0.03);
        stepOf(three, 0.02);
      }
      expect(arena.values.readSync()).toEqual(alone.values.readSync());
    });

    it('leaves frozen weights alone, byte for byte, and out of the norm', () => {
      using arena = arenaOf(backend, shapes);
      const [a, b, c] = groupsOf(arena);
      using optimizer = makers[kind](
        [
          { ...a, frozen: true },
          { name: 'rest', arena, parameters: [...b.parameters, ...c.parameters] },
        ],
        options,
      );
      const [pa, pb, pc] = arena.parameters;
      pc.frozen = true;
      const before = arena.parameters.map((p) => p.value.readSync());
      arena.zeroGrads();
      scope(() =>
        arena.accumulate(
          pa,
          tensor(
            before[0].map(() => 1),
            pa.shape,
            { backend, dtype: backend.floatDType },
          ),
        ),
      );
      expect(stepOf(optimizer, 0.1)).toBe(0);
      draw(arena, 1);
      stepOf(optimizer, 0.1);
      expect(pa.value.readSync()).toEqual(before[0]);
      expect(pb.value.readSync()).not.toEqual(before[1]);
      expect(pc.value.readSync()).toEqual(before[2]);
      expect(optimizer.steps).toEqual([0, 2]);
      pc.frozen = false;
      stepOf(optimizer, 0.1);
      expect(pc.value.readSync()).not.toEqual(before[2]);
    });

    it('gives its memory back', () => {
      using arena = arenaOf(backend, shapes);
      const before = backend.memory().inUse;
      const optimizer = makers[kind](groupsOf(arena), options);
      stepOf(optimizer, 0.01);
      optimizer.dispose();
      expect(backend.memory().inUse).toBe(before);
    });
  });

  it('asks a function for the rate at every step', () => {
    using arena = arenaOf(backend, { w: [2] }, constant(1));
    using optimizer = new SGD([{ name: 'w', arena, parameters: arena.parameters }]);
    scope(() => arena.accumulate(arena.parameters[0], tensor([1, 2], { backend })));
    const rates = [0.5, 0.25];
    let asked = 0;
    for (let s = 0; s < 2; s++) stepOf(optimizer, () => rates[asked++]);
    expect([...arena.parameters[0].value.readSync()]).toEqual([0.25, -0.5]);
  });

  it('keeps a LAMB step as long as the rate times the length of the weight', () => {
    using arena = arenaOf(backend, { a: [4, 3], b: [9] });
    using optimizer = new LAMB([{ name: 'all', arena, parameters: arena.parameters }]);
    const before = arena.parameters.map((p) => Float64Array.from(p.value.readSync()));
    draw(arena, 1);
    stepOf(optimizer, 0.01);
    arena.parameters.forEach((p, i) => {
      const after = p.value.readSync();
      const moved = Math.hypot(...before[i].map((x, k) => x - after[k]));
      expect(moved / Math.hypot(...before[i])).toBeCloseTo(0.01, 6);
    });
  });

  it('steps without reading anything', () => {
    using arena = arenaOf(backend, { a: [4, 3], b: [9] });
    const reads = [vi.spyOn(backend, 'read'), vi.spyOn(backend, 'readSync')];
    for (const kind of kinds) {
      using optimizer = makers[kind]([{ name: 'all', arena, parameters: arena.parameters }]);
      scope(() => {
        optimizer.step(0.01, { maxNorm: 1 });
      });
    }
    for (const read of reads) {
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
    }
  });
});

describe('a step that is not finite', () => {
  const after = (g: readonly number[], maxNorm: number): number[] => {
    using arena = arenaOf(reference, { w: [2] }, constant(1));
    using optimizer = new SGD([{ name: 'w', arena, parameters: arena.parameters }]);
    scope(() => arena.accumulate(arena.parameters[0], tensor([...g], { backend: reference, dtype: 'f64' })));
    stepOf(optimizer, 1, { maxNorm });
    return [...arena.parameters[0].value.readSync()];
  };

  it('spoils what its norm says', () => {
    expect(after([0.5, Infinity], 1)).toEqual([1, Number.NaN]);
    expect(after([0.5, Number.NaN], 1)).toEqual([Number.NaN, Number.NaN]);
    expect(after([0.5, Number.NaN], Infinity)).toEqual([0.5, Number.NaN]);
  });
});

describe('refusals', () => {
  it.each(kinds)('%s: a parameter in two groups, twice in one, or of another arena', (kind) => {
    using arena = arenaOf(reference, { a: [2], b: [3] });
    using other = arenaOf(reference, { z: [2] });
    const [a, b] = arena.parameters;
    const before = reference.memory().inUse;
    expect(() =>
      makers[kind]([
        { name: 'x', arena, parameters: [a, b] },
        { name: 'y', arena, parameters: [b] },
      ]),
    ).toThrow(new ArgumentError(kind, 'b is in the groups x and y; leave it in one, or it would be updated twice'));
    expect(() => makers[kind]([{ name: 'x', arena, parameters: [a, a] }])).toThrow(
      new ArgumentError(kind, 'a is twice in group x; leave it in one, or it would be updated twice'),
    );
    expect(() => makers[kind]([{ name: 'x', arena, parameters: other.parameters }])).toThrow(
      new ArgumentError(kind, 'z of group x is not in the arena of the group; pass its own arena'),
    );
    expect(() => makers[kind]([])).toThrow(new ArgumentError(kind, 'came without parameter groups; pass at least one'));
    expect(reference.memory().inUse).toBe(before);
  });

  it('groups on two backends', () => {
    const second = createReferenceBackend();
    using one = arenaOf(reference, { a: [2] });
    using two = arenaOf(second, { b: [2] });
    const groups = [one, two].map((arena, i) => ({ name: `g${i}`, arena, parameters: arena.parameters }));
    expect(() => new SGD(groups)).toThrow(
      new ArgumentError(
        'SGD',
        'group g1 is on the backend reference, group g0 on reference; make one optimiser for each',
      ),
    );
  });

  it.each<[Kind, object, string]>([
    ['AdamW', { beta1: 1 }, 'beta1 is 1; use a number of at least 0 and below 1'],
    ['AdamW', { beta2: -0.1 }, 'beta2 is -0.1; use a number of at least 0 and below 1'],
    ['Adam', { eps: 0 }, 'eps is 0; use a finite number above 0'],
    ['Adam', { beta1: undefined }, 'beta1 is undefined; use a number of at least 0 and below 1'],
    ['LAMB', { weightDecay: -1 }, 'weightDecay is -1; use a finite number of at least 0'],
    ['LAMB', { eps: Number.NaN }, 'eps is NaN; use a finite number above 0'],
    ['Lion', { weightDecay: Infinity }, 'weightDecay is Infinity; use a finite number of at least 0'],
    ['Lion', { beta2: 2 }, 'beta2 is 2; use a number of at least 0 and below 1'],
    ['SGD', { momentum: 1 }, 'momentum is 1; use a number of at least 0 and below 1'],
    ['SGD', { dampening: 1.5 }, 'dampening is 1.5; use a number from 0 to 1'],
    [
      'SGD',
      { nesterov: true },
      'nesterov came with momentum 0 and dampening 0; it needs momentum above 0 and no dampening',
    ],
  ])('%s %o, of the optimiser and of a group', (kind, options, problem) => {
    using arena = arenaOf(reference, { a: [2] });
    const group = { name: 'a', arena, parameters: arena.parameters };
    expect(() => makers[kind]([group], options)).toThrow(new ArgumentError(kind, problem));
    expect(() => makers[kind]([{ ...group, options }])).toThrow(new ArgumentError(kind, problem));
  });

  it('rates, norms, names, counts and states that do not fit', () => {
    using arena = arenaOf(reference, { a: [2] });
    const group = { name: 'a', arena, parameters: arena.parameters };
    using optimizer = new Lion([group]);
    const refuses = (act: () => unknown, problem: string) => expect(act).toThrow(new ArgumentError('Lion', problem));
    for (const lr of [-1, Number.NaN, Infinity]) {
      refuses(() => stepOf(optimizer, lr), `the learning rate of group a is ${lr}; use a finite number of at least 0`);
    }
    expect(optimizer.steps).toEqual([0]);
    refuses(() => stepOf(optimizer, 0.1, { maxNorm: Number.NaN }), 'maxNorm is NaN; use a number of at least 0');
    refuses(() => stepOf(optimizer, 0.1, { only: ['b'] }), 'has no group b; it has a');
    refuses(() => optimizer.restoreSteps([1.5]), 'a step count is 1.5; use whole numbers from 0 on');
    refuses(() => optimizer.restoreState(arena.parameters[0], { v: [1, 2] }), 'a has the state m, came v');
    refuses(() => optimizer.restoreState(arena.parameters[0], { m: [1] }), 'a has 2 elements, came m of 1');
    refuses(() => new Lion([{ ...group, lrScale: -2 }]), 'lrScale is -2; use a finite number of at least 0');
  });
});
