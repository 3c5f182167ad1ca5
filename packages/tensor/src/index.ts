export * from './backend.ts';
export { type CapturedStep, type CaptureOptions, type CaptureReport, capture } from './capture/capture.ts';
export { checkpoint } from './checkpoint.ts';
export * from './cpu-plan.ts';
export {
  arange,
  eye,
  fill,
  fillKernel,
  full,
  fullLike,
  linspace,
  normal,
  ones,
  onesLike,
  scalarLike,
  uniform,
  zeros,
  zerosLike,
} from './create.ts';
export { type DebugNansOptions, debugNans } from './debug-nans.ts';
export * from './dtype.ts';
export * from './errors.ts';
export { type MemorySummary, memory } from './memory.ts';
export {
  type AnyOp,
  apply,
  applyAll,
  applyInPlace,
  type CompositeOp,
  compose,
  defineComposite,
  defineOp,
  defineViewOp,
  endsGradient,
  type KernelOp,
  notDifferentiable,
  type Op,
  type ViewOp,
  type VjpContext,
  type VjpRule,
} from './op.ts';
export type { ConvolutionOptions, TransposedConvolutionOptions } from './ops/families/convolution.ts';
export type { LossOptions, Reduction } from './ops/families/loss.ts';
export type { ReduceOptions } from './ops/families/reduction.ts';
export * from './ops/index.ts';
export type { LinearOptions } from './ops/linear/linear.ts';
export {
  chromeTraceOf,
  type ProfileEvent,
  type ProfileReport,
  profilesAreAsked,
  reportProfileAtEnd,
  showShare,
  tableLines,
} from './profile-report.ts';
export { hostAction } from './recording-state.ts';
export { createReferenceBackend } from './reference-backend.ts';
export * from './rng.ts';
export { keep, leakedTensors, scope } from './scope.ts';
export { modulePath, withModuleName } from './scope-name.ts';
export * from './shape.ts';
export { grad, type LossAndMore, Tape, valueAndGrad, valueAndGradOrNull } from './tape.ts';
export { noGrad, type Recorder, withRecorder } from './tape-stack.ts';
export {
  currentBackend,
  ids,
  type NestedNumbers,
  persistentBuffer,
  slotOf,
  Tensor,
  type TensorOptions,
  tensor,
  uploadInto,
  useBackend,
} from './tensor.ts';
export * from './updates.ts';
