// Cross-attention beside PyTorch's: outputs and every gradient, for more context tokens than queries.

import { readFileSync } from 'node:fs';
import { checkModelGolden, type GoldenInputs, type GoldenResults } from '@omnigrad/nn/testing';
import { readGolden } from '@omnigrad/tensor/testing';
import { describe, it } from 'vitest';
import { CrossAttention } from '../src/index.ts';
import { backends } from './support.ts';

describe.each(['cross-attention', 'cross-attention-masked'])('%s', (name) => {
  const file = readGolden(readFileSync(new URL(`goldens/${name}.safetensors`, import.meta.url)));
  const { width, heads, eps } = JSON.parse(file.metadata.config) as { width: number; heads: number; eps: number };

  it.each(backends)('is reproduced by $name', (backend) => {
    checkModelGolden(file, backend, (at) => {
      const cross = new CrossAttention(at, width, heads, eps);
      return ({ input, padding }: GoldenInputs): GoldenResults => {
        const context = { x: input('input/context'), padding };
        const query = { x: input('input/query'), padding: null };
        const seen = { x: cross.normContext.forward(context.x), padding };
        const attended = cross.attention.forward(cross.normQuery.forward(query.x), seen);
        const output = cross.forward(query, context).x;
        return { result: output, activations: { attended, output } };
      };
    });
  });
});
