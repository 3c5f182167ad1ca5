// Cases of single kernels for every backend: a backend's tests run them through a harness of their own.

export { accuracyCases } from './accuracy.ts';
export { castAndFillCases, unaryCases, unaryNames } from './elementwise.ts';
export {
  drawIntegers,
  drawNormals,
  exact,
  expectClose,
  few,
  generator,
  type KernelCase,
  type KernelHarness,
  rounding,
  type Tolerance,
  zeros,
} from './kernel-case.ts';
export { checkRangesDraw, manyRanges, optimizerCases } from './optimizer.ts';
export { dropoutCases } from './random.ts';
export {
  checkCrossEntropy,
  checkGatherScatter,
  checkLayerNorm,
  checkMaskedSoftmax,
  checkReduce,
  checkSoftmax,
  checkSpread,
  reduceNames,
  rowSizes,
  rowsTolerance,
} from './rows.ts';
export { dtypeOf, guardBits, guardElements, singleKernel } from './single-kernel.ts';
export {
  type BroadcastDraw,
  binaryNames,
  broadcastCases,
  type CopyDraw,
  checkBinaryDraw,
  checkCopyDraw,
  checkIntegerDraw,
  copyCases,
} from './strided.ts';
