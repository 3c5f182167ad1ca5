// Convolution layers: the ops with the weights and options of the layer, padding by elements of x, first values, errors.

import { parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  type Backend,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  mean,
  normal,
  padAxes,
  rngKey,
  type Shape,
  square,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import {
  accumulateGradients,
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvolutionLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  onesInit,
  ParameterScope,
} from '../src/index.ts';
import { backends } from './support.ts';

const key = rngKey(5);

const same = (got: Tensor, want: Tensor): void => {
  expect(got.shape).toEqual(want.shape);
  expect(got.readSync()).toEqual(want.readSync());
};

const steps = { stride: [2, 1, 1], dilation: [1, 2, 1], groups: 2 };
/** The first so many axes of all options. */
const options = (axes: number) => ({
  groups: 2,
  stride: steps.stride.slice(0, axes),
  dilation: steps.dilation.slice(0, axes),
  padding: [1, 2, 0].slice(0, axes),
});

describe.each(backends)('convolutions on $name', (backend: Backend) => {
  const input = (axes: number): Tensor => normal(key, [2, 4, ...[7, 6, 3].slice(0, axes)], { backend });

  it.each([
    [1, Conv1d, conv1d],
    [2, Conv2d, conv2d],
    [3, Conv3d, conv3d],
  ] as const)('Conv%id is the op with every option', (axes, Layer, op) => {
    const kernel = [3, 2, 1].slice(0, axes);
    withModel(
      backend,
      (at) => new Layer(at.child('conv'), 4, 6, { kernel, ...options(axes) }),
      (layer, arena) => {
        expect(layer.weight.shape).toEqual([6, 2, ...kernel]);
        expect(layer.weight.decay).toBe(true);
        const x = input(axes);
        const bias = layer.bias?.value;
        same(layer.forward(x), op(x, layer.weight.value, { bias, ...options(axes) }));
        accumulateGradients(() => mean(square(layer.forward(x))), [{ arena, parameters: arena.parameters }]);
        expect(parametersWithoutGradient(arena)).toEqual([]);
      },
    );
  });

  it.each([
    [1, ConvTranspose1d, convTranspose1d],
    [2, ConvTranspose2d, convTranspose2d],
    [3, ConvTranspose3d, convTranspose3d],
  ] as const)('ConvTranspose%id is the op with every option', (axes, Layer, op) => {
    const kernel = [3, 5, 2].slice(0, axes);
    const all = { ...options(axes), outputPadding: [1, 1, 0].slice(0, axes) };
    withModel(
      backend,
      (at) => new Layer(at.child('conv'), 4, 6, { kernel, ...all }),
      (layer, arena) => {
        expect(layer.weight.shape).toEqual([4, 3, ...kernel]);
        expect(layer.bias?.shape).toEqual([6]);
        const x = input(axes);
        same(layer.forward(x), op(x, layer.weight.value, { bias: layer.bias?.value, ...all }));
        accumulateGradients(() => mean(square(layer.forward(x))), [{ arena, parameters: arena.parameters }]);
        expect(parametersWithoutGradient(arena)).toEqual([]);
      },
    );
  });

  it('has no bias where none is wanted', () => {
    withModel(
      backend,
      (at) => new Conv1d(at, 1, 1, { kernel: 2, bias: false, init: onesInit }),
      (layer, arena) => {
        expect(layer.bias).toBeNull();
        expect(arena.parameters.map((p) => p.name)).toEqual(['weight']);
        expect([...layer.forward(tensor([1, 2, 4], [1, 1, 3], { backend })).readSync()]).toEqual([3, 6]);
      },
    );
  });

  it.each<[NonNullable<ConvolutionLayerOptions['paddingMode']>, number[]]>([
    ['constant', [1, 3, 6, 4]],
    ['edge', [2, 3, 6, 8]],
    ['reflect', [3, 3, 6, 6]],
    ['circular', [5, 3, 6, 5]],
  ])('pads with %s elements', (paddingMode, wanted) => {
    withModel(
      backend,
      (at) => new Conv1d(at, 1, 1, { kernel: 2, padding: 1, paddingMode, bias: false, init: onesInit }),
      (layer) => {
        const x = tensor([1, 2, 4], [1, 1, 3], { backend });
        expect([...layer.forward(x).readSync()]).toEqual(wanted);
      },
    );
  });

  it('pads by elements where sides differ, for the same size, and not at all', () => {
    using x = normal(key, [2, 2, 6, 5], { backend });
    const cases: [ConvolutionLayerOptions, [number, number][]][] = [
      [
        { kernel: [2, 3], padding: [[2, 0], 1] },
        [
          [2, 0],
          [1, 1],
        ],
      ],
      [
        { kernel: [2, 3], padding: 'same', dilation: [3, 1] },
        [
          [1, 2],
          [1, 1],
        ],
      ],
      [
        { kernel: 3, padding: 'valid' },
        [
          [0, 0],
          [0, 0],
        ],
      ],
    ];
    for (const [own, widths] of cases) {
      withModel(
        backend,
        (at) => new Conv2d(at, 2, 3, { ...own, paddingMode: 'reflect' }),
        (layer) => {
          const wide = padAxes(x, [null, null, ...widths], { mode: 'reflect' });
          const { dilation } = own;
          same(layer.forward(x), conv2d(wide, layer.weight.value, { bias: layer.bias?.value, dilation }));
          if (own.padding === 'same') expect(layer.forward(x).shape).toEqual([2, 3, 6, 5]);
        },
      );
    }
  });

  it('begins uniform on ±1 / √fanIn, bias included', () => {
    const largest = (x: Tensor): number => Math.max(...Array.from(x.readSync(), Math.abs));
    const cases: [(at: ParameterScope) => Conv2d | ConvTranspose2d, number][] = [
      [(at) => new Conv2d(at, 16, 64, { kernel: 3, groups: 2 }), 8 * 9],
      // PyTorch takes the second axis of the weight for its inputs here too.
      [(at) => new ConvTranspose2d(at, 16, 64, { kernel: 3, groups: 2 }), 32 * 9],
    ];
    for (const [build, fanIn] of cases) {
      withModel(backend, build, (layer) => {
        for (const p of [layer.weight, layer.bias]) {
          const share = p === null ? 0 : largest(p.value) * Math.sqrt(fanIn);
          expect(share).toBeLessThanOrEqual(1 + 1e-6);
          expect(share).toBeGreaterThan(0.8);
        }
      });
    }
  });

  it('names itself in the errors of its op', () => {
    const messageOf = (own: ConvolutionLayerOptions, shape: Shape): string => {
      let message = 'nothing was thrown';
      withModel(
        backend,
        (at) => new Conv2d(at.child('stem'), 2, 2, own),
        (layer) => {
          try {
            layer.forward(normal(key, shape, { backend }));
          } catch (error) {
            message = error instanceof Error ? error.message : '';
          }
        },
      );
      return message;
    };
    expect(messageOf({ kernel: 3 }, [2, 2, 6])).toBe(
      'conv2d: expected x of rank 4, [batch, channels, ...spatial], came [2, 2, 6]; reshape() it (in stem)',
    );
    const reflect = { kernel: 3, paddingMode: 'reflect' } as const;
    expect(messageOf({ ...reflect, padding: 1 }, [2, 2, 6])).toMatch(/^conv2d: expected x of rank 4.*in stem/);
    expect(messageOf({ ...reflect, padding: 'same', stride: 2 }, [2, 2, 6, 6])).toBe(
      "conv2d: padding 'same' needs stride 1, came stride [2, 2]; give numbers (in stem)",
    );
    expect(messageOf({ ...reflect, padding: [1] }, [2, 2, 6, 6])).toMatch(/^conv2d: padding must be .*came \[1\]/);
    expect(messageOf({ ...reflect, padding: 6 }, [2, 2, 6, 6])).toMatch(/^padAxes: reflect takes at most 5.*in stem/);
  });
});

describe('options that make no weight', () => {
  it.each<[number, number, ConvolutionLayerOptions, string]>([
    [1, 1, { kernel: 0 }, 'Conv2d: kernel must be a whole number from 1 on, or 2 of them, came 0'],
    [1, 1, { kernel: [3] }, 'Conv2d: kernel must be a whole number from 1 on, or 2 of them, came [3]'],
    [1, 1, { kernel: [3, 1.5] }, 'Conv2d: kernel must be a whole number from 1 on, or 2 of them, came [3, 1.5]'],
    [0, 1, { kernel: 1 }, 'Conv2d: inputs is 0; use a whole number from 1 on'],
    [1, -1, { kernel: 1 }, 'Conv2d: outputs is -1; use a whole number from 1 on'],
    [1, 1, { kernel: 1, groups: 0.5 }, 'Conv2d: groups is 0.5; use a whole number from 1 on'],
    [4, 3, { kernel: 1, groups: 2 }, 'Conv2d: groups must divide the channels 4 and 3, came 2'],
  ])('%i -> %i, %o', (inputs, outputs, own, message) => {
    expect(() => new Conv2d(new ParameterScope(), inputs, outputs, own)).toThrow(expect.objectContaining({ message }));
  });

  it('are named by the transposed layers too', () => {
    expect(() => new ConvTranspose3d(new ParameterScope(), 1, 1, { kernel: [1, 2] })).toThrow(
      'ConvTranspose3d: kernel must be a whole number from 1 on, or 3 of them, came [1, 2]',
    );
  });
});
