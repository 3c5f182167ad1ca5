// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.

import { absSamples } from '../ops/abs/samples.ts';
import { addSamples } from '../ops/add/samples.ts';
import { argmaxSamples } from '../ops/argmax/samples.ts';
import { batchNormSamples } from '../ops/batch-norm/samples.ts';
import { castSamples } from '../ops/cast/samples.ts';
import { concatSamples } from '../ops/concat/samples.ts';
import { crossAttentionSamples } from '../ops/cross-attention/samples.ts';
import { crossAttentionBackwardSamples } from '../ops/cross-attention-backward/samples.ts';
import { crossEntropyRowsSamples } from '../ops/cross-entropy-rows/samples.ts';
import { crossEntropyRowsBackwardSamples } from '../ops/cross-entropy-rows-backward/samples.ts';
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
import { groupNormSamples, instanceNormSamples } from '../ops/group-norm/samples.ts';
import type { OpName } from '../ops/index.ts';
import { layerNormSamples } from '../ops/layer-norm/samples.ts';
import { layerNormBackwardSamples } from '../ops/layer-norm-backward/samples.ts';
import { lessSamples } from '../ops/less/samples.ts';
import { lessEqualSamples } from '../ops/less-equal/samples.ts';
import { linearSamples } from '../ops/linear/samples.ts';
import { logSamples } from '../ops/log/samples.ts';
import { logSoftmaxSamples } from '../ops/log-softmax/samples.ts';
import { logSoftmaxBackwardSamples } from '../ops/log-softmax-backward/samples.ts';
import { maskedSoftmaxSamples } from '../ops/masked-softmax/samples.ts';
import { matmulSamples } from '../ops/matmul/samples.ts';
import { maxSamples } from '../ops/max/samples.ts';
import { maximumSamples } from '../ops/maximum/samples.ts';
import { meanSamples } from '../ops/mean/samples.ts';
import { minSamples } from '../ops/min/samples.ts';
import { minimumSamples } from '../ops/minimum/samples.ts';
import { mulSamples } from '../ops/mul/samples.ts';
import { negSamples } from '../ops/neg/samples.ts';
import { notEqualSamples } from '../ops/not-equal/samples.ts';
import { padSamples } from '../ops/pad/samples.ts';
import { permuteSamples } from '../ops/permute/samples.ts';
import { reluSamples } from '../ops/relu/samples.ts';
import { reluBackwardSamples } from '../ops/relu-backward/samples.ts';
import { reshapeSamples } from '../ops/reshape/samples.ts';
import { rmsNormSamples } from '../ops/rms-norm/samples.ts';
import { rotaryEmbeddingSamples } from '../ops/rotary-embedding/samples.ts';
import { scaledDotProductAttentionSamples } from '../ops/scaled-dot-product-attention/samples.ts';
import { scatterAddRowsSamples } from '../ops/scatter-add-rows/samples.ts';
import { selfAttentionSamples } from '../ops/self-attention/samples.ts';
import { selfAttentionBackwardSamples } from '../ops/self-attention-backward/samples.ts';
import { sigmoidSamples } from '../ops/sigmoid/samples.ts';
import { signSamples } from '../ops/sign/samples.ts';
import { sliceSamples } from '../ops/slice/samples.ts';
import { softmaxSamples } from '../ops/softmax/samples.ts';
import { softmaxBackwardSamples } from '../ops/softmax-backward/samples.ts';
import { sqrtSamples } from '../ops/sqrt/samples.ts';
import { squareSamples } from '../ops/square/samples.ts';
import { stopGradientSamples } from '../ops/stop-gradient/samples.ts';
import { subSamples } from '../ops/sub/samples.ts';
import { sumSamples } from '../ops/sum/samples.ts';
import { tanhSamples } from '../ops/tanh/samples.ts';
import { whereSamples } from '../ops/where/samples.ts';
import type { OpSamples } from './sample.ts';

export const opSamples = {
  abs: absSamples,
  add: addSamples,
  argmax: argmaxSamples,
  batchNorm: batchNormSamples,
  cast: castSamples,
  concat: concatSamples,
  crossAttention: crossAttentionSamples,
  crossAttentionBackward: crossAttentionBackwardSamples,
  crossEntropyRows: crossEntropyRowsSamples,
  crossEntropyRowsBackward: crossEntropyRowsBackwardSamples,
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
  groupNorm: groupNormSamples,
  instanceNorm: instanceNormSamples,
  layerNorm: layerNormSamples,
  layerNormBackward: layerNormBackwardSamples,
  less: lessSamples,
  lessEqual: lessEqualSamples,
  linear: linearSamples,
  log: logSamples,
  logSoftmax: logSoftmaxSamples,
  logSoftmaxBackward: logSoftmaxBackwardSamples,
  maskedSoftmax: maskedSoftmaxSamples,
  matmul: matmulSamples,
  max: maxSamples,
  maximum: maximumSamples,
  mean: meanSamples,
  min: minSamples,
  minimum: minimumSamples,
  mul: mulSamples,
  neg: negSamples,
  notEqual: notEqualSamples,
  pad: padSamples,
  permute: permuteSamples,
  relu: reluSamples,
  reluBackward: reluBackwardSamples,
  reshape: reshapeSamples,
  rmsNorm: rmsNormSamples,
  rotaryEmbedding: rotaryEmbeddingSamples,
  scaledDotProductAttention: scaledDotProductAttentionSamples,
  scatterAddRows: scatterAddRowsSamples,
  selfAttention: selfAttentionSamples,
  selfAttentionBackward: selfAttentionBackwardSamples,
  sigmoid: sigmoidSamples,
  sign: signSamples,
  slice: sliceSamples,
  softmax: softmaxSamples,
  softmaxBackward: softmaxBackwardSamples,
  sqrt: sqrtSamples,
  square: squareSamples,
  stopGradient: stopGradientSamples,
  sub: subSamples,
  sum: sumSamples,
  tanh: tanhSamples,
  where: whereSamples,
} as const satisfies { readonly [K in OpName]: OpSamples };
