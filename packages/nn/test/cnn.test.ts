// A convolutional network in training beside PyTorch: losses, first gradients, last weights, running statistics.

import { readFileSync } from 'node:fs';
import { checkGoldenArray, goldenArray, writeGoldenParameters } from '@omnigrad/nn/testing';
import {
  adaptiveAvgPool2d,
  type Backend,
  crossEntropy,
  ids,
  maxPool2d,
  relu,
  reshape,
  rngKey,
  scope,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  accumulateGradients,
  BatchNorm,
  Conv2d,
  evaluation,
  Linear,
  type Mode,
  Module,
  ParameterArena,
  ParameterScope,
  SGD,
  type SGDOptions,
  training,
} from '../src/index.ts';
import { backends } from './support.ts';

const golden = readGolden(readFileSync(new URL('goldens/cnn.safetensors', import.meta.url)));
const number = (name: string): number => Number(golden.metadata[name]);
const options = JSON.parse(golden.metadata.options) as Partial<SGDOptions>;

class Network extends Module {
  readonly conv1: Conv2d;
  readonly norm: BatchNorm;
  readonly conv2: Conv2d;
  readonly head: Linear;

  constructor(at: ParameterScope) {
    super(at);
    this.conv1 = new Conv2d(at.child('conv1'), 2, 4, { kernel: 3, padding: 1, bias: false });
    this.norm = new BatchNorm(at.child('norm'), 4, { momentum: number('normMomentum') });
    this.conv2 = new Conv2d(at.child('conv2'), 4, 6, { kernel: 3, padding: 'same', groups: 2 });
    this.head = new Linear(at.child('head'), 36, 5);
  }

  forward(x: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const half = maxPool2d(relu(this.norm.forward(this.conv1.forward(x), mode)), { kernel: 2 });
      const pooled = adaptiveAvgPool2d(this.conv2.forward(half), [3, 2]);
      return this.head.forward(reshape(pooled, [x.shape[0], 36]));
    });
  }
}

/** The inputs of one step. */
const batchOf = (backend: Backend, step: number): { readonly x: Tensor; readonly target: Tensor } => {
  const part = (name: string) => {
    const { data, shape } = goldenArray(golden, name);
    const own = shape.slice(1);
    const size = own.reduce((a, b) => a * b, 1);
    return { data: data.slice(step * size, (step + 1) * size), shape: own };
  };
  const [x, target] = [part('x'), part('target')];
  return {
    x: tensor(x.data, x.shape, { backend, dtype: backend.floatDType }),
    target: ids(Int32Array.from(target.data), target.shape, { backend }),
  };
};

describe.each(backends)('on $name', (backend) => {
  it('trains as in PyTorch', () => {
    const at = new ParameterScope();
    const model = new Network(at);
    using arena = new ParameterArena(at, backend, rngKey(0));
    writeGoldenParameters(arena, golden);
    const groups = [{ name: 'all', arena, parameters: arena.parameters }];
    using optimizer = new SGD(groups, options);
    const losses: number[] = [];
    for (let step = 0; step < number('steps'); step++) {
      scope(() => {
        const { x, target } = batchOf(backend, step);
        arena.zeroGrads();
        const loss = accumulateGradients(() => {
          const logits = model.forward(x, training(rngKey(step)));
          return crossEntropy(logits, target, { labelSmoothing: number('labelSmoothing') });
        }, groups);
        losses.push(loss.itemSync());
        if (step === 0) {
          const grads = arena.grads.readSync();
          const weights = arena.parameters.filter((p) => p.trainable);
          const names = [...golden.tensors.keys()].filter((name) => name.startsWith('grad/'));
          expect(weights.map(({ name }) => `grad/${name}`).sort()).toEqual(names.sort());
          for (const { name, offset, value } of weights) {
            checkGoldenArray(golden, `grad/${name}`, grads.slice(offset, offset + value.size), backend);
          }
        }
        optimizer.step(number('lr'));
      });
    }
    checkGoldenArray(golden, 'losses', Float64Array.from(losses), backend);
    for (const p of arena.parameters) checkGoldenArray(golden, `final/${p.name}`, p.value.readSync(), backend);
    scope(() => {
      const logits = model.forward(batchOf(backend, 0).x, evaluation);
      checkGoldenArray(golden, 'evaluation', logits.readSync(), backend);
    });
  });
});
