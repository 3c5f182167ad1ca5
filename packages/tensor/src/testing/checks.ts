// The checks of the op suite as plain functions that throw, so that every backend's tests can call them. Each one also
// holds that inputs keep their values and that the backend ends with the bytes it began with. Values are read in the scope and
// awaited after it: not every backend can be waited for.

import type { Backend } from '../backend.ts';
import { type FloatDType, isFloat, type NumericArray } from '../dtype.ts';
import { OmnigradError } from '../errors.ts';
import type { AnyOp } from '../op.ts';
import { type OpName, ops } from '../ops/index.ts';
import { scope } from '../scope.ts';
import { type Shape, showShape } from '../shape.ts';
import { Tape, valueAndGrad } from '../tape.ts';
import { withRecorder } from '../tape-stack.ts';
import type { Tensor } from '../tensor.ts';
import { assertClose } from './compare.ts';
import { gradcheck, gradgradcheck, weightedSum } from './gradcheck.ts';
import { materialise } from './materialise.ts';
import { opSamples } from './op-samples.ts';
import { type ErrorSample, gradientInputs, type OpSample, type SampleTensor } from './sample.ts';
import { toleranceFor } from './tolerances.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A result, read. */
export interface Outcome {
  readonly shape: Shape;
  readonly dtype: string;
  readonly data: NumericArray;
}

/** The elements at this moment, whenever they are awaited. A check that fails before it awaits them leaves no rejection behind. */
export const reading = (x: Tensor): Promise<NumericArray> => {
  const data = x.read();
  data.catch(() => undefined);
  return data;
};

/** A result that is on its way. */
interface Pending extends Omit<Outcome, 'data'> {
  readonly data: Promise<NumericArray>;
}

const pendingOf = (x: Tensor): Pending => ({ shape: x.shape, dtype: x.dtype, data: reading(x) });
const outcomeOf = async ({ data, ...spec }: Pending): Promise<Outcome> => ({ ...spec, data: await data });
const outcomesOf = (all: readonly Pending[]): Promise<Outcome[]> => Promise.all(all.map(outcomeOf));

/** A NaN in float32, and twice in a row in float64. */
const poison = 0xffc0dead;

/** A backend that writes down the kernels it runs, and hands out memory full of NaN: what no kernel writes shows. */
export const watched = (backend: Backend): { readonly backend: Backend; readonly kernels: string[] } => {
  const kernels: string[] = [];
  return {
    kernels,
    backend: wrapBackend(backend, {
      allocate: (bytes, persistent) => {
        const handle = backend.allocate(bytes, persistent);
        backend.upload(handle, 0, new Uint32Array(bytes / 4).fill(poison));
        return handle;
      },
      run: (kernel, inputs, outputs, attrs) => {
        kernels.push(kernel.name);
        backend.run(kernel, inputs, outputs, attrs);
      },
      prepare: (kernel, inputs, outputs, attrs) => {
        kernels.push(kernel.name);
        return backend.prepare(kernel, inputs, outputs, attrs);
      },
    }),
  };
};

/** Runs `fn` on fresh inputs in poisoned memory; throws when an input changed or bytes stayed behind. */
export const guarded = async <T>(
  backend: Backend,
  name: string,
  samples: readonly SampleTensor[],
  fn: (inputs: readonly Tensor[]) => T,
): Promise<T> => {
  const bytesBefore = backend.memory().inUse;
  const { result, before, after } = scope(() => {
    const inputs = materialise(watched(backend).backend, name, samples);
    const before = inputs.map(reading);
    return { before, result: fn(inputs), after: inputs.map(reading) };
  });
  const bytes = backend.memory().inUse - bytesBefore;
  if (bytes !== 0) throw new Error(`${name}: ${bytes} bytes leaked`);
  const [values, wanted] = [await Promise.all(after), await Promise.all(before)];
  values.forEach((data, i) => {
    assertClose(`${name}: input ${i} was changed`, data, wanted[i], {});
  });
  return result;
};

export const sampleName = (op: OpName, sample: { readonly title: string }): string => `${op} / ${sample.title}`;

/** The result of the sample. */
export const forwardOf = async (backend: Backend, name: string, sample: OpSample): Promise<Outcome> =>
  outcomeOf(await guarded(backend, name, sample.inputs, (inputs) => pendingOf(sample.run(inputs))));

/** Gradients of a weighted sum of the result, for the inputs that have one. */
export const gradientsOf = async (backend: Backend, name: string, sample: OpSample): Promise<Outcome[]> =>
  outcomesOf(
    await guarded(backend, name, sample.inputs, (inputs) => {
      const wrt = gradientInputs(sample).map((i) => inputs[i]);
      return valueAndGrad(() => weightedSum(name, sample.run(inputs)), wrt).grads.map(pendingOf);
    }),
  );

/** As `fn` would run if it were differentiated twice: fused ops give way to their composites. */
const throughComposites = <T>(inputs: readonly Tensor[], fn: () => T): T => {
  const [outer, inner] = [new Tape(inputs), new Tape(inputs)];
  try {
    return withRecorder(outer, () => withRecorder(inner, () => scope(fn)));
  } finally {
    inner.drop();
    outer.drop();
  }
};

const expectSpec = (name: string, got: { shape: Shape; dtype: string }, shape: Shape, dtype: string): void => {
  if (showShape(got.shape) !== showShape(shape) || got.dtype !== dtype) {
    throw new Error(`${name}: came ${got.dtype} ${showShape(got.shape)}, wanted ${dtype} ${showShape(shape)}`);
  }
};

const toleranceOf = (dtype: FloatDType, op: OpName, sample: OpSample) =>
  toleranceFor(dtype, opSamples[op].class, { reduces: sample.reduces, factor: sample.tolerance, terms: sample.terms });

/** The sample runs its op and gives the shape, dtype and, where they are written down, the values. Returns the result. */
export const checkForward = async (backend: Backend, op: OpName, sample: OpSample): Promise<Outcome> => {
  const name = sampleName(op, sample);
  const watch = watched(backend);
  const out = await forwardOf(watch.backend, name, sample);
  expectSpec(name, out, sample.out, sample.outDType ?? backend.floatDType);
  const { kind }: AnyOp = ops[op];
  const runs = kind === 'kernel' && sample.runsKernel !== false;
  if (runs !== watch.kernels.includes(op)) {
    throw new Error(`${name}: ran [${watch.kernels.join(', ')}]; ${op} was ${runs ? '' : 'not '}expected`);
  }
  if (sample.expected !== undefined) {
    assertClose(name, out.data, sample.expected, toleranceOf(backend.floatDType, op, sample));
  }
  return out;
};

/** The gradient rule against central differences. Reference backend only. */
export const checkGradient = async (backend: Backend, op: OpName, sample: OpSample): Promise<void> => {
  const name = sampleName(op, sample);
  const wrt = gradientInputs(sample);
  await guarded(backend, name, sample.inputs, (inputs) => gradcheck(sample.run, inputs, { wrt, name }));
};

/** Second derivatives against differences of the gradient. Reference backend only. */
export const checkSecondGradient = async (backend: Backend, op: OpName, sample: OpSample): Promise<void> => {
  const name = sampleName(op, sample);
  const wrt = gradientInputs(sample);
  await guarded(backend, name, sample.inputs, (inputs) =>
    gradgradcheck(sample.run, inputs, { wrt, name, maxElements: 8 }),
  );
};

/** A fused op against its composite, forward and gradients. */
export const checkComposite = async (backend: Backend, op: OpName, sample: OpSample): Promise<void> => {
  const name = `${sampleName(op, sample)} as a composite`;
  const fused = await forwardOf(backend, name, sample);
  const wrt = gradientInputs(sample);
  const watch = watched(backend);
  const composed = await outcomeOf(
    await guarded(watch.backend, name, sample.inputs, (inputs) =>
      throughComposites(
        inputs.filter((x) => isFloat(x.dtype)),
        () => pendingOf(sample.run(inputs)),
      ),
    ),
  );
  if (watch.kernels.includes(op)) throw new Error(`${name}: ran ${op} itself`);
  expectSpec(name, composed, fused.shape, fused.dtype);
  assertClose(name, composed.data, fused.data, toleranceOf(backend.floatDType, op, sample));
  if (wrt.length === 0) return;
  const gradients = await gradientsOf(backend, name, sample);
  const composedGradients = await outcomesOf(
    await guarded(backend, name, sample.inputs, (inputs) => {
      const targets = wrt.map((i) => inputs[i]);
      const outer = new Tape(targets);
      try {
        return withRecorder(outer, () =>
          scope(() => valueAndGrad(() => weightedSum(name, sample.run(inputs)), targets).grads.map(pendingOf)),
        );
      } finally {
        outer.drop();
      }
    }),
  );
  gradients.forEach((g, k) => {
    const tolerance = toleranceFor(backend.floatDType, 'gradient', {
      reduces: sample.reduces,
      factor: sample.tolerance,
      terms: sample.terms,
    });
    assertClose(`${name}, gradient of input ${wrt[k]}`, composedGradients[k].data, g.data, tolerance);
  });
};

/** The result and gradients of a float32 backend beside those of the reference, for inputs that float32 holds exactly. */
export const checkAgainstReference = async (
  backend: Backend,
  reference: Backend,
  op: OpName,
  sample: OpSample,
): Promise<void> => {
  await compareWithReference(backend, reference, op, sample, forwardOf(backend, sampleName(op, sample), sample));
};

const compareWithReference = async (
  backend: Backend,
  reference: Backend,
  op: OpName,
  sample: OpSample,
  forward: Promise<Outcome>,
): Promise<void> => {
  const name = sampleName(op, sample);
  const wrt = gradientInputs(sample);
  const gradients = (on: Backend): Promise<Outcome[]> =>
    wrt.length === 0 ? Promise.resolve([]) : gradientsOf(on, name, sample);
  // All are on their way before any is awaited.
  const [got, want, gotGradients, wantGradients] = await Promise.all([
    forward,
    forwardOf(reference, name, sample),
    gradients(backend),
    gradients(reference),
  ]);
  const wantDType = isFloat(sample.outDType ?? 'f32') ? backend.floatDType : (sample.outDType ?? backend.floatDType);
  expectSpec(name, got, want.shape, wantDType);
  const options = { reduces: sample.reduces, factor: sample.tolerance, terms: sample.terms };
  assertClose(name, got.data, rounded(want.data), toleranceFor('f32', opSamples[op].class, options));
  wantGradients.forEach((g, k) => {
    expectSpec(`${name}, gradient of input ${wrt[k]}`, gotGradients[k], g.shape, backend.floatDType);
    assertClose(
      `${name}, gradient of input ${wrt[k]}`,
      gotGradients[k].data,
      rounded(g.data),
      toleranceFor('f32', 'gradient', options),
    );
  });
};

/**
 * All checks of a sample on a float32 backend: checkForward, checkAgainstReference of the same result, and checkNonFinite. They run
 * side by side, for a backend may take long to hand its results out.
 */
export const checkSample = async (
  backend: Backend,
  reference: Backend,
  op: OpName,
  sample: OpSample,
): Promise<void> => {
  const forward = checkForward(backend, op, sample);
  await Promise.all([
    compareWithReference(backend, reference, op, sample, forward),
    checkNonFinite(backend, reference, op, sample),
  ]);
};

/** Where numbers stop being finite: NaN and the infinities of a result, finite ones as 0. */
const specials = (data: NumericArray): number[] => Array.from(data, (v) => (Number.isFinite(v) ? 0 : v));

/**
 * A NaN or an infinity in one element of an input reaches the same elements of the result as on the reference backend. Only
 * forward: rules may meet 0 · Infinity on one way of computing and not on another. So may ops that normalise rows: NaN alone there.
 */
export const checkNonFinite = async (
  backend: Backend,
  reference: Backend,
  op: OpName,
  sample: OpSample,
): Promise<void> => {
  const name = sampleName(op, sample);
  const values = scope(() => materialise(reference, name, sample.inputs).map((x) => x.readSync()));
  const outcome = (on: Backend, index: number, at: number, special: number): { readonly data: Promise<NumericArray> } =>
    scope(() => {
      const inputs = materialise(
        on,
        name,
        sample.inputs.map((x, i) =>
          i === index ? { shape: x.shape, values: Array.from(values[i], (v, j) => (j === at ? special : v)) } : x,
        ),
      );
      return { data: reading(sample.run(inputs)) };
    });
  const pairs = sample.inputs.flatMap((x, index) => {
    const n = values[index].length;
    if (x.dtype !== undefined || x.idsBelow !== undefined || n === 0) return [];
    const at = Math.floor(n / 2);
    return (opSamples[op].class === 'rows' ? [Number.NaN] : [Number.NaN, Infinity, -Infinity]).map((special) => ({
      what: `${name}: with ${special} at element ${at} of input ${index}`,
      got: outcome(backend, index, at, special).data,
      want: outcome(reference, index, at, special).data,
    }));
  });
  for (const { what, got, want } of pairs) assertClose(what, specials(await got), specials(await want), {});
};

/** What float32 makes of float64 values: its overflow is no error. */
const rounded = (data: NumericArray): NumericArray => (data instanceof Float64Array ? Float32Array.from(data) : data);

/** The call throws an OmnigradError of exactly this text, and frees what it made. */
export const checkError = async (backend: Backend, op: OpName, sample: ErrorSample): Promise<void> => {
  const name = `${op} / error: ${sample.title}`;
  const want = sample.message.replaceAll('{float}', backend.floatDType);
  await guarded(backend, name, sample.inputs, (inputs) => {
    let thrown: unknown;
    try {
      scope(() => {
        sample.run(inputs);
      });
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof OmnigradError)) throw new Error(`${name}: wanted an OmnigradError, came ${String(thrown)}`);
    if (thrown.message !== want) throw new Error(`${name}:\n  came   ${thrown.message}\n  wanted ${want}`);
  });
};
