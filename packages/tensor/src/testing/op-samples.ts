// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.

import { absSamples } from '../ops/abs/samples.ts';
import { addSamples } from '../ops/add/samples.ts';
import { argmaxSamples } from '../ops/argmax/samples.ts';
import { avgPoolSamples } from '../ops/avg-pool/samples.ts';
import { castSamples } from '../ops/cast/samples.ts';
import { clampSamples } from '../ops/clamp/samples.ts';
import { isFiniteSamples, isInfSamples, isNaNSamples } from '../ops/classify/samples.ts';
import { concatSamples } from '../ops/concat/samples.ts';
import { crossAttentionSamples } from '../ops/cross-attention/samples.ts';
import { crossAttentionBackwardSamples } from '../ops/cross-attention-backward/samples.ts';
import { crossEntropyRowsSamples } from '../ops/cross-entropy-rows/samples.ts';
import { crossEntropyRowsBackwardSamples } from '../ops/cross-entropy-rows-backward/samples.ts';
import { divSamples } from '../ops/div/samples.ts';
import { dropoutSamples } from '../ops/dropout/samples.ts';
import { celuSamples, eluSamples, seluSamples } from '../ops/elu/samples.ts';
import { equalSamples } from '../ops/equal/samples.ts';
import { erfSamples } from '../ops/erf/samples.ts';
import { erfcSamples } from '../ops/erfc/samples.ts';
import { expSamples } from '../ops/exp/samples.ts';
import { expandSamples } from '../ops/expand/samples.ts';
import { exp2Samples, expm1Samples, log1pSamples, log2Samples, log10Samples } from '../ops/exponential/samples.ts';
import { gatherRowsSamples } from '../ops/gather-rows/samples.ts';
import { geluSamples } from '../ops/gelu/samples.ts';
import { geluBackwardSamples } from '../ops/gelu-backward/samples.ts';
import { geluTanhBackwardSamples, geluTanhSamples } from '../ops/gelu-tanh/samples.ts';
import { gluSamples } from '../ops/glu/samples.ts';
import { greaterSamples } from '../ops/greater/samples.ts';
import { greaterEqualSamples } from '../ops/greater-equal/samples.ts';
import { hardSigmoidSamples, hardSwishSamples, hardTanhSamples, relu6Samples } from '../ops/hard-tanh/samples.ts';
import { acoshSamples, asinhSamples, atanhSamples, coshSamples, sinhSamples } from '../ops/hyperbolic/samples.ts';
import type { OpName } from '../ops/index.ts';
import { indexAddSamples } from '../ops/index-add/samples.ts';
import { indexSelectSamples } from '../ops/index-select/samples.ts';
import { layerNormSamples } from '../ops/layer-norm/samples.ts';
import { layerNormBackwardSamples } from '../ops/layer-norm-backward/samples.ts';
import { leakyReluSamples, preluSamples } from '../ops/leaky-relu/samples.ts';
import { lerpSamples } from '../ops/lerp/samples.ts';
import { lessSamples } from '../ops/less/samples.ts';
import { lessEqualSamples } from '../ops/less-equal/samples.ts';
import { linearSamples } from '../ops/linear/samples.ts';
import { logSamples } from '../ops/log/samples.ts';
import { logAddExpSamples } from '../ops/log-add-exp/samples.ts';
import { logSoftmaxSamples } from '../ops/log-softmax/samples.ts';
import { logSoftmaxBackwardSamples } from '../ops/log-softmax-backward/samples.ts';
import { logicalAndSamples, logicalNotSamples, logicalOrSamples, logicalXorSamples } from '../ops/logical/samples.ts';
import { maskedFillSamples } from '../ops/masked-fill/samples.ts';
import { matmulSamples } from '../ops/matmul/samples.ts';
import { maxSamples } from '../ops/max/samples.ts';
import { maxPoolSamples } from '../ops/max-pool/samples.ts';
import { maximumSamples } from '../ops/maximum/samples.ts';
import { meanSamples } from '../ops/mean/samples.ts';
import { minSamples } from '../ops/min/samples.ts';
import { minimumSamples } from '../ops/minimum/samples.ts';
import { mishSamples, softsignSamples } from '../ops/mish/samples.ts';
import { mulSamples } from '../ops/mul/samples.ts';
import { negSamples } from '../ops/neg/samples.ts';
import { notEqualSamples } from '../ops/not-equal/samples.ts';
import { oneHotSamples } from '../ops/one-hot/samples.ts';
import { padSamples } from '../ops/pad/samples.ts';
import { permuteSamples } from '../ops/permute/samples.ts';
import { cbrtSamples, powSamples, reciprocalSamples, rsqrtSamples } from '../ops/power/samples.ts';
import { randomSamples } from '../ops/random/samples.ts';
import { reluSamples } from '../ops/relu/samples.ts';
import { reluBackwardSamples } from '../ops/relu-backward/samples.ts';
import { floorDivideSamples, fmodSamples, remainderSamples } from '../ops/remainder/samples.ts';
import { resampleAxisSamples } from '../ops/resample-axis/samples.ts';
import { reshapeSamples } from '../ops/reshape/samples.ts';
import { resizeLinearSamples } from '../ops/resize-linear/samples.ts';
import { resizeNearestSamples } from '../ops/resize-nearest/samples.ts';
import { ceilSamples, floorSamples, roundSamples, truncSamples } from '../ops/rounding/samples.ts';
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
import { softmaxSamples } from '../ops/softmax/samples.ts';
import { softmaxBackwardSamples } from '../ops/softmax-backward/samples.ts';
import { logSigmoidSamples, softplusSamples } from '../ops/softplus/samples.ts';
import { sqrtSamples } from '../ops/sqrt/samples.ts';
import { squareSamples } from '../ops/square/samples.ts';
import { stopGradientSamples } from '../ops/stop-gradient/samples.ts';
import { subSamples } from '../ops/sub/samples.ts';
import { sumSamples } from '../ops/sum/samples.ts';
import { takeSamples } from '../ops/take/samples.ts';
import { takeAlongAxisSamples } from '../ops/take-along-axis/samples.ts';
import { takeBackwardSamples } from '../ops/take-backward/samples.ts';
import { tanhSamples } from '../ops/tanh/samples.ts';
import {
  acosSamples,
  asinSamples,
  atan2Samples,
  atanSamples,
  cosSamples,
  sinSamples,
  tanSamples,
} from '../ops/trigonometric/samples.ts';
import { whereSamples } from '../ops/where/samples.ts';
import type { OpSamples } from './sample.ts';

export const opSamples = {
  abs: absSamples,
  acos: acosSamples,
  acosh: acoshSamples,
  add: addSamples,
  argmax: argmaxSamples,
  asin: asinSamples,
  asinh: asinhSamples,
  atan: atanSamples,
  atan2: atan2Samples,
  atanh: atanhSamples,
  avgPool: avgPoolSamples,
  cast: castSamples,
  cbrt: cbrtSamples,
  ceil: ceilSamples,
  celu: celuSamples,
  clamp: clampSamples,
  concat: concatSamples,
  cos: cosSamples,
  cosh: coshSamples,
  crossAttention: crossAttentionSamples,
  crossAttentionBackward: crossAttentionBackwardSamples,
  crossEntropyRows: crossEntropyRowsSamples,
  crossEntropyRowsBackward: crossEntropyRowsBackwardSamples,
  div: divSamples,
  dropout: dropoutSamples,
  elu: eluSamples,
  equal: equalSamples,
  erf: erfSamples,
  erfc: erfcSamples,
  exp: expSamples,
  exp2: exp2Samples,
  expand: expandSamples,
  expm1: expm1Samples,
  floor: floorSamples,
  floorDivide: floorDivideSamples,
  fmod: fmodSamples,
  gatherRows: gatherRowsSamples,
  gelu: geluSamples,
  geluBackward: geluBackwardSamples,
  geluTanh: geluTanhSamples,
  geluTanhBackward: geluTanhBackwardSamples,
  glu: gluSamples,
  greater: greaterSamples,
  greaterEqual: greaterEqualSamples,
  hardSigmoid: hardSigmoidSamples,
  hardSwish: hardSwishSamples,
  hardTanh: hardTanhSamples,
  indexAdd: indexAddSamples,
  indexSelect: indexSelectSamples,
  isFinite: isFiniteSamples,
  isInf: isInfSamples,
  isNaN: isNaNSamples,
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
  logSigmoid: logSigmoidSamples,
  logSoftmax: logSoftmaxSamples,
  logSoftmaxBackward: logSoftmaxBackwardSamples,
  logicalAnd: logicalAndSamples,
  logicalNot: logicalNotSamples,
  logicalOr: logicalOrSamples,
  logicalXor: logicalXorSamples,
  maskedFill: maskedFillSamples,
  matmul: matmulSamples,
  max: maxSamples,
  maxPool: maxPoolSamples,
  maximum: maximumSamples,
  mean: meanSamples,
  min: minSamples,
  minimum: minimumSamples,
  mish: mishSamples,
  mul: mulSamples,
  neg: negSamples,
  notEqual: notEqualSamples,
  oneHot: oneHotSamples,
  pad: padSamples,
  permute: permuteSamples,
  pow: powSamples,
  prelu: preluSamples,
  random: randomSamples,
  reciprocal: reciprocalSamples,
  relu: reluSamples,
  relu6: relu6Samples,
  reluBackward: reluBackwardSamples,
  remainder: remainderSamples,
  resampleAxis: resampleAxisSamples,
  reshape: reshapeSamples,
  resizeLinear: resizeLinearSamples,
  resizeNearest: resizeNearestSamples,
  round: roundSamples,
  rsqrt: rsqrtSamples,
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
  softmax: softmaxSamples,
  softmaxBackward: softmaxBackwardSamples,
  softplus: softplusSamples,
  softsign: softsignSamples,
  sqrt: sqrtSamples,
  square: squareSamples,
  stopGradient: stopGradientSamples,
  sub: subSamples,
  sum: sumSamples,
  take: takeSamples,
  takeAlongAxis: takeAlongAxisSamples,
  takeBackward: takeBackwardSamples,
  tan: tanSamples,
  tanh: tanhSamples,
  trunc: truncSamples,
  where: whereSamples,
} as const satisfies { readonly [K in OpName]: OpSamples };
