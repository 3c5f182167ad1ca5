// The encoder of two blocks and the reduction beside PyTorch's: outputs and every gradient.

import { readFileSync } from 'node:fs';
import { evaluation } from '@omnigrad/nn';
import { checkModelGolden, type GoldenInputs, type GoldenResults } from '@omnigrad/nn/testing';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, it } from 'vitest';
import { encoderOf } from './golden-encoder.ts';
import { backends } from './support.ts';

describe.each(['encoder-prenorm', 'encoder-prenorm-masked', 'encoder-postnorm', 'encoder-postnorm-masked'])(
  '%s',
  (name) => {
    const file = readGolden(readFileSync(new URL(`goldens/${name}.safetensors`, import.meta.url)));

    it.each(backends)('is reproduced by $name', (backend) => {
      checkModelGolden(file, backend, (at) => {
        const { transformer, reduction } = encoderOf(at, file);
        return ({ input, padding }: GoldenInputs): GoldenResults => {
          const tokens = { x: input('input'), padding };
          const block0 = transformer.blocks[0].forward(tokens, evaluation);
          const block1 = transformer.blocks[1].forward(block0, evaluation);
          const encoder = transformer.forward(tokens, evaluation);
          const reduced = reduction.forward(encoder.x);
          return { result: reduced, activations: { block0: block0.x, block1: block1.x, encoder: encoder.x, reduced } };
        };
      });
    });
  },
);
