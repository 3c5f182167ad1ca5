// What an op is, and how one is applied: shape rule, memory, kernel, tape. The ops themselves are in ops/<op>/.

import type { Kernel, TensorSpec } from './backend.ts';
import { inspect, nansAreWatched } from './debug-nans.ts';
import { isFloat } from './dtype.ts';
import { ArgumentError, BackendError, bug, DTypeError, GradientError } from './errors.ts';
import { activeRecording } from './recording-state.ts';
import { scope } from './scope.ts';
import { checkShape, sameShape, showShape } from './shape.ts';
import { activeTapes } from './tape-stack.ts';
import { allocateTensor, byteEnd, reshapeView, type Tensor } from './tensor.ts';

/** What a gradient rule may read. Values must have been named in `saves`; shapes are always known. */
export interface VjpContext<A> {
  readonly attrs: A;
  readonly specs: readonly TensorSpec[];
  readonly outSpec: TensorSpec;
  input(index: number): Tensor;
  /** Output 0, or an auxiliary output. */
  output(index: number): Tensor;
}

/** A rule gives one thunk an input (null: no gradient); the tape calls only those that are needed, sums and unbroadcasts. */
export type VjpRule<A> = (context: VjpContext<A>, g: Tensor) => readonly ((() => Tensor) | null)[];

export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

/** In place of a gradient rule: the forward call throws when an input wants a gradient. */
export const notDifferentiable = (why: string): NotDifferentiable => ({ notDifferentiable: why });

/** The result is bool or whole numbers, so no gradient is lost: the chain ends here, as in PyTorch. */
export interface EndsGradient {
  readonly endsGradient: string;
}
export const endsGradient = (why: string): EndsGradient => ({ endsGradient: why });

interface OpBase<A> {
  readonly name: string;
  /** Shape and dtype rule. Output 0 is the result; further outputs are auxiliary and seen by the gradient only. */
  readonly infer: (inputs: readonly TensorSpec[], attrs: A) => readonly TensorSpec[];
  /** What the gradient reads. */
  readonly saves: { readonly inputs: readonly number[]; readonly outputs: readonly number[] };
  readonly vjp: VjpRule<A> | NotDifferentiable | EndsGradient;
}

export interface KernelOp<A> extends OpBase<A>, Kernel<A> {
  readonly kind: 'kernel';
  /** For a fused op: the same function from smaller ops. Oracle in tests, and the way to second derivatives. */
  readonly composite?: (inputs: readonly Tensor[], attrs: A) => Tensor;
}

/** Shares its input's elements: nothing runs. */
export interface ViewOp<A> extends OpBase<A> {
  readonly kind: 'view';
}

/** Made of other ops: no kernel of its own on any backend, and gradients of any order through its parts. */
export interface CompositeOp<A> {
  readonly kind: 'composite';
  readonly name: string;
  /** Shape and dtype rule of the result; its errors come before anything runs. */
  readonly infer: (inputs: readonly TensorSpec[], attrs: A) => readonly TensorSpec[];
  readonly compose: (inputs: readonly Tensor[], attrs: A) => Tensor;
}

/** What runs by itself and stands on a tape as one step. */
export type Op<A> = KernelOp<A> | ViewOp<A>;

/** Any op whatever its attributes: what tables over ops look at. */
export type AnyOp = KernelOp<never> | ViewOp<never> | CompositeOp<never>;

export const defineOp = <A>(op: Omit<KernelOp<A>, 'kind'>): KernelOp<A> => ({ kind: 'kernel', ...op });
export const defineViewOp = <A>(op: Omit<ViewOp<A>, 'kind'>): ViewOp<A> => ({ kind: 'view', ...op });
export const defineComposite = <A>(op: Omit<CompositeOp<A>, 'kind'>): CompositeOp<A> => ({ kind: 'composite', ...op });

const checkInputs = (op: string, inputs: readonly Tensor[]): void => {
  const { backend } = inputs[0];
  for (const x of inputs) {
    x.check(op);
    if (x.backend !== backend) {
      throw new BackendError(
        op,
        `inputs live on two backends, ${backend.name} and ${x.backend.name}; move one of them`,
      );
    }
  }
};

/** Runs the parts of a composite; what they make on the way is freed, but for what a tape saved. */
export const compose = <A>(op: CompositeOp<A>, inputs: readonly Tensor[], attrs: A): Tensor => {
  checkInputs(op.name, inputs);
  const [spec] = op.infer(inputs, attrs);
  checkShape(op.name, spec.shape);
  const out = scope(() => op.compose(inputs, attrs));
  if (out.dtype !== spec.dtype || !sameShape(out.shape, spec.shape)) return bug(op.name);
  return out;
};

/** Applies `op` and returns every output; the auxiliary ones belong to the caller. */
export const applyAll = <A>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor[] => {
  checkInputs(op.name, inputs);
  const { backend } = inputs[0];
  const specs = op.infer(inputs, attrs);
  for (const { shape } of specs) checkShape(op.name, shape);
  const tapes = activeTapes().filter((tape) => inputs.some((x) => tape.tracks(x)));
  if (tapes.length > 0 && 'notDifferentiable' in op.vjp) {
    const index = inputs.findIndex((x) => tapes.some((tape) => tape.tracks(x)));
    if (isFloat(inputs[index].dtype)) {
      throw new GradientError(
        'E_NOT_DIFFERENTIABLE',
        op.name,
        `input ${index} ${showShape(inputs[index].shape)} wants a gradient but ${op.vjp.notDifferentiable}; wrap it in stopGradient() or call it in noGrad()`,
      );
    }
  }
  if (op.kind === 'view') {
    const out = reshapeView(inputs[0], specs[0].shape);
    for (const tape of tapes) tape.record(op, inputs, [out], attrs);
    return [out];
  }
  // Gradients of gradients need rules made of differentiable ops: fused ones step aside for their composites. A tape
  // that encloses the innermost tracking one may yet see its backward pass, whether or not it tracks these inputs.
  const differentiatedAgain = tapes.length > 0 && tapes[tapes.length - 1] !== activeTapes()[0];
  if (differentiatedAgain && op.composite !== undefined) return [op.composite(inputs, attrs)];
  const outputs = specs.map((spec) => allocateTensor(backend, spec));
  execute(op, inputs, outputs, attrs, false);
  for (const tape of tapes) tape.record(op, inputs, outputs, attrs);
  return outputs;
};

/** Applies `op` and returns its result; auxiliary outputs live on only if the tape saved them. */
export const apply = <A>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor => {
  const [out, ...auxiliary] = applyAll(op, inputs, attrs);
  for (const x of auxiliary) x.dispose();
  return out;
};

const execute = <A>(
  kernel: Kernel<A>,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attrs: A,
  inPlace: boolean,
): void => {
  const { backend } = outputs[0];
  const recording = activeRecording(backend);
  if (recording !== null) recording.run(kernel, inputs, outputs, attrs, inPlace);
  else {
    const views = (list: readonly Tensor[]) => list.map((x) => x.view(kernel.name));
    backend.run(kernel, views(inputs), views(outputs), attrs);
  }
  if (nansAreWatched()) inspect(kernel.name, inputs, outputs);
};

const overlap = (a: Tensor, b: Tensor): boolean =>
  a.storage === b.storage && a.byteOffset < byteEnd(b) && b.byteOffset < byteEnd(a);

/**
 * Runs a kernel that writes into tensors that exist already (arenas). Never seen by a tape: a tape that saved one of the
 * targets refuses to go on from it. Throws ArgumentError when an input shares memory with a target.
 */
export const applyInPlace = <A>(
  kernel: Kernel<A>,
  inputs: readonly Tensor[],
  targets: readonly Tensor[],
  attrs: A,
): void => {
  inputs.forEach((x, i) => {
    const target = targets.findIndex((y) => overlap(x, y));
    if (target >= 0) {
      throw new ArgumentError(
        kernel.name,
        `input ${i} ${showShape(x.shape)} shares memory with target ${target} ${showShape(targets[target].shape)}, which is written in place; copy it first`,
      );
    }
  });
  execute(kernel, inputs, targets, attrs, true);
  for (const x of targets) x.storage.wrote(x.byteOffset, byteEnd(x));
};

/** The common dtype of all inputs, or a DTypeError. */
export const sameDType = (op: string, inputs: readonly TensorSpec[]): TensorSpec['dtype'] => {
  const { dtype } = inputs[0];
  for (const x of inputs) {
    if (x.dtype !== dtype)
      throw new DTypeError(op, `dtypes differ, ${inputs.map((i) => i.dtype).join(' and ')}; cast() one of them`);
  }
  return dtype;
};

export const floatOnly = (op: string, x: TensorSpec): void => {
  if (!isFloat(x.dtype)) throw new DTypeError(op, `expected a float tensor, came ${x.dtype}; cast() it`);
};
