// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.

import { absSamples } from '../ops/abs/samples.ts';
import { addSamples } from '../ops/add/samples.ts';
import { addRunsSamples } from '../ops/add-runs/samples.ts';
import { allSamples } from '../ops/all/samples.ts';
import { anySamples } from '../ops/any/samples.ts';
import { argmaxSamples } from '../ops/argmax/samples.ts';
import { argminSamples } from '../ops/argmin/samples.ts';
import { avgPoolSamples } from '../ops/avg-pool/samples.ts';
import { batchNormSamples } from '../ops/batch-norm/samples.ts';
import {
  binaryCrossEntropyWithLogitsSamples,
  logisticLossSamples,
} from '../ops/binary-cross-entropy-with-logits/samples.ts';
import { castSamples } from '../ops/cast/samples.ts';
import { chamferDistanceSamples } from '../ops/chamfer-distance/samples.ts';
import { clampSamples } from '../ops/clamp/samples.ts';
import { isFiniteSamples, isInfSamples, isNaNSamples } from '../ops/classify/samples.ts';
import { concatSamples } from '../ops/concat/samples.ts';
import { convolutionSamples } from '../ops/convolution/samples.ts';
import { convolutionInputBackwardSamples } from '../ops/convolution-input-backward/samples.ts';
import { convolutionWeightBackwardSamples } from '../ops/convolution-weight-backward/samples.ts';
import { cosineEmbeddingLossSamples } from '../ops/cosine-embedding-loss/samples.ts';
import { cosineSimilaritySamples } from '../ops/cosine-similarity/samples.ts';
import { countNonzeroSamples } from '../ops/count-nonzero/samples.ts';
import { crossSamples } from '../ops/cross/samples.ts';
import { crossAttentionSamples } from '../ops/cross-attention/samples.ts';
import { crossAttentionBackwardSamples } from '../ops/cross-attention-backward/samples.ts';
import { crossEntropySamples } from '../ops/cross-entropy/samples.ts';
import { crossEntropyRowsSamples } from '../ops/cross-entropy-rows/samples.ts';
import { crossEntropyRowsBackwardSamples } from '../ops/cross-entropy-rows-backward/samples.ts';
import { cummaxSamples, cumminSamples } from '../ops/cummax/samples.ts';
import { cumprodSamples } from '../ops/cumprod/samples.ts';
import { cumprodBackwardSamples } from '../ops/cumprod-backward/samples.ts';
import { cumsumSamples } from '../ops/cumsum/samples.ts';
import { diagonalSamples } from '../ops/diagonal/samples.ts';
import { diagonalEmbedSamples } from '../ops/diagonal-embed/samples.ts';
import { diceLossSamples } from '../ops/dice-loss/samples.ts';
import { divSamples } from '../ops/div/samples.ts';
import { dotSamples } from '../ops/dot/samples.ts';
import { dropoutSamples } from '../ops/dropout/samples.ts';
import { einsumSamples } from '../ops/einsum/samples.ts';
import { celuSamples, eluSamples, seluSamples } from '../ops/elu/samples.ts';
import { equalSamples } from '../ops/equal/samples.ts';
import { erfSamples } from '../ops/erf/samples.ts';
import { erfcSamples } from '../ops/erfc/samples.ts';
import { expSamples } from '../ops/exp/samples.ts';
import { expandSamples } from '../ops/expand/samples.ts';
import { exp2Samples, expm1Samples, log1pSamples, log2Samples, log10Samples } from '../ops/exponential/samples.ts';
import { flipSamples } from '../ops/flip/samples.ts';
import { focalLossSamples } from '../ops/focal-loss/samples.ts';
import { foldSamples } from '../ops/fold/samples.ts';
import { gatherRowsSamples } from '../ops/gather-rows/samples.ts';
import { geluSamples } from '../ops/gelu/samples.ts';
import { geluBackwardSamples } from '../ops/gelu-backward/samples.ts';
import { geluTanhBackwardSamples, geluTanhSamples } from '../ops/gelu-tanh/samples.ts';
import { gluSamples } from '../ops/glu/samples.ts';
import { greaterSamples } from '../ops/greater/samples.ts';
import { greaterEqualSamples } from '../ops/greater-equal/samples.ts';
import { groupNormSamples, instanceNormSamples } from '../ops/group-norm/samples.ts';
import { hardSigmoidSamples, hardSwishSamples, hardTanhSamples, relu6Samples } from '../ops/hard-tanh/samples.ts';
import { huberLossSamples } from '../ops/huber-loss/samples.ts';
import { acoshSamples, asinhSamples, atanhSamples, coshSamples, sinhSamples } from '../ops/hyperbolic/samples.ts';
import type { OpName } from '../ops/index.ts';
import { indexAddSamples } from '../ops/index-add/samples.ts';
import { indexSelectSamples } from '../ops/index-select/samples.ts';
import { infoNceSamples } from '../ops/info-nce/samples.ts';
import { klDivergenceSamples } from '../ops/kl-divergence/samples.ts';
import { l1LossSamples } from '../ops/l1-loss/samples.ts';
import { layerNormSamples } from '../ops/layer-norm/samples.ts';
import { layerNormBackwardSamples } from '../ops/layer-norm-backward/samples.ts';
import { leakyReluSamples, preluSamples } from '../ops/leaky-relu/samples.ts';
import { lerpSamples } from '../ops/lerp/samples.ts';
import { lessSamples } from '../ops/less/samples.ts';
import { lessEqualSamples } from '../ops/less-equal/samples.ts';
import { linearSamples } from '../ops/linear/samples.ts';
import { logSamples } from '../ops/log/samples.ts';
import { logAddExpSamples } from '../ops/log-add-exp/samples.ts';
import { logCumsumExpSamples } from '../ops/log-cumsum-exp/samples.ts';
import { logCumsumExpBackwardSamples } from '../ops/log-cumsum-exp-backward/samples.ts';
import { logSoftmaxSamples } from '../ops/log-softmax/samples.ts';
import { logSoftmaxBackwardSamples } from '../ops/log-softmax-backward/samples.ts';
import { logSumExpSamples } from '../ops/log-sum-exp/samples.ts';
import { logicalAndSamples, logicalNotSamples, logicalOrSamples, logicalXorSamples } from '../ops/logical/samples.ts';
import { maskedFillSamples } from '../ops/masked-fill/samples.ts';
import { maskedSoftmaxSamples } from '../ops/masked-softmax/samples.ts';
import { matmulSamples } from '../ops/matmul/samples.ts';
import { maxSamples } from '../ops/max/samples.ts';
import { maxPoolSamples } from '../ops/max-pool/samples.ts';
import { maximumSamples } from '../ops/maximum/samples.ts';
import { meanSamples } from '../ops/mean/samples.ts';
import { minSamples } from '../ops/min/samples.ts';
import { minimumSamples } from '../ops/minimum/samples.ts';
import { mishSamples, softsignSamples } from '../ops/mish/samples.ts';
import { mseLossSamples } from '../ops/mse-loss/samples.ts';
import { mulSamples } from '../ops/mul/samples.ts';
import { nearestRowsSamples } from '../ops/nearest-rows/samples.ts';
import { negSamples } from '../ops/neg/samples.ts';
import { nllLossSamples } from '../ops/nll-loss/samples.ts';
import { normSamples } from '../ops/norm/samples.ts';
import { notEqualSamples } from '../ops/not-equal/samples.ts';
import { oneHotSamples } from '../ops/one-hot/samples.ts';
import { outerSamples } from '../ops/outer/samples.ts';
import { padSamples } from '../ops/pad/samples.ts';
import { permuteSamples } from '../ops/permute/samples.ts';
import { cbrtSamples, powSamples, reciprocalSamples, rsqrtSamples } from '../ops/power/samples.ts';
import { prodSamples } from '../ops/prod/samples.ts';
import { prodBackwardSamples } from '../ops/prod-backward/samples.ts';
import { medianSamples, quantileSamples } from '../ops/quantile/samples.ts';
import { randomSamples } from '../ops/random/samples.ts';
import { reluSamples } from '../ops/relu/samples.ts';
import { reluBackwardSamples } from '../ops/relu-backward/samples.ts';
import { floorDivideSamples, fmodSamples, remainderSamples } from '../ops/remainder/samples.ts';
import { repeatSamples } from '../ops/repeat/samples.ts';
import { resampleAxisSamples } from '../ops/resample-axis/samples.ts';
import { reshapeSamples } from '../ops/reshape/samples.ts';
import { resizeLinearSamples } from '../ops/resize-linear/samples.ts';
import { resizeNearestSamples } from '../ops/resize-nearest/samples.ts';
import { rmsNormSamples } from '../ops/rms-norm/samples.ts';
import { rollSamples } from '../ops/roll/samples.ts';
import { rotaryEmbeddingSamples } from '../ops/rotary-embedding/samples.ts';
import { ceilSamples, floorSamples, roundSamples, truncSamples } from '../ops/rounding/samples.ts';
import { scaledDotProductAttentionSamples } from '../ops/scaled-dot-product-attention/samples.ts';
import { scaledDotProductAttentionBackwardSamples } from '../ops/scaled-dot-product-attention-backward/samples.ts';
import { scatterSamples } from '../ops/scatter/samples.ts';
import { scatterAddSamples } from '../ops/scatter-add/samples.ts';
import { scatterAddRowsSamples } from '../ops/scatter-add-rows/samples.ts';
import { searchSortedSamples } from '../ops/search-sorted/samples.ts';
import { selfAttentionSamples } from '../ops/self-attention/samples.ts';
import { selfAttentionBackwardSamples } from '../ops/self-attention-backward/samples.ts';
import { sharedDropoutSamples } from '../ops/shared-dropout/samples.ts';
import { sigmoidSamples } from '../ops/sigmoid/samples.ts';
import { signSamples } from '../ops/sign/samples.ts';
import { siluBackwardSamples, siluSamples } from '../ops/silu/samples.ts';
import { sliceSamples } from '../ops/slice/samples.ts';
import { smoothL1LossSamples } from '../ops/smooth-l1-loss/samples.ts';
import { softmaxSamples } from '../ops/softmax/samples.ts';
import { softmaxBackwardSamples } from '../ops/softmax-backward/samples.ts';
import { logSigmoidSamples, softplusSamples } from '../ops/softplus/samples.ts';
import { sortSamples } from '../ops/sort/samples.ts';
import { sqrtSamples } from '../ops/sqrt/samples.ts';
import { squareSamples } from '../ops/square/samples.ts';
import { stdSamples } from '../ops/std/samples.ts';
import { stopGradientSamples } from '../ops/stop-gradient/samples.ts';
import { subSamples } from '../ops/sub/samples.ts';
import { sumSamples } from '../ops/sum/samples.ts';
import { takeSamples } from '../ops/take/samples.ts';
import { takeAlongAxisSamples } from '../ops/take-along-axis/samples.ts';
import { takeBackwardSamples } from '../ops/take-backward/samples.ts';
import { takeRunsSamples } from '../ops/take-runs/samples.ts';
import { tanhSamples } from '../ops/tanh/samples.ts';
import { tileSamples } from '../ops/tile/samples.ts';
import { triangleSamples } from '../ops/triangle/samples.ts';
import {
  acosSamples,
  asinSamples,
  atan2Samples,
  atanSamples,
  cosSamples,
  sinSamples,
  tanSamples,
} from '../ops/trigonometric/samples.ts';
import { tripletMarginLossSamples } from '../ops/triplet-margin-loss/samples.ts';
import { unfoldSamples } from '../ops/unfold/samples.ts';
import { varianceSamples } from '../ops/variance/samples.ts';
import { whereSamples } from '../ops/where/samples.ts';
import type { OpSamples } from './sample.ts';

export const opSamples = {
  abs: absSamples,
  acos: acosSamples,
  acosh: acoshSamples,
  add: addSamples,
  addRuns: addRunsSamples,
  all: allSamples,
  any: anySamples,
  argmax: argmaxSamples,
  argmin: argminSamples,
  asin: asinSamples,
  asinh: asinhSamples,
  atan: atanSamples,
  atan2: atan2Samples,
  atanh: atanhSamples,
  avgPool: avgPoolSamples,
  batchNorm: batchNormSamples,
  binaryCrossEntropyWithLogits: binaryCrossEntropyWithLogitsSamples,
  cast: castSamples,
  cbrt: cbrtSamples,
  ceil: ceilSamples,
  celu: celuSamples,
  chamferDistance: chamferDistanceSamples,
  clamp: clampSamples,
  concat: concatSamples,
  convolution: convolutionSamples,
  convolutionInputBackward: convolutionInputBackwardSamples,
  convolutionWeightBackward: convolutionWeightBackwardSamples,
  cos: cosSamples,
  cosh: coshSamples,
  cosineEmbeddingLoss: cosineEmbeddingLossSamples,
  cosineSimilarity: cosineSimilaritySamples,
  countNonzero: countNonzeroSamples,
  cross: crossSamples,
  crossAttention: crossAttentionSamples,
  crossAttentionBackward: crossAttentionBackwardSamples,
  crossEntropy: crossEntropySamples,
  crossEntropyRows: crossEntropyRowsSamples,
  crossEntropyRowsBackward: crossEntropyRowsBackwardSamples,
  cummax: cummaxSamples,
  cummin: cumminSamples,
  cumprod: cumprodSamples,
  cumprodBackward: cumprodBackwardSamples,
  cumsum: cumsumSamples,
  diagonal: diagonalSamples,
  diagonalEmbed: diagonalEmbedSamples,
  diceLoss: diceLossSamples,
  div: divSamples,
  dot: dotSamples,
  dropout: dropoutSamples,
  einsum: einsumSamples,
  elu: eluSamples,
  equal: equalSamples,
  erf: erfSamples,
  erfc: erfcSamples,
  exp: expSamples,
  exp2: exp2Samples,
  expand: expandSamples,
  expm1: expm1Samples,
  flip: flipSamples,
  floor: floorSamples,
  floorDivide: floorDivideSamples,
  fmod: fmodSamples,
  focalLoss: focalLossSamples,
  fold: foldSamples,
  gatherRows: gatherRowsSamples,
  gelu: geluSamples,
  geluBackward: geluBackwardSamples,
  geluTanh: geluTanhSamples,
  geluTanhBackward: geluTanhBackwardSamples,
  glu: gluSamples,
  greater: greaterSamples,
  greaterEqual: greaterEqualSamples,
  groupNorm: groupNormSamples,
  hardSigmoid: hardSigmoidSamples,
  hardSwish: hardSwishSamples,
  hardTanh: hardTanhSamples,
  huberLoss: huberLossSamples,
  indexAdd: indexAddSamples,
  indexSelect: indexSelectSamples,
  infoNce: infoNceSamples,
  instanceNorm: instanceNormSamples,
  isFinite: isFiniteSamples,
  isInf: isInfSamples,
  isNaN: isNaNSamples,
  klDivergence: klDivergenceSamples,
  l1Loss: l1LossSamples,
  layerNorm: layerNormSamples,
  layerNormBackward: layerNormBackwardSamples,
  leakyRelu: leakyReluSamples,
  lerp: lerpSamples,
  less: lessSamples,
  lessEqual: lessEqualSamples,
  linear: linearSamples,
  log: logSamples,
  log10: log10Samples,
  log1p: log1pSamples,
  log2: log2Samples,
  logAddExp: logAddExpSamples,
  logCumsumExp: logCumsumExpSamples,
  logCumsumExpBackward: logCumsumExpBackwardSamples,
  logSigmoid: logSigmoidSamples,
  logSoftmax: logSoftmaxSamples,
  logSoftmaxBackward: logSoftmaxBackwardSamples,
  logSumExp: logSumExpSamples,
  logicalAnd: logicalAndSamples,
  logicalNot: logicalNotSamples,
  logicalOr: logicalOrSamples,
  logicalXor: logicalXorSamples,
  logisticLoss: logisticLossSamples,
  maskedFill: maskedFillSamples,
  maskedSoftmax: maskedSoftmaxSamples,
  matmul: matmulSamples,
  max: maxSamples,
  maxPool: maxPoolSamples,
  maximum: maximumSamples,
  mean: meanSamples,
  median: medianSamples,
  min: minSamples,
  minimum: minimumSamples,
  mish: mishSamples,
  mseLoss: mseLossSamples,
  mul: mulSamples,
  nearestRows: nearestRowsSamples,
  neg: negSamples,
  nllLoss: nllLossSamples,
  norm: normSamples,
  notEqual: notEqualSamples,
  oneHot: oneHotSamples,
  outer: outerSamples,
  pad: padSamples,
  permute: permuteSamples,
  pow: powSamples,
  prelu: preluSamples,
  prod: prodSamples,
  prodBackward: prodBackwardSamples,
  quantile: quantileSamples,
  random: randomSamples,
  reciprocal: reciprocalSamples,
  relu: reluSamples,
  relu6: relu6Samples,
  reluBackward: reluBackwardSamples,
  remainder: remainderSamples,
  repeat: repeatSamples,
  resampleAxis: resampleAxisSamples,
  reshape: reshapeSamples,
  resizeLinear: resizeLinearSamples,
  resizeNearest: resizeNearestSamples,
  rmsNorm: rmsNormSamples,
  roll: rollSamples,
  rotaryEmbedding: rotaryEmbeddingSamples,
  round: roundSamples,
  rsqrt: rsqrtSamples,
  scaledDotProductAttention: scaledDotProductAttentionSamples,
  scaledDotProductAttentionBackward: scaledDotProductAttentionBackwardSamples,
  scatter: scatterSamples,
  scatterAdd: scatterAddSamples,
  scatterAddRows: scatterAddRowsSamples,
  searchSorted: searchSortedSamples,
  selfAttention: selfAttentionSamples,
  selfAttentionBackward: selfAttentionBackwardSamples,
  selu: seluSamples,
  sharedDropout: sharedDropoutSamples,
  sigmoid: sigmoidSamples,
  sign: signSamples,
  silu: siluSamples,
  siluBackward: siluBackwardSamples,
  sin: sinSamples,
  sinh: sinhSamples,
  slice: sliceSamples,
  smoothL1Loss: smoothL1LossSamples,
  softmax: softmaxSamples,
  softmaxBackward: softmaxBackwardSamples,
  softplus: softplusSamples,
  softsign: softsignSamples,
  sort: sortSamples,
  sqrt: sqrtSamples,
  square: squareSamples,
  std: stdSamples,
  stopGradient: stopGradientSamples,
  sub: subSamples,
  sum: sumSamples,
  take: takeSamples,
  takeAlongAxis: takeAlongAxisSamples,
  takeBackward: takeBackwardSamples,
  takeRuns: takeRunsSamples,
  tan: tanSamples,
  tanh: tanhSamples,
  tile: tileSamples,
  triangle: triangleSamples,
  tripletMarginLoss: tripletMarginLossSamples,
  trunc: truncSamples,
  unfold: unfoldSamples,
  variance: varianceSamples,
  where: whereSamples,
} as const satisfies { readonly [K in OpName]: OpSamples };
