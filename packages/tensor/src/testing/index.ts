// What tests of the engine and of backends share. Nothing here is needed to train.

export {
  checkAgainstReference,
  checkComposite,
  checkError,
  checkForward,
  checkGradient,
  checkNonFinite,
  checkSample,
  checkSecondGradient,
  forwardOf,
  gradientsOf,
  guarded,
  type Outcome,
  reading,
  sampleName,
  watched,
} from './checks.ts';
export { type ArrayTolerance, assertClose, type Comparison, compareArrays, roundoff, ulpOf } from './compare.ts';
export { readGoldens } from './golden-files.ts';
export {
  checkGolden,
  type GoldenArray,
  type GoldenFile,
  goldenCases,
  goldenRuns,
  readGolden,
} from './goldens.ts';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './gradcheck.ts';
export { erf, type Operand, type OracleKernel, oracle, philoxBlock, unaryOracle } from './kernel-oracle.ts';
export * from './kernel-samples/index.ts';
export { drawn, materialise, weightsFor } from './materialise.ts';
export { opSamples } from './op-samples.ts';
export {
  bools,
  type ErrorSample,
  float,
  floats,
  gradientInputs,
  idsBelow,
  integers,
  type OpSample,
  type OpSamples,
  type SampleTensor,
  unsigned,
} from './sample.ts';
export { type OpClass, toleranceFor } from './tolerances.ts';
export { wrapBackend } from './wrap-backend.ts';
