// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.
// Every op, once. Tables over ops are mapped types over this object, so a gap does not compile.

import { absOp } from './abs/abs.ts';
import { addOp } from './add/add.ts';
import { allOp } from './all/all.ts';
import { anyOp } from './any/any.ts';
import { argmaxOp } from './argmax/argmax.ts';
import { argminOp } from './argmin/argmin.ts';
import { avgPoolOp } from './avg-pool/avg-pool.ts';
import { logisticLossOp, binaryCrossEntropyWithLogitsOp } from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
import { castOp } from './cast/cast.ts';
import { chamferDistanceOp } from './chamfer-distance/chamfer-distance.ts';
import { clampOp } from './clamp/clamp.ts';
import { isNaNOp, isFiniteOp, isInfOp } from './classify/classify.ts';
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
import { diceLossOp } from './dice-loss/dice-loss.ts';
import { divOp } from './div/div.ts';
import { dotOp } from './dot/dot.ts';
import { dropoutOp } from './dropout/dropout.ts';
import { einsumOp } from './einsum/einsum.ts';
import { eluOp, seluOp, celuOp } from './elu/elu.ts';
import { equalOp } from './equal/equal.ts';
import { erfOp } from './erf/erf.ts';
import { erfcOp } from './erfc/erfc.ts';
import { expOp } from './exp/exp.ts';
import { expandOp } from './expand/expand.ts';
import { expm1Op, exp2Op, log1pOp, log2Op, log10Op } from './exponential/exponential.ts';
import { focalLossOp } from './focal-loss/focal-loss.ts';
import { gatherRowsOp } from './gather-rows/gather-rows.ts';
import { geluOp } from './gelu/gelu.ts';
import { geluBackwardOp } from './gelu-backward/gelu-backward.ts';
import { geluTanhOp, geluTanhBackwardOp } from './gelu-tanh/gelu-tanh.ts';
import { gluOp } from './glu/glu.ts';
import { greaterOp } from './greater/greater.ts';
import { greaterEqualOp } from './greater-equal/greater-equal.ts';
import { hardTanhOp, relu6Op, hardSigmoidOp, hardSwishOp } from './hard-tanh/hard-tanh.ts';
import { huberLossOp } from './huber-loss/huber-loss.ts';
import { sinhOp, coshOp, asinhOp, acoshOp, atanhOp } from './hyperbolic/hyperbolic.ts';
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
import { logicalAndOp, logicalOrOp, logicalXorOp, logicalNotOp } from './logical/logical.ts';
import { maskedFillOp } from './masked-fill/masked-fill.ts';
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
import { powOp, rsqrtOp, reciprocalOp, cbrtOp } from './power/power.ts';
import { prodOp } from './prod/prod.ts';
import { prodBackwardOp } from './prod-backward/prod-backward.ts';
import { quantileOp, medianOp } from './quantile/quantile.ts';
import { randomOp } from './random/random.ts';
import { reluOp } from './relu/relu.ts';
import { reluBackwardOp } from './relu-backward/relu-backward.ts';
import { remainderOp, fmodOp, floorDivideOp } from './remainder/remainder.ts';
import { resampleAxisOp } from './resample-axis/resample-axis.ts';
import { reshapeOp } from './reshape/reshape.ts';
import { resizeLinearOp } from './resize-linear/resize-linear.ts';
import { resizeNearestOp } from './resize-nearest/resize-nearest.ts';
import { floorOp, ceilOp, roundOp, truncOp } from './rounding/rounding.ts';
import { scatterOp } from './scatter/scatter.ts';
import { scatterAddOp } from './scatter-add/scatter-add.ts';
import { scatterAddRowsOp } from './scatter-add-rows/scatter-add-rows.ts';
import { searchSortedOp } from './search-sorted/search-sorted.ts';
import { selfAttentionOp } from './self-attention/self-attention.ts';
import { selfAttentionBackwardOp } from './self-attention-backward/self-attention-backward.ts';
import { sharedDropoutOp } from './shared-dropout/shared-dropout.ts';
import { sigmoidOp } from './sigmoid/sigmoid.ts';
import { signOp } from './sign/sign.ts';
import { siluOp, siluBackwardOp } from './silu/silu.ts';
import { sliceOp } from './slice/slice.ts';
import { smoothL1LossOp } from './smooth-l1-loss/smooth-l1-loss.ts';
import { softmaxOp } from './softmax/softmax.ts';
import { softmaxBackwardOp } from './softmax-backward/softmax-backward.ts';
import { softplusOp, logSigmoidOp } from './softplus/softplus.ts';
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
import { tanhOp } from './tanh/tanh.ts';
import { traceOp } from './trace/trace.ts';
import { sinOp, cosOp, tanOp, asinOp, acosOp, atanOp, atan2Op } from './trigonometric/trigonometric.ts';
import { tripletMarginLossOp } from './triplet-margin-loss/triplet-margin-loss.ts';
import { varianceOp } from './variance/variance.ts';
import { whereOp } from './where/where.ts';

export const ops = {
  abs: absOp,
  acos: acosOp,
  acosh: acoshOp,
  add: addOp,
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
  floor: floorOp,
  floorDivide: floorDivideOp,
  fmod: fmodOp,
  focalLoss: focalLossOp,
  gatherRows: gatherRowsOp,
  gelu: geluOp,
  geluBackward: geluBackwardOp,
  geluTanh: geluTanhOp,
  geluTanhBackward: geluTanhBackwardOp,
  glu: gluOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  hardSigmoid: hardSigmoidOp,
  hardSwish: hardSwishOp,
  hardTanh: hardTanhOp,
  huberLoss: huberLossOp,
  indexAdd: indexAddOp,
  indexSelect: indexSelectOp,
  infoNce: infoNceOp,
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
  resampleAxis: resampleAxisOp,
  reshape: reshapeOp,
  resizeLinear: resizeLinearOp,
  resizeNearest: resizeNearestOp,
  round: roundOp,
  rsqrt: rsqrtOp,
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
  tan: tanOp,
  tanh: tanhOp,
  trace: traceOp,
  tripletMarginLoss: tripletMarginLossOp,
  trunc: truncOp,
  variance: varianceOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

export { abs } from './abs/abs.ts';
export { add } from './add/add.ts';
export { all } from './all/all.ts';
export { any } from './any/any.ts';
export { argmax } from './argmax/argmax.ts';
export { argmin } from './argmin/argmin.ts';
export { avgPool1d, avgPool2d, avgPool3d, adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, type AvgPoolOptions } from './avg-pool/avg-pool.ts';
export { binaryCrossEntropyWithLogits, type BinaryCrossEntropyOptions } from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
export { cast } from './cast/cast.ts';
export { chamferDistance, type ChamferDistanceOptions } from './chamfer-distance/chamfer-distance.ts';
export { clamp, type ClampOptions } from './clamp/clamp.ts';
export { isNaN, isFinite, isInf } from './classify/classify.ts';
export { concat, stack } from './concat/concat.ts';
export { conv1d, conv2d, conv3d } from './convolution/convolution.ts';
export { convTranspose1d, convTranspose2d, convTranspose3d } from './convolution-input-backward/convolution-input-backward.ts';
export { cosineEmbeddingLoss, type CosineEmbeddingLossOptions } from './cosine-embedding-loss/cosine-embedding-loss.ts';
export { cosineSimilarity, type CosineSimilarityOptions } from './cosine-similarity/cosine-similarity.ts';
export { countNonzero } from './count-nonzero/count-nonzero.ts';
export { cross } from './cross/cross.ts';
export { crossAttention } from './cross-attention/cross-attention.ts';
export { crossEntropy, type CrossEntropyOptions } from './cross-entropy/cross-entropy.ts';
export { crossEntropyRows } from './cross-entropy-rows/cross-entropy-rows.ts';
export { crossEntropyRowsBackward } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
export { cummax, cummin, type CumulativeExtremeResult } from './cummax/cummax.ts';
export { cumprod } from './cumprod/cumprod.ts';
export { cumsum, type CumsumOptions } from './cumsum/cumsum.ts';
export { diceLoss, type DiceLossOptions } from './dice-loss/dice-loss.ts';
export { div } from './div/div.ts';
export { dot } from './dot/dot.ts';
export { keyTensor, dropByKey, dropout } from './dropout/dropout.ts';
export { einsum } from './einsum/einsum.ts';
export { elu, selu, celu, type EluOptions } from './elu/elu.ts';
export { equal } from './equal/equal.ts';
export { erf } from './erf/erf.ts';
export { erfc } from './erfc/erfc.ts';
export { exp } from './exp/exp.ts';
export { expand } from './expand/expand.ts';
export { expm1, exp2, log1p, log2, log10 } from './exponential/exponential.ts';
export { focalLoss, type FocalLossOptions } from './focal-loss/focal-loss.ts';
export { gatherRows, embedding } from './gather-rows/gather-rows.ts';
export { gelu } from './gelu/gelu.ts';
export { geluBackward } from './gelu-backward/gelu-backward.ts';
export { geluTanh, geluTanhBackward } from './gelu-tanh/gelu-tanh.ts';
export { glu, type GluOptions } from './glu/glu.ts';
export { greater } from './greater/greater.ts';
export { greaterEqual } from './greater-equal/greater-equal.ts';
export { hardTanh, relu6, hardSigmoid, hardSwish, type HardTanhOptions } from './hard-tanh/hard-tanh.ts';
export { huberOf, huberLoss, type HuberLossOptions } from './huber-loss/huber-loss.ts';
export { sinh, cosh, asinh, acosh, atanh } from './hyperbolic/hyperbolic.ts';
export { indexAdd } from './index-add/index-add.ts';
export { indexSelect } from './index-select/index-select.ts';
export { infoNce, type InfoNceOptions } from './info-nce/info-nce.ts';
export { klDivergence, type KlDivergenceOptions } from './kl-divergence/kl-divergence.ts';
export { l1Loss } from './l1-loss/l1-loss.ts';
export { layerNorm } from './layer-norm/layer-norm.ts';
export { leakyRelu, prelu, type LeakyReluOptions, type PreluOptions } from './leaky-relu/leaky-relu.ts';
export { lerp } from './lerp/lerp.ts';
export { less } from './less/less.ts';
export { lessEqual } from './less-equal/less-equal.ts';
export { linear } from './linear/linear.ts';
export { log } from './log/log.ts';
export { logAddExp } from './log-add-exp/log-add-exp.ts';
export { logCumsumExp } from './log-cumsum-exp/log-cumsum-exp.ts';
export { logSoftmax } from './log-softmax/log-softmax.ts';
export { logSoftmaxBackward } from './log-softmax-backward/log-softmax-backward.ts';
export { logSumExp } from './log-sum-exp/log-sum-exp.ts';
export { logicalAnd, logicalOr, logicalXor, logicalNot } from './logical/logical.ts';
export { maskedFill } from './masked-fill/masked-fill.ts';
export { matmul } from './matmul/matmul.ts';
export { max } from './max/max.ts';
export { maxPool1d, maxPool2d, maxPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d, type MaxPoolOptions } from './max-pool/max-pool.ts';
export { maximum } from './maximum/maximum.ts';
export { mean } from './mean/mean.ts';
export { min } from './min/min.ts';
export { minimum } from './minimum/minimum.ts';
export { mish, softsign } from './mish/mish.ts';
export { mseLoss } from './mse-loss/mse-loss.ts';
export { mul } from './mul/mul.ts';
export { nearestRows } from './nearest-rows/nearest-rows.ts';
export { neg } from './neg/neg.ts';
export { nllLoss, type NllLossOptions } from './nll-loss/nll-loss.ts';
export { norm, type NormOptions } from './norm/norm.ts';
export { notEqual } from './not-equal/not-equal.ts';
export { oneHot } from './one-hot/one-hot.ts';
export { outer } from './outer/outer.ts';
export { pad } from './pad/pad.ts';
export { permute, transpose } from './permute/permute.ts';
export { pow, rsqrt, reciprocal, cbrt } from './power/power.ts';
export { prod } from './prod/prod.ts';
export { quantile, median, type MedianOptions, type QuantileOptions } from './quantile/quantile.ts';
export { uniformByKey, normalByKey, bernoulli, randomIntegers, truncatedNormal, permutation, type RandomOptions, type TruncatedNormalOptions } from './random/random.ts';
export { relu } from './relu/relu.ts';
export { reluBackward } from './relu-backward/relu-backward.ts';
export { remainder, fmod, floorDivide } from './remainder/remainder.ts';
export { resample } from './resample-axis/resample-axis.ts';
export { reshape } from './reshape/reshape.ts';
export { resizeLinear, resizeBilinear, type ResizeOptions } from './resize-linear/resize-linear.ts';
export { resizeNearest, type ResizeNearestOptions } from './resize-nearest/resize-nearest.ts';
export { floor, ceil, round, trunc } from './rounding/rounding.ts';
export { scatter } from './scatter/scatter.ts';
export { scatterAdd } from './scatter-add/scatter-add.ts';
export { scatterAddRows } from './scatter-add-rows/scatter-add-rows.ts';
export { searchSorted, type SearchSortedOptions } from './search-sorted/search-sorted.ts';
export { selfAttention } from './self-attention/self-attention.ts';
export { selfAttentionBackward } from './self-attention-backward/self-attention-backward.ts';
export { sharedDropout, dropPath, channelDropout, type SharedDropoutOptions } from './shared-dropout/shared-dropout.ts';
export { sigmoid } from './sigmoid/sigmoid.ts';
export { sign } from './sign/sign.ts';
export { silu, siluBackward } from './silu/silu.ts';
export { slice, split } from './slice/slice.ts';
export { smoothL1Loss, type SmoothL1LossOptions } from './smooth-l1-loss/smooth-l1-loss.ts';
export { softmax } from './softmax/softmax.ts';
export { softmaxBackward } from './softmax-backward/softmax-backward.ts';
export { softplus, logSigmoid, type SoftplusOptions } from './softplus/softplus.ts';
export { sort, argsort, topK, type SortOptions, type TopKOptions, type SortResult } from './sort/sort.ts';
export { sqrt } from './sqrt/sqrt.ts';
export { square } from './square/square.ts';
export { std } from './std/std.ts';
export { stopGradient } from './stop-gradient/stop-gradient.ts';
export { sub } from './sub/sub.ts';
export { sum } from './sum/sum.ts';
export { take, maskedSelect } from './take/take.ts';
export { takeAlongAxis, gather, type AlongAxisOptions } from './take-along-axis/take-along-axis.ts';
export { tanh } from './tanh/tanh.ts';
export { trace } from './trace/trace.ts';
export { sin, cos, tan, asin, acos, atan, atan2 } from './trigonometric/trigonometric.ts';
export { tripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss/triplet-margin-loss.ts';
export { variance, type VarianceOptions } from './variance/variance.ts';
export { where } from './where/where.ts';
