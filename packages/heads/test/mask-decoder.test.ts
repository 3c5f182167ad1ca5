// Mask decoders: both ways of hiding, every kind of output, and what a prediction may depend on.

import {
  accumulateGradients,
  evaluation,
  type ParameterArena,
  type ParameterScope,
  type ReconstructionMask,
  type Tokens,
} from '@omnigrad/nn';
import { drawTokens, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import { add, type Backend, concat, mean, slice, square, type Tensor, valueAndGrad } from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { columnOutputs, type Decoded, MaskDecoder, type MaskDecoderConfig } from '../src/index.ts';
import { backends, reference } from './support.ts';

const drop: MaskDecoderConfig = {
  inputs: 6,
  transformer: { width: 8, layers: 1, heads: 2, feedForward: 12, norm: 'pre', normEps: 1e-5, dropout: 0 },
  tokens: 5,
  method: 'drop',
  output: { kind: 'values', width: 4 },
};
const replace: MaskDecoderConfig = { ...drop, method: 'replace' };

const maskOf = (visible: readonly number[], hidden: readonly number[]): ReconstructionMask => ({
  kind: 'reconstruction',
  visible: Int32Array.from(visible),
  hidden: Int32Array.from(hidden),
  batch: 2,
});
/** Two samples: 0 hides 1 and 3, 1 hides 4 and 0. */
const mask = maskOf([0, 2, 4, 1, 2, 3], [1, 3, 4, 0]);

const withDecoder = (
  backend: Backend,
  config: MaskDecoderConfig,
  use: (decoder: MaskDecoder, arena: ParameterArena) => void,
): void => {
  withModel(backend, (at: ParameterScope) => new MaskDecoder(at.child('decoder'), config), use);
};

const read = (x: Tensor): number[] => [...x.readSync()];
const part = (x: Tensor, axis: number, i: number): Tensor => slice(x, { axis, start: i, end: i + 1 });
/** The tokens at `order`, the class token being 0. */
const reordered = (x: Tensor, order: readonly number[]): Tensor =>
  concat(
    order.map((i) => part(x, 1, i)),
    { axis: 1 },
  );
const near = (backend: Backend) => ({ ofLargest: backend.floatDType === 'f64' ? 1e-12 : 1e-5 });

describe.each(backends)('mask decoders on $name', (backend) => {
  // f saw the three visible tokens, or all five, behind the class token.
  const seenBy = ({ method }: MaskDecoderConfig, seed = 1): Tokens =>
    drawTokens(backend, seed, [2, method === 'drop' ? 4 : 6, 6]);

  const outputs = [
    [{ kind: 'values', width: 4 }, 4, null],
    [{ kind: 'points', points: 3 }, 9, null],
    [{ kind: 'cosine', width: 3 }, 3, null],
    [{ kind: 'ids', classes: 9, orderClasses: 2 }, 9, [2, 2]],
    [{ kind: 'ids', classes: 9, orderClasses: 0 }, 9, null],
    [{ kind: 'columns', categories: [0, 3, 0, 2] }, 7, null],
  ] as const;

  describe.each([drop, replace])('$method', (base) => {
    it.each(outputs)('%j: shapes, and a gradient for every parameter', (output, width, order) => {
      withDecoder(backend, { ...base, output }, (decoder, arena) => {
        const tokens = seenBy(base);
        const decoded = accumulateGradients(() => {
          const out = decoder.forward(tokens, mask, evaluation);
          const loss = mean(square(out.hidden));
          return { loss: out.order === null ? loss : add(loss, mean(square(out.order))), ...out };
        }, [{ arena, parameters: arena.parameters }]);
        expect(decoded.hidden.shape).toEqual([2, 2, width]);
        expect(decoded.order?.shape ?? null).toEqual(order);
        expect(parametersWithoutGradient(arena)).toEqual([]);
      });
    });

    it('answers in the order of the hidden tokens', () => {
      withDecoder(backend, base, (decoder) => {
        const tokens = seenBy(base);
        const straight = decoder.forward(tokens, mask, evaluation).hidden;
        const turned = decoder.forward(tokens, maskOf([...mask.visible], [3, 1, 0, 4]), evaluation).hidden;
        const wanted = concat([part(straight, 1, 1), part(straight, 1, 0)], { axis: 1 });
        assertClose('turned', turned.readSync(), wanted.readSync(), near(backend));
      });
    });

    it('tells hidden tokens apart by their positions', () => {
      withDecoder(backend, base, (decoder) => {
        const { hidden } = decoder.forward(seenBy(base), mask, evaluation);
        expect(read(part(part(hidden, 0, 0), 1, 0))).not.toEqual(read(part(part(hidden, 0, 0), 1, 1)));
      });
    });

    it('reads every token that f saw', () => {
      withDecoder(backend, base, (decoder) => {
        const tokens = seenBy(base);
        const { grads } = valueAndGrad(
          () => mean(square(decoder.forward(tokens, mask, evaluation).hidden)),
          [tokens.x],
        );
        expect(grads[0].readSync().every((g) => g !== 0)).toBe(true);
      });
    });

    it('keeps samples apart', () => {
      withDecoder(backend, base, (decoder) => {
        const tokens = seenBy(base);
        const mixed = concat([part(tokens.x, 0, 0), part(seenBy(base, 2).x, 0, 1)], { axis: 0 });
        const [one, two] = [tokens, { ...tokens, x: mixed }].map((t) =>
          read(decoder.forward(t, mask, evaluation).hidden),
        );
        expect(two.slice(0, 8)).toEqual(one.slice(0, 8));
        expect(two.slice(8)).not.toEqual(one.slice(8));
      });
    });
  });

  it('drop: the order in which visible tokens come does not matter, their positions do', () => {
    withDecoder(backend, drop, (decoder) => {
      const tokens = seenBy(drop);
      const run = (x: Tensor, visible: readonly number[]): Decoded =>
        decoder.forward({ x, padding: null }, maskOf(visible, [...mask.hidden]), evaluation);
      const straight = read(run(tokens.x, [0, 2, 4, 1, 2, 3]).hidden);
      const turned = run(reordered(tokens.x, [0, 3, 1, 2]), [4, 0, 2, 3, 1, 2]).hidden;
      assertClose('turned', turned.readSync(), straight, near(backend));
      expect(read(run(tokens.x, [4, 0, 2, 3, 1, 2]).hidden)).not.toEqual(straight);
    });
  });

  it('replace: the order of all tokens is that of their positions', () => {
    withDecoder(backend, replace, (decoder) => {
      const tokens = seenBy(replace);
      const straight = read(decoder.forward(tokens, mask, evaluation).hidden);
      const turned = { ...tokens, x: reordered(tokens.x, [0, 2, 1, 3, 4, 5]) };
      expect(read(decoder.forward(turned, mask, evaluation).hidden)).not.toEqual(straight);
    });
  });

  it('replace: padded tokens reach no prediction', () => {
    withDecoder(backend, { ...replace, output: { kind: 'ids', classes: 9, orderClasses: 2 } }, (decoder) => {
      const a = drawTokens(backend, 1, [2, 6, 6], [5, 5]);
      const b = {
        ...a,
        x: concat([slice(a.x, { axis: 1, start: 0, end: 5 }), part(seenBy(replace, 2).x, 1, 5)], { axis: 1 }),
      };
      const hidden = maskOf([0, 2, 4, 1, 2, 4], [1, 3, 3, 0]);
      const [one, two] = [a, b].map((t) => decoder.forward(t, hidden, evaluation));
      expect(read(two.hidden)).toEqual(read(one.hidden));
      expect(one.order === null ? null : read(one.order)).toEqual(two.order === null ? null : read(two.order));
    });
  });

  it.each([drop, replace])('$method: places take the part of positions', (base) => {
    withDecoder(backend, { ...base, placeWidth: 2 }, (decoder, arena) => {
      expect(decoder.positions).toBeNull();
      const tokens = seenBy(base);
      const places = drawTokens(backend, 3, [2, 5, 2]).x;
      const decoded = accumulateGradients(() => {
        const { hidden } = decoder.forward(tokens, mask, evaluation, places);
        return { loss: mean(square(hidden)), hidden };
      }, [{ arena, parameters: arena.parameters }]);
      expect(parametersWithoutGradient(arena)).toEqual([]);
      // sample 0 hides tokens 1 and 3: where their places are exchanged, so are the answers
      const exchanged = concat([reordered(part(places, 0, 0), [0, 3, 2, 1, 4]), part(places, 0, 1)], { axis: 0 });
      const turned = decoder.forward(tokens, mask, evaluation, exchanged).hidden;
      if (base.method === 'drop') {
        const wanted = reordered(part(decoded.hidden, 0, 0), [1, 0]);
        assertClose('exchanged', part(turned, 0, 0).readSync(), wanted.readSync(), near(backend));
      }
      expect(read(part(turned, 0, 0))).not.toEqual(read(part(decoded.hidden, 0, 0)));
      expect(read(part(turned, 0, 1))).toEqual(read(part(decoded.hidden, 0, 1)));
    });
  });

  it('has a mask token only where f did not see the hidden tokens', () => {
    withDecoder(backend, drop, ({ maskToken }) => expect(maskToken?.name).toBe('decoder.maskToken'));
    withDecoder(backend, replace, ({ maskToken }) => expect(maskToken).toBeNull());
  });
});

it('columns have one output each, or one for each of their categories', () => {
  expect(columnOutputs([0, 3, 0, 2])).toBe(7);
  expect(columnOutputs([])).toBe(0);
});

describe('a mask decoder refuses', () => {
  const failure = (config: MaskDecoderConfig, tokens: Tokens, wrong: ReconstructionMask): void => {
    withDecoder(reference, config, (decoder) => {
      decoder.forward(tokens, wrong, evaluation);
    });
  };

  it.each([
    [drop, [4, 4, 6], 'a mask of 2 samples wants [2, 1 + 3, inputs], came [4, 4, 6]'],
    [drop, [2, 5, 6], 'a mask of 2 samples wants [2, 1 + 3, inputs], came [2, 5, 6]'],
    [replace, [4, 6, 6], 'a mask of 2 samples wants [2, 1 + 5, inputs], came [4, 6, 6]'],
    [replace, [2, 2, 6], 'a mask of 2 samples wants [2, 1 + 5, inputs], came [2, 2, 6]'],
  ] as const)('$0.method: tokens $1 beside the mask', (config, shape, problem) => {
    using x = drawTokens(reference, 1, shape).x;
    expect(() => failure(config, { x, padding: null }, mask)).toThrow(
      expect.objectContaining({ message: `MaskDecoder: ${problem} (in decoder)` }),
    );
  });

  it('no places, or others, where tokens are told apart by them', () => {
    withDecoder(reference, { ...drop, placeWidth: 2 }, (decoder) => {
      const tokens = drawTokens(reference, 1, [2, 4, 6]);
      const wrong = drawTokens(reference, 1, [2, 3, 2]).x;
      const problem = (came: string): string =>
        `MaskDecoder: expected places [2, 5, 2], came ${came}; pass those that mask() gave (in decoder)`;
      expect(() => decoder.forward(tokens, mask, evaluation)).toThrow(problem('none'));
      expect(() => decoder.forward(tokens, mask, evaluation, wrong)).toThrow(problem('[2, 3, 2]'));
    });
  });

  it('a position outside the sample', () => {
    using x = drawTokens(reference, 1, [2, 4, 6]).x;
    const outside = maskOf([0, 2, 4, 1, 2, 3], [1, 5, 4, 0]);
    expect(() => failure(drop, { x, padding: null }, outside)).toThrow(
      expect.objectContaining({ message: 'embedding: id 5 at position 1 is outside 0 to 4 (in decoder)' }),
    );
  });
});
