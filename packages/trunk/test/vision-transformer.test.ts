// Twenty training steps of a small vision transformer, beside PyTorch's: convolution over patches, class token, positions,
// two blocks, cross entropy with smoothing, clipping, AdamW on a warm-up and cosine schedule.

import { readFileSync } from 'node:fs';
import {
  AdamW,
  accumulateGradients,
  evaluation,
  Linear,
  ParameterArena,
  ParameterScope,
  warmupCosine,
  zerosInit,
} from '@omnigrad/nn';
import { checkGoldenArray, goldenArray, goldenInput, writeGoldenParameters } from '@omnigrad/nn/testing';
import {
  add,
  concat,
  conv2d,
  crossEntropyRows,
  expand,
  ids,
  mean,
  permute,
  reshape,
  rngKey,
  scope,
  slice,
  type Tensor,
} from '@omnigrad/tensor';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, it } from 'vitest';
import { Transformer } from '../src/index.ts';
import { backends } from './support.ts';

interface Config {
  readonly patch: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly blocks: number;
  readonly classes: number;
  readonly steps: number;
  readonly batches: number;
  readonly schedule: {
    readonly base: number;
    readonly minimum: number;
    readonly warmup: number;
    readonly total: number;
  };
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
  readonly labelSmoothing: number;
  readonly layerNormEps: number;
}

const file = readGolden(readFileSync(new URL('goldens/vision-transformer.safetensors', import.meta.url)));
const config = JSON.parse(file.metadata.config) as Config;
const { patch, width, batches, steps, schedule } = config;

describe('twenty steps of a vision transformer', () => {
  it.each(backends)('have the losses, norms and first gradients of PyTorch on $name', (backend) => {
    const at = new ParameterScope();
    const scopeOfPatch = at.child('patch');
    const kernel = scopeOfPatch.param('weight', [width, 1, patch, patch], zerosInit);
    const bias = scopeOfPatch.param('bias', [width], zerosInit);
    // As in PyTorch every tensor of two axes decays, so these two do.
    const classToken = at.param('classToken', [1, width], zerosInit);
    const positions = at.param('positions', [5, width], zerosInit);
    const transformer = new Transformer(at.child('transformer'), {
      width,
      heads: config.heads,
      feedForward: config.hidden,
      layers: config.blocks,
      norm: 'pre',
      normEps: config.layerNormEps,
      dropout: 0,
    });
    const head = new Linear(at.child('head'), width, config.classes);
    using arena = new ParameterArena(at, backend, rngKey(0));
    writeGoldenParameters(arena, file);
    const group = { name: 'all', arena, parameters: arena.parameters };
    using optimizer = new AdamW([group], config);

    const logitsOf = (images: Tensor): Tensor => {
      const [B] = images.expect('B C H W');
      // [B, width, 2, 2] -> [B, width, 4] -> [B, 4, width]
      const grid = conv2d(images, kernel.value, { bias: bias.value, stride: patch });
      const tokens = permute(reshape(grid, [B, width, -1]), [0, 2, 1]);
      const first = expand(reshape(classToken.value, [1, 1, width]), [B, 1, width]);
      const x = add(concat([first, tokens], { axis: 1 }), positions.value);
      const y = transformer.forward({ x, padding: null }, evaluation);
      // [B, 5, width] -> [B, 1, width] -> [B, width]
      return head.forward(reshape(slice(y.x, { axis: 1, start: 0, end: 1 }), [B, width]));
    };

    const images = goldenArray(file, 'images');
    const labels = goldenArray(file, 'labels');
    const [, B, C, H, W] = images.shape;
    using all = goldenInput(file, 'images', backend);
    const [losses, norms]: [number[], number[]] = [[], []];
    for (let s = 0; s < steps; s++) {
      const b = s % batches;
      scope(() => {
        arena.zeroGrads();
        const y = ids(labels.data.subarray(b * B, (b + 1) * B), [B], { backend });
        // [batches, B, C, H, W] -> [1, B, C, H, W] -> [B, C, H, W]
        const x = reshape(slice(all, { start: b, end: b + 1 }), [B, C, H, W]);
        const { loss, logits } = accumulateGradients(() => {
          const out = logitsOf(x);
          const rows = crossEntropyRows(out, y, { labelSmoothing: config.labelSmoothing });
          return { loss: mean(rows), logits: out };
        }, [group]);
        if (s === 0) {
          checkGoldenArray(file, 'out/logits', logits.readSync(), backend);
          for (const p of arena.parameters) {
            const grad = arena.grads.readSync().subarray(p.offset, p.offset + p.value.size);
            checkGoldenArray(file, `grad/${p.name}`, grad, backend);
          }
        }
        losses.push(loss.itemSync());
        const { base, minimum, warmup, total } = schedule;
        const rate = warmupCosine(s, { base, min: minimum, warmupSteps: warmup, totalSteps: total });
        norms.push(optimizer.step(rate, { maxNorm: config.maxNorm }).itemSync());
      });
    }
    checkGoldenArray(file, 'out/losses', Float64Array.from(losses), backend);
    checkGoldenArray(file, 'out/gradNorms', Float64Array.from(norms), backend);
  });
});
