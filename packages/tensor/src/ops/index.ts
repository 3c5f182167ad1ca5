// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.
// Every op, once. Tables over ops are mapped types over this object, so a gap does not compile.

import { absOp } from './abs/abs.ts';
import { addOp } from './add/add.ts';
import { addRunsOp } from './add-runs/add-runs.ts';
import { allOp } from './all/all.ts';
import { anyOp } from './any/any.ts';
import { argmaxOp } from './argmax/argmax.ts';
import { argminOp } from './argmin/argmin.ts';
import { avgPoolOp } from './avg-pool/avg-pool.ts';
import { batchNormOp } from './batch-norm/batch-norm.ts';
import {
  binaryCrossEntropyWithLogitsOp,
  logisticLossOp,
} from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
import { castOp } from './cast/cast.ts';
import { chamferDistanceOp } from './chamfer-distance/chamfer-distance.ts';
import { clampOp } from './clamp/clamp.ts';
import { isFiniteOp, isInfOp, isNaNOp } from './classify/classify.ts';
import { concatOp } from './concat/concat.ts';
import { convolutionOp } from './convolution/convolution.ts';
import { convolutionInputBackwardOp } from './convolution-input-backward/convolution-input-backward.ts';
import { convolutionWeightBackwardOp } from './convolution-weight-backward/convolution-weight-backward.ts';
import { cosineEmbeddingLossOp } from './cosine-embedding-loss/cosine-embedding-loss.ts';
import { cosineSimilarityOp } from './cosine-similarity/cosine-similarity.ts';
import { countNonzeroOp } from './count-nonzero/count-nonzero.ts';
import { crossOp } from './cross/cross.ts';
import { crossAttentionOp } from './cross-attention/cross-attention.ts';
import { crossAttentionBackwardOp } from './cross-attention-backward/cross-attention-backward.ts';
import { crossEntropyOp } from './cross-entropy/cross-entropy.ts';
import { crossEntropyRowsOp } from './cross-entropy-rows/cross-entropy-rows.ts';
import { crossEntropyRowsBackwardOp } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
import { cummaxOp, cumminOp } from './cummax/cummax.ts';
import { cumprodOp } from './cumprod/cumprod.ts';
import { cumprodBackwardOp } from './cumprod-backward/cumprod-backward.ts';
import { cumsumOp } from './cumsum/cumsum.ts';
import { diagonalOp } from './diagonal/diagonal.ts';
import { diagonalEmbedOp } from './diagonal-embed/diagonal-embed.ts';
import { diceLossOp } from './dice-loss/dice-loss.ts';
import { divOp } from './div/div.ts';
import { dotOp } from './dot/dot.ts';
import { dropoutOp } from './dropout/dropout.ts';
import { einsumOp } from './einsum/einsum.ts';
import { celuOp, eluOp, seluOp } from './elu/elu.ts';
import { equalOp } from './equal/equal.ts';
import { erfOp } from './erf/erf.ts';
import { erfcOp } from './erfc/erfc.ts';
import { expOp } from './exp/exp.ts';
import { expandOp } from './expand/expand.ts';
import { exp2Op, expm1Op, log1pOp, log2Op, log10Op } from './exponential/exponential.ts';
import { flipOp } from './flip/flip.ts';
import { focalLossOp } from './focal-loss/focal-loss.ts';
import { foldOp } from './fold/fold.ts';
import { gatherRowsOp } from './gather-rows/gather-rows.ts';
import { geluOp } from './gelu/gelu.ts';
import { geluBackwardOp } from './gelu-backward/gelu-backward.ts';
import { geluTanhBackwardOp, geluTanhOp } from './gelu-tanh/gelu-tanh.ts';
import { gluOp } from './glu/glu.ts';
import { greaterOp } from './greater/greater.ts';
import { greaterEqualOp } from './greater-equal/greater-equal.ts';
import { groupNormOp, instanceNormOp } from './group-norm/group-norm.ts';
import { hardSigmoidOp, hardSwishOp, hardTanhOp, relu6Op } from './hard-tanh/hard-tanh.ts';
import { huberLossOp } from './huber-loss/huber-loss.ts';
import { acoshOp, asinhOp, atanhOp, coshOp, sinhOp } from './hyperbolic/hyperbolic.ts';
import { indexAddOp } from './index-add/index-add.ts';
import { indexSelectOp } from './index-select/index-select.ts';
import { infoNceOp } from './info-nce/info-nce.ts';
import { klDivergenceOp } from './kl-divergence/kl-divergence.ts';
import { l1LossOp } from './l1-loss/l1-loss.ts';
import { layerNormOp } from './layer-norm/layer-norm.ts';
import { layerNormBackwardOp } from './layer-norm-backward/layer-norm-backward.ts';
import { leakyReluOp, preluOp } from './leaky-relu/leaky-relu.ts';
import { lerpOp } from './lerp/lerp.ts';
import { lessOp } from './less/less.ts';
import { lessEqualOp } from './less-equal/less-equal.ts';
import { linearOp } from './linear/linear.ts';
import { logOp } from './log/log.ts';
import { logAddExpOp } from './log-add-exp/log-add-exp.ts';
import { logCumsumExpOp } from './log-cumsum-exp/log-cumsum-exp.ts';
import { logCumsumExpBackwardOp } from './log-cumsum-exp-backward/log-cumsum-exp-backward.ts';
import { logSoftmaxOp } from './log-softmax/log-softmax.ts';
import { logSoftmaxBackwardOp } from './log-softmax-backward/log-softmax-backward.ts';
import { logSumExpOp } from './log-sum-exp/log-sum-exp.ts';
import { logicalAndOp, logicalNotOp, logicalOrOp, logicalXorOp } from './logical/logical.ts';
import { maskedFillOp } from './masked-fill/masked-fill.ts';
import { maskedSoftmaxOp } from './masked-softmax/masked-softmax.ts';
import { matmulOp } from './matmul/matmul.ts';
import { maxOp } from './max/max.ts';
import { maxPoolOp } from './max-pool/max-pool.ts';
import { maximumOp } from './maximum/maximum.ts';
import { meanOp } from './mean/mean.ts';
import { minOp } from './min/min.ts';
import { minimumOp } from './minimum/minimum.ts';
import { mishOp, softsignOp } from './mish/mish.ts';
import { mseLossOp } from './mse-loss/mse-loss.ts';
import { mulOp } from './mul/mul.ts';
import { nearestRowsOp } from './nearest-rows/nearest-rows.ts';
import { negOp } from './neg/neg.ts';
import { nllLossOp } from './nll-loss/nll-loss.ts';
import { normOp } from './norm/norm.ts';
import { notEqualOp } from './not-equal/not-equal.ts';
import { oneHotOp } from './one-hot/one-hot.ts';
import { outerOp } from './outer/outer.ts';
import { padOp } from './pad/pad.ts';
import { permuteOp } from './permute/permute.ts';
import { cbrtOp, powOp, reciprocalOp, rsqrtOp } from './power/power.ts';
import { prodOp } from './prod/prod.ts';
import { prodBackwardOp } from './prod-backward/prod-backward.ts';
import { medianOp, quantileOp } from './quantile/quantile.ts';
import { randomOp } from './random/random.ts';
import { reluOp } from './relu/relu.ts';
import { reluBackwardOp } from './relu-backward/relu-backward.ts';
import { floorDivideOp, fmodOp, remainderOp } from './remainder/remainder.ts';
import { repeatOp } from './repeat/repeat.ts';
import { resampleAxisOp } from './resample-axis/resample-axis.ts';
import { reshapeOp } from './reshape/reshape.ts';
import { resizeLinearOp } from './resize-linear/resize-linear.ts';
import { resizeNearestOp } from './resize-nearest/resize-nearest.ts';
import { rmsNormOp } from './rms-norm/rms-norm.ts';
import { rollOp } from './roll/roll.ts';
import { rotaryEmbeddingOp } from './rotary-embedding/rotary-embedding.ts';
import { ceilOp, floorOp, roundOp, truncOp } from './rounding/rounding.ts';
import { scaledDotProductAttentionOp } from './scaled-dot-product-attention/scaled-dot-product-attention.ts';
import { scaledDotProductAttentionBackwardOp } from './scaled-dot-product-attention-backward/scaled-dot-product-attention-backward.ts';
import { scatterOp } from './scatter/scatter.ts';
import { scatterAddOp } from './scatter-add/scatter-add.ts';
import { scatterAddRowsOp } from './scatter-add-rows/scatter-add-rows.ts';
import { searchSortedOp } from './search-sorted/search-sorted.ts';
import { selfAttentionOp } from './self-attention/self-attention.ts';
import { selfAttentionBackwardOp } from './self-attention-backward/self-attention-backward.ts';
import { sharedDropoutOp } from './shared-dropout/shared-dropout.ts';
import { sigmoidOp } from './sigmoid/sigmoid.ts';
import { signOp } from './sign/sign.ts';
import { siluBackwardOp, siluOp } from './silu/silu.ts';
import { sliceOp } from './slice/slice.ts';
import { smoothL1LossOp } from './smooth-l1-loss/smooth-l1-loss.ts';
import { softmaxOp } from './softmax/softmax.ts';
import { softmaxBackwardOp } from './softmax-backward/softmax-backward.ts';
import { logSigmoidOp, softplusOp } from './softplus/softplus.ts';
import { sortOp } from './sort/sort.ts';
import { sqrtOp } from './sqrt/sqrt.ts';
import { squareOp } from './square/square.ts';
import { stdOp } from './std/std.ts';
import { stopGradientOp } from './stop-gradient/stop-gradient.ts';
import { subOp } from './sub/sub.ts';
import { sumOp } from './sum/sum.ts';
import { takeOp } from './take/take.ts';
import { takeAlongAxisOp } from './take-along-axis/take-along-axis.ts';
import { takeBackwardOp } from './take-backward/take-backward.ts';
import { takeRunsOp } from './take-runs/take-runs.ts';
import { tanhOp } from './tanh/tanh.ts';
import { tileOp } from './tile/tile.ts';
import { triangleOp } from './triangle/triangle.ts';
import { acosOp, asinOp, atan2Op, atanOp, cosOp, sinOp, tanOp } from './trigonometric/trigonometric.ts';
import { tripletMarginLossOp } from './triplet-margin-loss/triplet-margin-loss.ts';
import { unfoldOp } from './unfold/unfold.ts';
import { varianceOp } from './variance/variance.ts';
import { whereOp } from './where/where.ts';

export const ops = {
  abs: absOp,
  acos: acosOp,
  acosh: acoshOp,
  add: addOp,
  addRuns: addRunsOp,
  all: allOp,
  any: anyOp,
  argmax: argmaxOp,
  argmin: argminOp,
  asin: asinOp,
  asinh: asinhOp,
  atan: atanOp,
  atan2: atan2Op,
  atanh: atanhOp,
  avgPool: avgPoolOp,
  batchNorm: batchNormOp,
  binaryCrossEntropyWithLogits: binaryCrossEntropyWithLogitsOp,
  cast: castOp,
  cbrt: cbrtOp,
  ceil: ceilOp,
  celu: celuOp,
  chamferDistance: chamferDistanceOp,
  clamp: clampOp,
  concat: concatOp,
  convolution: convolutionOp,
  convolutionInputBackward: convolutionInputBackwardOp,
  convolutionWeightBackward: convolutionWeightBackwardOp,
  cos: cosOp,
  cosh: coshOp,
  cosineEmbeddingLoss: cosineEmbeddingLossOp,
  cosineSimilarity: cosineSimilarityOp,
  countNonzero: countNonzeroOp,
  cross: crossOp,
  crossAttention: crossAttentionOp,
  crossAttentionBackward: crossAttentionBackwardOp,
  crossEntropy: crossEntropyOp,
  crossEntropyRows: crossEntropyRowsOp,
  crossEntropyRowsBackward: crossEntropyRowsBackwardOp,
  cummax: cummaxOp,
  cummin: cumminOp,
  cumprod: cumprodOp,
  cumprodBackward: cumprodBackwardOp,
  cumsum: cumsumOp,
  diagonal: diagonalOp,
  diagonalEmbed: diagonalEmbedOp,
  diceLoss: diceLossOp,
  div: divOp,
  dot: dotOp,
  dropout: dropoutOp,
  einsum: einsumOp,
  elu: eluOp,
  equal: equalOp,
  erf: erfOp,
  erfc: erfcOp,
  exp: expOp,
  exp2: exp2Op,
  expand: expandOp,
  expm1: expm1Op,
  flip: flipOp,
  floor: floorOp,
  floorDivide: floorDivideOp,
  fmod: fmodOp,
  focalLoss: focalLossOp,
  fold: foldOp,
  gatherRows: gatherRowsOp,
  gelu: geluOp,
  geluBackward: geluBackwardOp,
  geluTanh: geluTanhOp,
  geluTanhBackward: geluTanhBackwardOp,
  glu: gluOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  groupNorm: groupNormOp,
  hardSigmoid: hardSigmoidOp,
  hardSwish: hardSwishOp,
  hardTanh: hardTanhOp,
  huberLoss: huberLossOp,
  indexAdd: indexAddOp,
  indexSelect: indexSelectOp,
  infoNce: infoNceOp,
  instanceNorm: instanceNormOp,
  isFinite: isFiniteOp,
  isInf: isInfOp,
  isNaN: isNaNOp,
  klDivergence: klDivergenceOp,
  l1Loss: l1LossOp,
  layerNorm: layerNormOp,
  layerNormBackward: layerNormBackwardOp,
  leakyRelu: leakyReluOp,
  lerp: lerpOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  linear: linearOp,
  log: logOp,
  log10: log10Op,
  log1p: log1pOp,
  log2: log2Op,
  logAddExp: logAddExpOp,
  logCumsumExp: logCumsumExpOp,
  logCumsumExpBackward: logCumsumExpBackwardOp,
  logSigmoid: logSigmoidOp,
  logSoftmax: logSoftmaxOp,
  logSoftmaxBackward: logSoftmaxBackwardOp,
  logSumExp: logSumExpOp,
  logicalAnd: logicalAndOp,
  logicalNot: logicalNotOp,
  logicalOr: logicalOrOp,
  logicalXor: logicalXorOp,
  logisticLoss: logisticLossOp,
  maskedFill: maskedFillOp,
  maskedSoftmax: maskedSoftmaxOp,
  matmul: matmulOp,
  max: maxOp,
  maxPool: maxPoolOp,
  maximum: maximumOp,
  mean: meanOp,
  median: medianOp,
  min: minOp,
  minimum: minimumOp,
  mish: mishOp,
  mseLoss: mseLossOp,
  mul: mulOp,
  nearestRows: nearestRowsOp,
  neg: negOp,
  nllLoss: nllLossOp,
  norm: normOp,
  notEqual: notEqualOp,
  oneHot: oneHotOp,
  outer: outerOp,
  pad: padOp,
  permute: permuteOp,
  pow: powOp,
  prelu: preluOp,
  prod: prodOp,
  prodBackward: prodBackwardOp,
  quantile: quantileOp,
  random: randomOp,
  reciprocal: reciprocalOp,
  relu: reluOp,
  relu6: relu6Op,
  reluBackward: reluBackwardOp,
  remainder: remainderOp,
  repeat: repeatOp,
  resampleAxis: resampleAxisOp,
  reshape: reshapeOp,
  resizeLinear: resizeLinearOp,
  resizeNearest: resizeNearestOp,
  rmsNorm: rmsNormOp,
  roll: rollOp,
  rotaryEmbedding: rotaryEmbeddingOp,
  round: roundOp,
  rsqrt: rsqrtOp,
  scaledDotProductAttention: scaledDotProductAttentionOp,
  scaledDotProductAttentionBackward: scaledDotProductAttentionBackwardOp,
  scatter: scatterOp,
  scatterAdd: scatterAddOp,
  scatterAddRows: scatterAddRowsOp,
  searchSorted: searchSortedOp,
  selfAttention: selfAttentionOp,
  selfAttentionBackward: selfAttentionBackwardOp,
  selu: seluOp,
  sharedDropout: sharedDropoutOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  silu: siluOp,
  siluBackward: siluBackwardOp,
  sin: sinOp,
  sinh: sinhOp,
  slice: sliceOp,
  smoothL1Loss: smoothL1LossOp,
  softmax: softmaxOp,
  softmaxBackward: softmaxBackwardOp,
  softplus: softplusOp,
  softsign: softsignOp,
  sort: sortOp,
  sqrt: sqrtOp,
  square: squareOp,
  std: stdOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  sum: sumOp,
  take: takeOp,
  takeAlongAxis: takeAlongAxisOp,
  takeBackward: takeBackwardOp,
  takeRuns: takeRunsOp,
  tan: tanOp,
  tanh: tanhOp,
  tile: tileOp,
  triangle: triangleOp,
  tripletMarginLoss: tripletMarginLossOp,
  trunc: truncOp,
  unfold: unfoldOp,
  variance: varianceOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

export { abs } from './abs/abs.ts';
export { add } from './add/add.ts';
export { addRuns } from './add-runs/add-runs.ts';
export { all } from './all/all.ts';
export { any } from './any/any.ts';
export { argmax } from './argmax/argmax.ts';
export { argmin } from './argmin/argmin.ts';
export {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
} from './avg-pool/avg-pool.ts';
export { type BatchNormOptions, type BatchNormResult, batchNorm } from './batch-norm/batch-norm.ts';
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
} from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
export { cast } from './cast/cast.ts';
export { type ChamferDistanceOptions, chamferDistance } from './chamfer-distance/chamfer-distance.ts';
export { type ClampOptions, clamp } from './clamp/clamp.ts';
export { isFinite, isInf, isNaN } from './classify/classify.ts';
export { concat, stack } from './concat/concat.ts';
export { conv1d, conv2d, conv3d } from './convolution/convolution.ts';
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from './convolution-input-backward/convolution-input-backward.ts';
export { type CosineEmbeddingLossOptions, cosineEmbeddingLoss } from './cosine-embedding-loss/cosine-embedding-loss.ts';
export { type CosineSimilarityOptions, cosineSimilarity } from './cosine-similarity/cosine-similarity.ts';
export { countNonzero } from './count-nonzero/count-nonzero.ts';
export { cross } from './cross/cross.ts';
export { crossAttention } from './cross-attention/cross-attention.ts';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy/cross-entropy.ts';
export { crossEntropyRows } from './cross-entropy-rows/cross-entropy-rows.ts';
export { crossEntropyRowsBackward } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
export { type CumulativeExtremeResult, cummax, cummin } from './cummax/cummax.ts';
export { cumprod } from './cumprod/cumprod.ts';
export { type CumsumOptions, cumsum } from './cumsum/cumsum.ts';
export { type DiagonalOptions, diagonal, trace } from './diagonal/diagonal.ts';
export { diagonalEmbed } from './diagonal-embed/diagonal-embed.ts';
export { type DiceLossOptions, diceLoss } from './dice-loss/dice-loss.ts';
export { div } from './div/div.ts';
export { dot } from './dot/dot.ts';
export { dropByKey, dropout, keyTensor } from './dropout/dropout.ts';
export { einsum } from './einsum/einsum.ts';
export { celu, type EluOptions, elu, selu } from './elu/elu.ts';
export { equal } from './equal/equal.ts';
export { erf } from './erf/erf.ts';
export { erfc } from './erfc/erfc.ts';
export { exp } from './exp/exp.ts';
export { expand, meshgrid } from './expand/expand.ts';
export { exp2, expm1, log1p, log2, log10 } from './exponential/exponential.ts';
export { flip } from './flip/flip.ts';
export { type FocalLossOptions, focalLoss } from './focal-loss/focal-loss.ts';
export { fold } from './fold/fold.ts';
export { embedding, gatherRows } from './gather-rows/gather-rows.ts';
export { gelu } from './gelu/gelu.ts';
export { geluBackward } from './gelu-backward/gelu-backward.ts';
export { geluTanh, geluTanhBackward } from './gelu-tanh/gelu-tanh.ts';
export { type GluOptions, glu } from './glu/glu.ts';
export { greater } from './greater/greater.ts';
export { greaterEqual } from './greater-equal/greater-equal.ts';
export { type GroupNormOptions, groupNorm, instanceNorm } from './group-norm/group-norm.ts';
export { type HardTanhOptions, hardSigmoid, hardSwish, hardTanh, relu6 } from './hard-tanh/hard-tanh.ts';
export { type HuberLossOptions, huberLoss } from './huber-loss/huber-loss.ts';
export { acosh, asinh, atanh, cosh, sinh } from './hyperbolic/hyperbolic.ts';
export { indexAdd } from './index-add/index-add.ts';
export { indexSelect } from './index-select/index-select.ts';
export { type InfoNceOptions, infoNce } from './info-nce/info-nce.ts';
export { type KlDivergenceOptions, klDivergence } from './kl-divergence/kl-divergence.ts';
export { l1Loss } from './l1-loss/l1-loss.ts';
export { type LayerNormOptions, layerNorm } from './layer-norm/layer-norm.ts';
export { type LeakyReluOptions, leakyRelu, type PreluOptions, prelu } from './leaky-relu/leaky-relu.ts';
export { lerp } from './lerp/lerp.ts';
export { less } from './less/less.ts';
export { lessEqual } from './less-equal/less-equal.ts';
export { type LinearOptions, linear } from './linear/linear.ts';
export { log } from './log/log.ts';
export { logAddExp } from './log-add-exp/log-add-exp.ts';
export { logCumsumExp } from './log-cumsum-exp/log-cumsum-exp.ts';
export { logSoftmax } from './log-softmax/log-softmax.ts';
export { logSoftmaxBackward } from './log-softmax-backward/log-softmax-backward.ts';
export { logSumExp } from './log-sum-exp/log-sum-exp.ts';
export { logicalAnd, logicalNot, logicalOr, logicalXor } from './logical/logical.ts';
export { maskedFill } from './masked-fill/masked-fill.ts';
export { maskedSoftmax } from './masked-softmax/masked-softmax.ts';
export { matmul } from './matmul/matmul.ts';
export { max } from './max/max.ts';
export {
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from './max-pool/max-pool.ts';
export { maximum } from './maximum/maximum.ts';
export { mean } from './mean/mean.ts';
export { min } from './min/min.ts';
export { minimum } from './minimum/minimum.ts';
export { mish, softsign } from './mish/mish.ts';
export { mseLoss } from './mse-loss/mse-loss.ts';
export { mul } from './mul/mul.ts';
export { nearestRows } from './nearest-rows/nearest-rows.ts';
export { neg } from './neg/neg.ts';
export { type NllLossOptions, nllLoss } from './nll-loss/nll-loss.ts';
export { type NormOptions, norm } from './norm/norm.ts';
export { notEqual } from './not-equal/not-equal.ts';
export { oneHot } from './one-hot/one-hot.ts';
export { outer } from './outer/outer.ts';
export { type PadModeOptions, pad, padAxes } from './pad/pad.ts';
export { moveAxis, permute, swapAxes, transpose } from './permute/permute.ts';
export { cbrt, pow, reciprocal, rsqrt } from './power/power.ts';
export { prod } from './prod/prod.ts';
export { type MedianOptions, median, type QuantileOptions, quantile } from './quantile/quantile.ts';
export {
  bernoulli,
  normalByKey,
  permutation,
  type RandomOptions,
  randomIntegers,
  type TruncatedNormalOptions,
  truncatedNormalByKey,
  uniformByKey,
} from './random/random.ts';
export { relu } from './relu/relu.ts';
export { reluBackward } from './relu-backward/relu-backward.ts';
export { floorDivide, fmod, remainder } from './remainder/remainder.ts';
export { repeat } from './repeat/repeat.ts';
export { flatten, reshape, squeeze, unsqueeze } from './reshape/reshape.ts';
export { type ResizeOptions, resizeBilinear, resizeLinear } from './resize-linear/resize-linear.ts';
export { type ResizeNearestOptions, resizeNearest } from './resize-nearest/resize-nearest.ts';
export { rmsNorm } from './rms-norm/rms-norm.ts';
export { roll } from './roll/roll.ts';
export {
  type RotaryTablesOptions,
  type RotaryTablesResult,
  rotaryEmbedding,
  rotaryTables,
} from './rotary-embedding/rotary-embedding.ts';
export { ceil, floor, round, trunc } from './rounding/rounding.ts';
export {
  type ScaledDotProductAttentionOptions,
  scaledDotProductAttention,
} from './scaled-dot-product-attention/scaled-dot-product-attention.ts';
export { scatter } from './scatter/scatter.ts';
export { scatterAdd } from './scatter-add/scatter-add.ts';
export { scatterAddRows } from './scatter-add-rows/scatter-add-rows.ts';
export { type SearchSortedOptions, searchSorted } from './search-sorted/search-sorted.ts';
export { selfAttention } from './self-attention/self-attention.ts';
export { selfAttentionBackward } from './self-attention-backward/self-attention-backward.ts';
export { channelDropout, dropPath, type SharedDropoutOptions, sharedDropout } from './shared-dropout/shared-dropout.ts';
export { sigmoid } from './sigmoid/sigmoid.ts';
export { sign } from './sign/sign.ts';
export { silu, siluBackward } from './silu/silu.ts';
export { chunk, narrow, type RangeOptions, select, slice, sliceAxes, split, unstack } from './slice/slice.ts';
export { type SmoothL1LossOptions, smoothL1Loss } from './smooth-l1-loss/smooth-l1-loss.ts';
export { softmax } from './softmax/softmax.ts';
export { softmaxBackward } from './softmax-backward/softmax-backward.ts';
export { logSigmoid, type SoftplusOptions, softplus } from './softplus/softplus.ts';
export { argsort, type SortOptions, type SortResult, sort, type TopKOptions, topK } from './sort/sort.ts';
export { sqrt } from './sqrt/sqrt.ts';
export { square } from './square/square.ts';
export { std } from './std/std.ts';
export { stopGradient } from './stop-gradient/stop-gradient.ts';
export { sub } from './sub/sub.ts';
export { sum } from './sum/sum.ts';
export { maskedSelect, take } from './take/take.ts';
export { type AlongAxisOptions, gather, takeAlongAxis } from './take-along-axis/take-along-axis.ts';
export { takeRuns } from './take-runs/take-runs.ts';
export { tanh } from './tanh/tanh.ts';
export { tile } from './tile/tile.ts';
export { tril, triu } from './triangle/triangle.ts';
export { acos, asin, atan, atan2, cos, sin, tan } from './trigonometric/trigonometric.ts';
export { type TripletMarginLossOptions, tripletMarginLoss } from './triplet-margin-loss/triplet-margin-loss.ts';
export { unfold } from './unfold/unfold.ts';
export { type VarianceOptions, variance } from './variance/variance.ts';
export { where } from './where/where.ts';
