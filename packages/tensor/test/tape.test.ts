// The tape: what is differentiated, what is refused, what is freed.

import {
  accumulateInto,
  add,
  apply,
  argmax,
  cast,
  createReferenceBackend,
  defineOp,
  dropout,
  equal,
  exp,
  fill,
  grad,
  layerNorm,
  linear,
  mean,
  mul,
  noGrad,
  notDifferentiable,
  relu,
  scope,
  slotOf,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  Tape,
  type Tensor,
  tensor,
  useBackend,
  valueAndGrad,
  valueAndGradOrNull,
  withModuleName,
  withRecorder,
} from '@omnigrad/tensor';
import { gradcheck, gradgradcheck } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { errorOf, guardBytes } from './support.ts';

const backend = createReferenceBackend();
useBackend(backend);

guardBytes(backend);

/** Runs the test in a scope, so that only what the engine forgets stays behind. */
const test = (name: string, body: () => void): void => {
  it(name, () => {
    scope(body);
  });
};

const valuesOf = (x: Tensor): number[] => [...x.readSync()];

describe('valueAndGrad', () => {
  test('gives the value and the gradients', () => {
    const [x, y] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
    const { value, grads } = valueAndGrad(() => sum(mul(x, square(y))), [x, y]);
    expect(value.itemSync()).toBe(16 + 50 + 108);
    expect(grads.map(valuesOf)).toEqual([
      [16, 25, 36],
      [8, 20, 36],
    ]);
  });

  test('gives back what stands beside the loss', () => {
    const x = tensor([1, 2]);
    const { value } = valueAndGrad(() => ({ loss: sum(x), doubled: mul(x, 2), note: 'kept' }), [x]);
    expect(valuesOf(value.doubled)).toEqual([2, 4]);
    expect(value.note).toBe('kept');
  });

  test('sums over every path to an input', () => {
    const x = tensor(3);
    // x² + x · x + 2 x
    expect(grad(() => add(add(square(x), mul(x, x)), add(x, x)), [x])[0].itemSync()).toBe(14);
  });

  test('sums over broadcast axes', () => {
    const [x, w] = [
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      tensor([[10], [20], [30]]),
    ];
    const [gw] = grad(() => sum(mul(x, w)), [w]);
    expect(gw.shape).toEqual([3, 1]);
    expect(valuesOf(gw)).toEqual([3, 7, 11]);
  });

  test('differentiates with respect to a value made on the way to nothing else', () => {
    const x = tensor([1, 2]);
    const y = mul(x, 3);
    expect(valuesOf(grad(() => sum(square(y)), [y])[0])).toEqual([6, 12]);
  });

  test('takes the loss itself, a loss of shape [1, 1], and one tensor twice', () => {
    const x = tensor([[2]]);
    const { grads } = valueAndGrad(() => square(x), [x, x]);
    expect(grads.map(valuesOf)).toEqual([[4], [4]]);
    expect(valuesOf(grad(() => x, [x])[0])).toEqual([1]);
  });

  test('gives zeros for an unused input, or null', () => {
    const [x, unused] = [tensor([1, 2]), tensor([[1, 2, 3]])];
    const { grads } = valueAndGrad(() => sum(x), [x, unused]);
    expect(grads[1].shape).toEqual([1, 3]);
    expect(valuesOf(grads[1])).toEqual([0, 0, 0]);
    expect(valueAndGradOrNull(() => sum(x), [x, unused]).grads[1]).toBe(null);
  });

  test('gives zeros where the path ends in a comparison or whole numbers', () => {
    const [x, y] = [tensor([1, 2]), tensor([1, 3])];
    const loss = (): Tensor => add(sum(cast(equal(x, y), 'f64')), add(sum(cast(cast(x, 'i32'), 'f64')), sum(y)));
    expect(grad(loss, [x, y]).map(valuesOf)).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test('lets an op without gradient take what was made of whole numbers', () => {
    const x = tensor([1, 3, 2]);
    const loss = (): Tensor => mul(sum(x), cast(argmax(cast(cast(x, 'i32'), 'f64')), 'f64'));
    expect(valuesOf(grad(loss, [x])[0])).toEqual([1, 1, 1]);
  });

  test('passes gradients through a cast between float types', () => {
    const x = tensor([0.5, 2]);
    const [g] = grad(() => sum(cast(square(cast(x, 'f32')), 'f64')), [x]);
    expect(g.dtype).toBe('f64');
    expect(valuesOf(g)).toEqual([1, 4]);
  });

  test('refuses a loss that is no scalar', () => {
    const x = tensor([1, 2]);
    expect(errorOf(() => valueAndGrad(() => mul(x, 2), [x]))).toBe(
      'GradientError: valueAndGrad: the loss must be a scalar, came [2]; reduce it with mean() or sum()',
    );
  });

  test('refuses a loss that depends on nothing watched', () => {
    const [x, y] = [tensor([1, 2]), tensor([3])];
    const message = 'valueAndGrad: the loss does not depend on any tensor of `wrt`; check stopGradient() and noGrad()';
    expect(errorOf(() => valueAndGrad(() => sum(x), [y]))).toBe(`GradientError: ${message}`);
    expect(errorOf(() => valueAndGrad(() => sum(stopGradient(x)), [x]))).toBe(`GradientError: ${message}`);
    expect(errorOf(() => valueAndGrad(() => noGrad(() => sum(x)), [x]))).toBe(`GradientError: ${message}`);
  });

  test('hands on an error of the function', () => {
    const x = tensor([1, 2]);
    const fails = (): Tensor => {
      exp(x);
      throw new Error('from inside');
    };
    expect(errorOf(() => valueAndGrad(fails, [x]))).toBe('Error: from inside');
    // The tape that was recording is gone.
    expect(valuesOf(argmax(x))).toEqual([1]);
  });

  it('frees a refused loss and values saved for it, also outside a scope', () => {
    const x = tensor([1, 2]);
    expect(() => valueAndGrad(() => exp(x), [x])).toThrow('the loss must be a scalar');
    expect(() => valueAndGrad(() => sum(exp(stopGradient(x))), [x])).toThrow('does not depend');
    x.dispose();
  });

  it('frees what was saved when a rule throws, also outside a scope', () => {
    const fails = defineOp<object>({
      name: 'fails',
      infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
      saves: { inputs: [], outputs: [] },
      vjp: (c) => [() => c.input(0)],
      reference: ([x], [out]) => out.data.set(x.data),
      cpu: () => ({ calls: [], scratch: [] }),
    });
    const x = tensor([1, 2]);
    const loss = (): Tensor => sum(square(apply(fails, [exp(x)], {})));
    const reads = 'fails: the rule reads input 0, which it does not save';
    scope(() => {
      expect(errorOf(() => valueAndGrad(loss, [x]))).toBe(`GradientError: ${reads}`);
    });
    x.dispose();
  });
});

describe('memory of a step', () => {
  test('values are freed as the backward pass uses them', () => {
    const x = tensor(new Float64Array(1000));
    const start = backend.memory().inUse;
    const chain = (n: number): number => {
      const fresh = createReferenceBackend();
      const y = tensor(new Float64Array(1000), { backend: fresh });
      let value = y;
      const { grads } = valueAndGrad(() => {
        for (let i = 0; i < n; i++) value = exp(mul(value, 0.5));
        return mean(value);
      }, [y]);
      grads[0].dispose();
      return fresh.memory().peak;
    };
    // exp saves its result and mul both factors: two arrays a link. Nothing else grows with the chain.
    const perLink = (chain(20) - chain(10)) / 10 / 8000;
    expect(perLink).toBeGreaterThan(1.9);
    expect(perLink).toBeLessThan(2.1);
    expect(backend.memory().inUse).toBe(start);
    x.dispose();
  });

  test('a hundred steps end with the bytes they began with', () => {
    const [x, w, b] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [1, 0],
        [0, 1],
      ]),
      tensor([0.5, 0.5]),
    ];
    const start = backend.memory().inUse;
    for (let i = 0; i < 100; i++) {
      scope(() => {
        valueAndGrad(() => mean(square(relu(linear(dropout(x, [i, 0], 0.3), w, b)))), [w, b]);
      });
    }
    expect(backend.memory().inUse).toBe(start);
  });
});

describe('noGrad and stopGradient', () => {
  test('noGrad makes constants', () => {
    const x = tensor([1, 2]);
    expect(
      valuesOf(
        grad(
          () =>
            sum(
              mul(
                x,
                noGrad(() => square(x)),
              ),
            ),
          [x],
        )[0],
      ),
    ).toEqual([1, 4]);
  });

  test('noGrad lets an op without gradient run, and hands on errors', () => {
    const x = tensor([1, 2]);
    const loss = (): Tensor => {
      expect(noGrad(() => argmax(x)).itemSync()).toBe(1);
      expect(() =>
        noGrad(() => {
          throw new Error('inside');
        }),
      ).toThrow('inside');
      return sum(square(x));
    };
    expect(valuesOf(grad(loss, [x])[0])).toEqual([2, 4]);
  });

  test('a gradient inside noGrad is a gradient', () => {
    const x = tensor([1, 2]);
    const loss = (): Tensor =>
      mul(
        sum(x),
        noGrad(() => sum(grad(() => sum(square(x)), [x])[0])),
      );
    // The inner gradient is 2 x, its sum 6, and a constant to the outer one.
    expect(valuesOf(grad(loss, [x])[0])).toEqual([6, 6]);
  });

  test('stopGradient stops one path', () => {
    const x = tensor([1, 2]);
    expect(valuesOf(grad(() => sum(mul(x, stopGradient(x))), [x])[0])).toEqual([1, 2]);
  });

  test('an op without gradient is refused at forward, by name', () => {
    const x = tensor([1, 2, 3]);
    const loss = (of: (x: Tensor) => Tensor) => () => sum(mul(x, cast(argmax(of(x)), 'f64')));
    expect(
      errorOf(() =>
        withModuleName('trunk.head', () =>
          grad(
            loss((y) => y),
            [x],
          ),
        ),
      ),
    ).toBe(
      'GradientError: argmax: input 0 [3] wants a gradient but argmax is constant almost everywhere; wrap it in stopGradient() or call it in noGrad() (in trunk.head)',
    );
    expect(valuesOf(grad(loss(stopGradient), [x])[0])).toEqual([2, 2, 2]);
  });

  test('the refusal names the input that wants the gradient', () => {
    const pick = defineOp<object>({
      name: 'pick',
      infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
      saves: { inputs: [], outputs: [] },
      vjp: notDifferentiable('nobody wrote it'),
      reference: ([x], [out]) => out.data.set(x.data),
      cpu: () => ({ calls: [], scratch: [] }),
    });
    const [x, y] = [tensor([1, 2]), tensor([3])];
    expect(errorOf(() => grad(() => sum(apply(pick, [x, y], {})), [y]))).toBe(
      'GradientError: pick: input 1 [1] wants a gradient but nobody wrote it; wrap it in stopGradient() or call it in noGrad()',
    );
  });
});

describe('second derivatives', () => {
  test('of a cube', () => {
    const x = tensor([2, -3]);
    const first = (): Tensor => sum(grad(() => sum(mul(square(x), x)), [x])[0]);
    expect(valuesOf(grad(first, [x])[0])).toEqual([12, -18]);
  });

  test('third', () => {
    const x = tensor(2);
    const second = (): Tensor => grad(() => grad(() => square(square(x)), [x])[0], [x])[0];
    expect(grad(second, [x])[0].itemSync()).toBe(48);
  });

  test('mixed, where the outer tape does not watch the fused op', () => {
    const [x, w] = [tensor([0.5, -1, 2]), tensor([1, 2, -1])];
    // d/dw of |d/dx Σ w softmax(x)|²: softmax is recorded by the inner tape alone.
    const inner = (v: Tensor) => sum(square(grad(() => sum(mul(v, softmax(x))), [x])[0]));
    gradcheck(([v]) => inner(v), [w]);
  });

  test('through a normalised layer', () => {
    const inputs = [
      tensor([
        [1, 2, 4],
        [0, -1, 3],
      ]),
      tensor([1, 2, 0.5]),
      tensor([0, 1, 0]),
    ];
    gradgradcheck(([x, gamma, beta]) => relu(softmax(layerNorm(x, gamma, beta))), inputs);
  });

  test('gradient penalty: a step of it', () => {
    const [x, w] = [tensor([[1, -2]]), tensor([[0.5], [0.25]])];
    const b = tensor([0.1]);
    const penalty = (v: Tensor) => square(sub(sum(square(grad(() => sum(square(linear(x, v, b))), [x])[0])), 1));
    gradcheck(([v]) => penalty(v), [w]);
  });
});

describe('gradcheck itself', () => {
  const bent = (factor: number) =>
    defineOp<object>({
      name: 'bent',
      infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
      saves: { inputs: [0], outputs: [] },
      vjp: (c, g) => [() => mul(g, mul(c.input(0), 2 * factor))],
      reference: ([x], [out]) => {
        for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] ** 2;
      },
      cpu: () => ({ calls: [], scratch: [] }),
    });

  test('finds a rule that is wrong by a tenth of a per cent', () => {
    const x = tensor([0.5, 1, 2]);
    gradcheck(([y]) => apply(bent(1), [y], {}), [x]);
    expect(() => gradcheck(([y]) => apply(bent(1.001), [y], {}), [x], { name: 'bent' })).toThrow(
      /^bent: gradient of input 0 at \d: got .*, central difference .*, abs .*, allowed /,
    );
  });

  test('wants float64', () => {
    const x = tensor([1, 2], { dtype: 'f32' });
    expect(() => gradcheck(([y]) => square(y), [x])).toThrow('gradcheck: gradcheck needs float64, input 0 is f32');
  });
});

describe('misuse of gradients and memory', () => {
  it('a tape goes back once', () => {
    const x = tensor([1, 2]);
    const tape = new Tape([x]);
    const loss = withRecorder(tape, () => scope(() => sum(square(x))));
    const seed = tensor(1);
    const [g] = tape.backward(loss, seed, [x]);
    expect(Array.from(g?.readSync() ?? [])).toEqual([2, 4]);
    expect(errorOf(() => tape.backward(loss, seed, [x]))).toBe(
      'GradientError: backward: this tape ran backward already and freed what it had saved; record the forward pass again, or nest valueAndGrad() for second derivatives',
    );
    for (const t of [x, loss, seed, g]) t?.dispose();
  });

  it('a value written between forward and backward is refused', () => {
    const x = tensor([1, 2]);
    expect(
      errorOf(() =>
        scope(() =>
          grad(() => {
            const y = sum(square(x));
            fill(x, 3);
            return y;
          }, [x]),
        ),
      ),
    ).toBe(
      'GradientError: square: input 0 [2] was written in place after the op used it and before its gradient; write it after the backward pass',
    );
    x.dispose();
  });

  it('a write beside a saved value is none to it, and one that covers a part of it is', () => {
    const buffer = tensor([1, 2, 3, 4, 5, 6]);
    const [saved, before, behind] = [slotOf(buffer, 2, [2]), slotOf(buffer, 0, [2]), slotOf(buffer, 4, [2])];
    const across = slotOf(buffer, 3, [2]);
    const write = (...written: readonly Tensor[]): string | number[] => {
      let found: number[] = [];
      const message = errorOf(() =>
        scope(() => {
          const [g] = grad(() => {
            const y = sum(square(saved));
            for (const x of written) fill(x, 9);
            return y;
          }, [saved]);
          found = [...g.readSync()];
        }),
      );
      return found.length > 0 ? found : message;
    };
    expect(write(before, behind, before)).toEqual([6, 8]);
    const refused = expect.stringContaining('square: input 0 [2] was written in place');
    expect(write(across)).toEqual(refused);
    expect(write(saved, before)).toEqual(refused);
    expect(write(buffer, behind)).toEqual(refused);
    expect(write(behind)).toEqual([18, 18]);
    for (const x of [buffer, saved, before, behind, across]) x.dispose();
  });

  it('an in-place kernel refuses a target that it reads', () => {
    const x = tensor([1, 2, 3, 4]);
    const front = slotOf(x, 0, [2]);
    expect(errorOf(() => accumulateInto(x, 1, front))).toBe(
      'ArgumentError: accumulate: input 0 [2] shares memory with target 0 [4], which is written in place; copy it first',
    );
    front.dispose();
    x.dispose();
  });

  it('a rule may hand one tensor to two inputs', () => {
    const both = defineOp<Readonly<Record<never, never>>>({
      name: 'both',
      infer: ([a]) => [a],
      saves: { inputs: [], outputs: [] },
      vjp: (_c, g) => {
        const twice = mul(g, 2);
        return [() => twice, () => twice];
      },
      reference: ([a, b], [out]) => {
        for (let i = 0; i < out.data.length; i++) out.data[i] = 2 * (a.data[i] + b.data[i]);
      },
      cpu: () => ({ calls: [], scratch: [] }),
    });
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    scope(() => {
      const [da, db] = grad(() => sum(square(apply(both, [a, b], {}))), [a, b]);
      // d/da (2(a + b))² = 4 · 2(a + b)
      expect(Array.from(da.readSync())).toEqual([32, 48]);
      expect(Array.from(db.readSync())).toEqual([32, 48]);
    });
    a.dispose();
    b.dispose();
  });
});
