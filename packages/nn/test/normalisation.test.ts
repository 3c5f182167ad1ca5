// Normalisation and dropout layers: values by hand, running statistics, the two modes, state and errors.

import { parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  type Backend,
  mean,
  mul,
  normal,
  overwrite,
  rngKey,
  scope,
  square,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  AdamW,
  accumulateGradients,
  BatchNorm,
  ChannelDropout,
  Dropout,
  DropPath,
  evaluation,
  GroupNorm,
  InstanceNorm,
  Linear,
  ParameterArena,
  ParameterScope,
  RMSNorm,
  training,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const key = rngKey(5);
const mode = training(key);

const close = (what: string, got: Tensor, want: readonly number[]): void =>
  assertClose(what, got.readSync(), want, { absolute: 1e-5, dtype: got.dtype === 'f64' ? 'f64' : 'f32' });

/** Adds the gradient of a loss of every element. */
const differentiate = (arena: ParameterArena, forward: () => Tensor): void => {
  accumulateGradients(() => mean(square(forward())), [{ arena, parameters: arena.parameters }]).dispose();
};

describe.each(backends)('normalisations on $name', (backend: Backend) => {
  it('RMSNorm divides by the root mean square and scales', () => {
    withModel(
      backend,
      (at) => new RMSNorm(at, 2, 0),
      (layer, arena) => {
        arena.write(layer.weight, [1, 2]);
        close('out', layer.forward(tensor([3, 4, 0, -2], [2, 2], { backend })), [
          3 / Math.sqrt(12.5),
          8 / Math.sqrt(12.5),
          0,
          -2 * Math.SQRT2,
        ]);
      },
    );
  });

  it('GroupNorm and InstanceNorm normalise groups and channels, with their scale and shift', () => {
    withModel(
      backend,
      (at) => ({
        group: new GroupNorm(at.child('group'), 1, 2, { eps: 0 }),
        instance: new InstanceNorm(at.child('instance'), 2, { eps: 0, affine: true }),
        plain: new InstanceNorm(at.child('plain'), 2, { eps: 0 }),
      }),
      ({ group, instance, plain }, arena) => {
        const x = tensor([1, 1, 3, 3], [1, 2, 2], { backend });
        const y = tensor([1, 3, 4, 8], [1, 2, 2], { backend });
        for (const { weight, bias } of [group, instance]) {
          if (weight !== null) arena.write(weight, [1, 2]);
          if (bias !== null) arena.write(bias, [0, 10]);
        }
        close('group', group.forward(x), [-1, -1, 12, 12]);
        close('instance', instance.forward(y), [-1, 1, 8, 12]);
        close('plain', plain.forward(y), [-1, 1, -1, 1]);
        expect(plain.weight).toBeNull();
        expect(arena.parameters.map((p) => p.name)).toEqual([
          'group.weight',
          'group.bias',
          'instance.weight',
          'instance.bias',
        ]);
      },
    );
  });

  it('give every weight a gradient', () => {
    withModel(
      backend,
      (at) => ({
        rms: new RMSNorm(at.child('rms'), 3),
        batch: new BatchNorm(at.child('batch'), 2),
        group: new GroupNorm(at.child('group'), 2, 2),
        instance: new InstanceNorm(at.child('instance'), 2, { affine: true }),
      }),
      ({ rms, batch, group, instance }, arena) => {
        for (const p of arena.parameters) if (p.name.endsWith('bias')) arena.write(p, [0.3, -0.2]);
        const x = normal(key, [4, 2, 3], { backend });
        differentiate(arena, () => rms.forward(instance.forward(group.forward(batch.forward(x, mode)))));
        // Instances are normalised again, so that what came before does not matter.
        differentiate(arena, () => rms.forward(group.forward(batch.forward(x, mode))));
        differentiate(arena, () => batch.forward(x, mode));
        expect(parametersWithoutGradient(arena)).toEqual([]);
      },
    );
  });
});

describe.each(backends)('BatchNorm on $name', (backend: Backend) => {
  // Channel means 2 and 4, biased variances 1 and 4, unbiased 2 and 8.
  const batch = (): Tensor => tensor([1, 2, 3, 6], [2, 2], { backend });
  const build = (at: ParameterScope): BatchNorm => new BatchNorm(at.child('bn'), 2, { eps: 0, momentum: 0.25 });

  it('normalises by the batch in training and by the running statistics in evaluation', () => {
    withModel(backend, build, (layer) => {
      close('before', layer.forward(batch(), evaluation), [1, 2, 3, 6]);
      close('training', layer.forward(batch(), mode), [-1, -1, 1, 1]);
      const [m, v] = [
        [0.5, 1],
        [1.25, 2.75],
      ];
      close('running mean', layer.runningMean.value, m);
      close('running variance', layer.runningVariance.value, v);
      close(
        'evaluation',
        layer.forward(batch(), evaluation),
        [1, 2, 3, 6].map((x, i) => (x - m[i % 2]) / Math.sqrt(v[i % 2])),
      );
      layer.forward(batch(), mode);
      close('running mean of two', layer.runningMean.value, [0.875, 1.75]);
      close('running variance of two', layer.runningVariance.value, [1.4375, 4.0625]);
    });
  });

  it('works on vectors, sequences, images and volumes, with and without scale', () => {
    withModel(
      backend,
      (at) => [new BatchNorm(at.child('a'), 3), new BatchNorm(at.child('b'), 3, { affine: false })],
      (layers) => {
        for (const layer of layers) {
          for (const shape of [
            [4, 3],
            [2, 3, 5],
            [2, 3, 4, 4],
            [2, 3, 2, 2, 2],
          ]) {
            expect(layer.forward(normal(key, shape, { backend }), mode).shape).toEqual(shape);
            expect(layer.forward(normal(key, shape, { backend }), evaluation).shape).toEqual(shape);
          }
        }
      },
    );
  });

  it('keeps its statistics in the arena under names, without gradient, update or count', () => {
    withModel(backend, build, (layer, arena) => {
      expect(arena.parameters.map((p) => [p.name, p.trainable, p.decay])).toEqual([
        ['bn.weight', true, false],
        ['bn.bias', true, false],
        ['bn.runningMean', false, false],
        ['bn.runningVariance', false, false],
      ]);
      expect(arena.count).toBe(4);
      arena.write(layer.runningMean, [5, 6]);
      close('written', layer.runningMean.value, [5, 6]);
      using optimizer = new AdamW([{ name: 'all', arena, parameters: arena.parameters }], { weightDecay: 1 });
      differentiate(arena, () => layer.forward(batch(), evaluation));
      optimizer.step(0.5).dispose();
      close('running mean', layer.runningMean.value, [5, 6]);
      close('running variance', layer.runningVariance.value, [1, 1]);
      expect(layer.weight?.value.readSync()[0]).not.toBe(1);
      const names = optimizer.moments().map(({ parameter, m, v }) => {
        m.dispose();
        v.dispose();
        return parameter.name;
      });
      expect(names).toEqual(['bn.weight', 'bn.bias']);
    });
  });

  it('moves the same statistics inside and outside of differentiation', () => {
    withModel(backend, build, (layer, arena) => {
      differentiate(arena, () => layer.forward(batch(), mode));
      close('running mean', layer.runningMean.value, [0.5, 1]);
      close('running variance', layer.runningVariance.value, [1.25, 2.75]);
    });
  });

  it('lets a gradient pass to the layers ahead of it, whose weights lie beside its statistics', () => {
    withModel(
      backend,
      (at) => ({ ahead: new Linear(at.child('ahead'), 3, 2), norm: new BatchNorm(at.child('norm'), 2) }),
      ({ ahead, norm }, arena) => {
        const x = normal(key, [4, 3], { backend });
        const third = (y: Tensor): Tensor => mul(y, square(y));
        accumulateGradients(
          () => mean(third(norm.forward(ahead.forward(x), mode))),
          [{ arena, parameters: arena.parameters }],
        );
        // The normalisation takes the bias away again.
        expect(parametersWithoutGradient(arena).filter((name) => name !== 'ahead.bias')).toEqual([]);
      },
    );
  });

  it('leaves its statistics alone when it refuses a batch', () => {
    withModel(backend, build, (layer) => {
      expect(() => layer.forward(tensor([1, 2], [1, 2], { backend }), mode)).toThrow(
        expect.objectContaining({
          message: 'batchNorm: training wants more than one value a channel, came 1 in x [1, 2] (in bn)',
        }),
      );
      expect(() => layer.forward(tensor([1, 2, 3], [1, 3], { backend }), evaluation)).toThrow(
        expect.objectContaining({ message: 'batchNorm: x [1, 3] wants gamma [3], came [2] (in bn)' }),
      );
      close('running mean', layer.runningMean.value, [0, 0]);
    });
  });
});

describe.each(backends)('Dropout on $name', (backend: Backend) => {
  it('drops in training only, other elements for another name', () => {
    withModel(
      backend,
      (at) => [new Dropout(at.child('a'), 0.5), new Dropout(at.child('b'), 0.5)],
      ([a, b]) => {
        const x = normal(key, [20, 20], { backend });
        expect(a.forward(x, evaluation)).toBe(x);
        const [first, again, other] = [a, a, b].map((layer) => [...layer.forward(x, mode).readSync()]);
        expect(again).toEqual(first);
        expect(other).not.toEqual(first);
        expect(Math.abs(first.filter((v) => v === 0).length / 400 - 0.5)).toBeLessThan(0.1);
      },
    );
  });
});

describe.each([
  ['ChannelDropout', ChannelDropout, 5],
  ['DropPath', DropPath, 3 * 5],
] as const)('%s', (name, Layer, together) => {
  it.each(backends)('on $name drops whole slices, in training only, others for another name', (backend) => {
    withModel(
      backend,
      (at) => [new Layer(at.child('a'), 0.25), new Layer(at.child('b'), 0.25), new Layer(at.child('c'), 0)],
      ([a, b, none]) => {
        const x = normal(key, [200, 3, 5], { backend });
        expect(a.forward(x, evaluation)).toBe(x);
        expect(none.forward(x, mode)).toBe(x);
        const [first, again, other] = [a, a, b].map((layer) => layer.forward(x, mode).readSync());
        expect(again).toEqual(first);
        expect(other).not.toEqual(first);
        const before = x.readSync();
        let dropped = 0;
        for (let i = 0; i < first.length; i += together) {
          const whole = first.slice(i, i + together);
          const kept = before.slice(i, i + together).map((v) => v / 0.75);
          const falls = whole.every((v) => v === 0);
          if (falls) dropped++;
          for (let k = 0; k < together && !falls; k++) expect(whole[k]).toBeCloseTo(kept[k], 5);
        }
        // Four deviations of 200 draws or more.
        expect(Math.abs((dropped * together) / first.length - 0.25)).toBeLessThan(0.125);
      },
    );
  });

  it('names itself in errors', () => {
    expect(() => new Layer(new ParameterScope(), 1)).toThrow(`${name}: p must be in [0, 1), came 1`);
    const root = new ParameterScope();
    const layer = new Layer(root.child('stem'), 0.5);
    scope(() => {
      expect(() => layer.forward(tensor(1, { backend: reference }), mode)).toThrow('(in stem)');
    });
  });
});

describe('errors', () => {
  it.each([1, -0.1, Number.NaN])('Dropout of %s', (p) => {
    expect(() => new Dropout(new ParameterScope(), p)).toThrow(
      expect.objectContaining({ message: `Dropout: p must be in [0, 1), came ${p}` }),
    );
  });

  it('overwrite refuses another shape', () => {
    scope(() => {
      const [a, b] = [tensor([1, 2], [2], { backend: reference }), tensor([1], [1], { backend: reference })];
      expect(() => {
        overwrite(a, b);
      }).toThrow(expect.objectContaining({ message: 'overwrite: the target is f64 [2], came f64 [1]' }));
    });
  });

  it('name the layer', () => {
    const root = new ParameterScope();
    const at = root.child('stem');
    const layers = [new RMSNorm(at.child('rms'), 3), new GroupNorm(at.child('group'), 2, 3), new InstanceNorm(at, 3)];
    using _arena = new ParameterArena(root, reference, key);
    const messages = [
      'rmsNorm: x [1, 2, 4] wants gamma [4], came [3] (in stem.rms)',
      'groupNorm: x [1, 2, 4] wants gamma [2], came [3] (in stem.group)',
    ];
    layers.slice(0, 2).forEach((layer, i) => {
      expect(() => {
        scope(() => layer.forward(normal(key, [1, 2, 4], { backend: reference })));
      }).toThrow(expect.objectContaining({ message: messages[i] }));
    });
    expect(() => {
      scope(() => layers[2].forward(normal(key, [1, 3], { backend: reference })));
    }).toThrow(
      expect.objectContaining({
        message:
          'instanceNorm: expected x [batch, channels, ...] with more than one position a channel, came [1, 3] (in stem)',
      }),
    );
  });
});
