// Gradients against central differences, in float64 on the reference backend.

import { isFloat } from '../dtype.ts';
import { concat } from '../ops/concat/concat.ts';
import { mul } from '../ops/mul/mul.ts';
import { reshape } from '../ops/reshape/reshape.ts';
import { square } from '../ops/square/square.ts';
import { sum } from '../ops/sum/sum.ts';
import { foldKey, randomPermutation, rngKey } from '../rng.ts';
import { scope } from '../scope.ts';
import { grad, valueAndGrad } from '../tape.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { weightsFor } from './materialise.ts';

export interface GradcheckOptions {
  /** Step of the difference. Default 1e-6. */
  readonly eps?: number;
  /** Allowed beside `rtol` and the rounding noise of the differences. Default 1e-8. */
  readonly atol?: number;
  /** Allowed share of the numeric gradient. Default 1e-5: a rule that is wrong by 0.1 % must fail. */
  readonly rtol?: number;
  /** Positions of the inputs to check. Default: every float input. */
  readonly wrt?: readonly number[];
  /** At most this many elements of an input are stepped, drawn from a fixed key. Default 40. */
  readonly maxElements?: number;
  /** Said in errors, and the key of the weights. Default 'gradcheck'. */
  readonly name?: string;
}

type Fn = (inputs: readonly Tensor[]) => Tensor;

const floatPositions = (inputs: readonly Tensor[]): number[] => inputs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []));

/** The scalar whose gradient is checked: the result times fixed weights, summed. */
export const weightedSum = (name: string, out: Tensor): Tensor =>
  sum(mul(out, weightsFor(out.backend, name, out.shape)));

/**
 * Compares the tape's gradient of fn with (f(x + h) - f(x - h)) / 2h, element by element; fn may return any shape.
 * Throws with the input, the element and both values where they differ by more than
 * atol + rtol · |numeric| + the rounding noise of the difference.
 */
export const gradcheck = (fn: Fn, inputs: readonly Tensor[], options: GradcheckOptions = {}): void => {
  const { eps = 1e-6, atol = 1e-8, rtol = 1e-5, maxElements = 40, name = 'gradcheck' } = options;
  const wrt = options.wrt ?? floatPositions(inputs);
  for (const i of wrt) {
    if (inputs[i].dtype !== 'f64')
      throw new Error(`${name}: gradcheck needs float64, input ${i} is ${inputs[i].dtype}`);
  }
  scope(() => {
    const analytic = valueAndGrad(
      () => weightedSum(name, fn(inputs)),
      wrt.map((i) => inputs[i]),
    ).grads.map((g) => g.readSync());
    const weights = scope(() => weightsFor(inputs[0].backend, name, fn(inputs).shape).readSync());
    wrt.forEach((position, k) => {
      const x = inputs[position];
      const values = x.readSync();
      const at = (index: number, value: number) => {
        const stepped = values.slice();
        stepped[index] = value;
        return scope(() => {
          const moved = tensor(stepped, x.shape, { backend: x.backend });
          return fn(inputs.map((y, i) => (i === position ? moved : y))).readSync();
        });
      };
      for (const index of chosen(name, position, x.size, maxElements)) {
        const [up, down] = [values[index] + eps, values[index] - eps];
        const [high, low] = [at(index, up), at(index, down)];
        let numeric = 0;
        let noise = 0;
        for (let i = 0; i < high.length; i++) {
          if (high[i] === low[i]) continue;
          numeric += (weights[i] * (high[i] - low[i])) / (up - down);
          noise += (Math.abs(weights[i]) * Math.max(Math.abs(high[i]), Math.abs(low[i])) * 2 ** -50) / (up - down);
        }
        const got = analytic[k][index];
        const allowed = atol + rtol * Math.abs(numeric) + noise;
        if (!(Math.abs(got - numeric) <= allowed)) {
          throw new Error(
            `${name}: gradient of input ${position} at ${index}: got ${got}, central difference ${numeric}, ` +
              `abs ${Math.abs(got - numeric).toPrecision(3)}, allowed ${allowed.toPrecision(3)}`,
          );
        }
      }
    });
  });
};

/** All elements, or `limit` of them. */
const chosen = (name: string, position: number, size: number, limit: number): Int32Array =>
  randomPermutation(foldKey(rngKey(1), name, position), size).subarray(0, limit);

/** As gradcheck, of the gradient itself: second derivatives. */
export const gradgradcheck = (fn: Fn, inputs: readonly Tensor[], options: GradcheckOptions = {}): void => {
  const { name = 'gradgradcheck' } = options;
  const wrt = options.wrt ?? floatPositions(inputs);
  const gradient: Fn = (xs) => {
    const watched = wrt.map((i) => xs[i]);
    const grads = grad(() => weightedSum(name, fn(xs)), watched);
    // The squares give every input a path, so that a constant gradient is no error.
    return concat([...grads, ...watched.map(square)].map((g) => reshape(g, [g.size])));
  };
  gradcheck(gradient, inputs, { ...options, wrt, name: `${name} twice` });
};
