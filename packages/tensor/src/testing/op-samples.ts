// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.

import { absSamples } from '../ops/abs/samples.ts';
import { addSamples } from '../ops/add/samples.ts';
import { allSamples } from '../ops/all/samples.ts';
import { anySamples } from '../ops/any/samples.ts';
import { argmaxSamples } from '../ops/argmax/samples.ts';
import { argminSamples } from '../ops/argmin/samples.ts';
import { castSamples } from '../ops/cast/samples.ts';
import { concatSamples } from '../ops/concat/samples.ts';
import { countNonzeroSamples } from '../ops/count-nonzero/samples.ts';
import { crossAttentionSamples } from '../ops/cross-attention/samples.ts';
import { crossAttentionBackwardSamples } from '../ops/cross-attention-backward/samples.ts';
import { crossEntropyRowsSamples } from '../ops/cross-entropy-rows/samples.ts';
import { crossEntropyRowsBackwardSamples } from '../ops/cross-entropy-rows-backward/samples.ts';
import { cummaxSamples, cumminSamples } from '../ops/cummax/samples.ts';
import { cumprodSamples } from '../ops/cumprod/samples.ts';
import { cumprodBackwardSamples } from '../ops/cumprod-backward/samples.ts';
import { cumsumSamples } from '../ops/cumsum/samples.ts';
import { divSamples } from '../ops/div/samples.ts';
import { dropoutSamples } from '../ops/dropout/samples.ts';
import { equalSamples } from '../ops/equal/samples.ts';
import { erfSamples } from '../ops/erf/samples.ts';
import { expSamples } from '../ops/exp/samples.ts';
import { expandSamples } from '../ops/expand/samples.ts';
import { gatherRowsSamples } from '../ops/gather-rows/samples.ts';
import { geluSamples } from '../ops/gelu/samples.ts';
import { geluBackwardSamples } from '../ops/gelu-backward/samples.ts';
import { greaterSamples } from '../ops/greater/samples.ts';
import { greaterEqualSamples } from '../ops/greater-equal/samples.ts';
import type { OpName } from '../ops/index.ts';
import { layerNormSamples } from '../ops/layer-norm/samples.ts';
import { layerNormBackwardSamples } from '../ops/layer-norm-backward/samples.ts';
import { lessSamples } from '../ops/less/samples.ts';
import { lessEqualSamples } from '../ops/less-equal/samples.ts';
import { linearSamples } from '../ops/linear/samples.ts';
import { logSamples } from '../ops/log/samples.ts';
import { logCumsumExpSamples } from '../ops/log-cumsum-exp/samples.ts';
import { logCumsumExpBackwardSamples } from '../ops/log-cumsum-exp-backward/samples.ts';
import { logSoftmaxSamples } from '../ops/log-softmax/samples.ts';
import { logSoftmaxBackwardSamples } from '../ops/log-softmax-backward/samples.ts';
import { logSumExpSamples } from '../ops/log-sum-exp/samples.ts';
import { matmulSamples } from '../ops/matmul/samples.ts';
import { maxSamples } from '../ops/max/samples.ts';
import { maximumSamples } from '../ops/maximum/samples.ts';
import { meanSamples } from '../ops/mean/samples.ts';
import { minSamples } from '../ops/min/samples.ts';
import { minimumSamples } from '../ops/minimum/samples.ts';
import { mulSamples } from '../ops/mul/samples.ts';
import { negSamples } from '../ops/neg/samples.ts';
import { normSamples } from '../ops/norm/samples.ts';
import { notEqualSamples } from '../ops/not-equal/samples.ts';
import { padSamples } from '../ops/pad/samples.ts';
import { permuteSamples } from '../ops/permute/samples.ts';
import { prodSamples } from '../ops/prod/samples.ts';
import { prodBackwardSamples } from '../ops/prod-backward/samples.ts';
import { medianSamples, quantileSamples } from '../ops/quantile/samples.ts';
import { reluSamples } from '../ops/relu/samples.ts';
import { reluBackwardSamples } from '../ops/relu-backward/samples.ts';
import { reshapeSamples } from '../ops/reshape/samples.ts';
import { scatterAddRowsSamples } from '../ops/scatter-add-rows/samples.ts';
import { selfAttentionSamples } from '../ops/self-attention/samples.ts';
import { selfAttentionBackwardSamples } from '../ops/self-attention-backward/samples.ts';
import { sigmoidSamples } from '../ops/sigmoid/samples.ts';
import { signSamples } from '../ops/sign/samples.ts';
import { sliceSamples } from '../ops/slice/samples.ts';
import { softmaxSamples } from '../ops/softmax/samples.ts';
import { softmaxBackwardSamples } from '../ops/softmax-backward/samples.ts';
import { sortSamples } from '../ops/sort/samples.ts';
import { sqrtSamples } from '../ops/sqrt/samples.ts';
import { squareSamples } from '../ops/square/samples.ts';
import { stdSamples } from '../ops/std/samples.ts';
import { stopGradientSamples } from '../ops/stop-gradient/samples.ts';
import { subSamples } from '../ops/sub/samples.ts';
import { sumSamples } from '../ops/sum/samples.ts';
import { tanhSamples } from '../ops/tanh/samples.ts';
import { varianceSamples } from '../ops/variance/samples.ts';
import { whereSamples } from '../ops/where/samples.ts';
import type { OpSamples } from './sample.ts';

export const opSamples = {
  abs: absSamples,
  add: addSamples,
  all: allSamples,
  any: anySamples,
  argmax: argmaxSamples,
  argmin: argminSamples,
  cast: castSamples,
  concat: concatSamples,
  countNonzero: countNonzeroSamples,
  crossAttention: crossAttentionSamples,
  crossAttentionBackward: crossAttentionBackwardSamples,
  crossEntropyRows: crossEntropyRowsSamples,
  crossEntropyRowsBackward: crossEntropyRowsBackwardSamples,
  cummax: cummaxSamples,
  cummin: cumminSamples,
  cumprod: cumprodSamples,
  cumprodBackward: cumprodBackwardSamples,
  cumsum: cumsumSamples,
  div: divSamples,
  dropout: dropoutSamples,
  equal: equalSamples,
  erf: erfSamples,
  exp: expSamples,
  expand: expandSamples,
  gatherRows: gatherRowsSamples,
  gelu: geluSamples,
  geluBackward: geluBackwardSamples,
  greater: greaterSamples,
  greaterEqual: greaterEqualSamples,
  layerNorm: layerNormSamples,
  layerNormBackward: layerNormBackwardSamples,
  less: lessSamples,
  lessEqual: lessEqualSamples,
  linear: linearSamples,
  log: logSamples,
  logCumsumExp: logCumsumExpSamples,
  logCumsumExpBackward: logCumsumExpBackwardSamples,
  logSoftmax: logSoftmaxSamples,
  logSoftmaxBackward: logSoftmaxBackwardSamples,
  logSumExp: logSumExpSamples,
  matmul: matmulSamples,
  max: maxSamples,
  maximum: maximumSamples,
  mean: meanSamples,
  median: medianSamples,
  min: minSamples,
  minimum: minimumSamples,
  mul: mulSamples,
  neg: negSamples,
  norm: normSamples,
  notEqual: notEqualSamples,
  pad: padSamples,
  permute: permuteSamples,
  prod: prodSamples,
  prodBackward: prodBackwardSamples,
  quantile: quantileSamples,
  relu: reluSamples,
  reluBackward: reluBackwardSamples,
  reshape: reshapeSamples,
  scatterAddRows: scatterAddRowsSamples,
  selfAttention: selfAttentionSamples,
  selfAttentionBackward: selfAttentionBackwardSamples,
  sigmoid: sigmoidSamples,
  sign: signSamples,
  slice: sliceSamples,
  softmax: softmaxSamples,
  softmaxBackward: softmaxBackwardSamples,
  sort: sortSamples,
  sqrt: sqrtSamples,
  square: squareSamples,
  std: stdSamples,
  stopGradient: stopGradientSamples,
  sub: subSamples,
  sum: sumSamples,
  tanh: tanhSamples,
  variance: varianceSamples,
  where: whereSamples,
} as const satisfies { readonly [K in OpName]: OpSamples };
