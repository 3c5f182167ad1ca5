// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.
// Every op, once. Tables over ops are mapped types over this object, so a gap does not compile.

import { absOp } from './abs/abs.ts';
import { addOp } from './add/add.ts';
import { argmaxOp } from './argmax/argmax.ts';
import { batchNormOp } from './batch-norm/batch-norm.ts';
import { castOp } from './cast/cast.ts';
import { concatOp } from './concat/concat.ts';
import { crossAttentionOp } from './cross-attention/cross-attention.ts';
import { crossAttentionBackwardOp } from './cross-attention-backward/cross-attention-backward.ts';
import { crossEntropyRowsOp } from './cross-entropy-rows/cross-entropy-rows.ts';
import { crossEntropyRowsBackwardOp } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
import { divOp } from './div/div.ts';
import { dropoutOp } from './dropout/dropout.ts';
import { equalOp } from './equal/equal.ts';
import { erfOp } from './erf/erf.ts';
import { expOp } from './exp/exp.ts';
import { expandOp } from './expand/expand.ts';
import { gatherRowsOp } from './gather-rows/gather-rows.ts';
import { geluOp } from './gelu/gelu.ts';
import { geluBackwardOp } from './gelu-backward/gelu-backward.ts';
import { greaterOp } from './greater/greater.ts';
import { greaterEqualOp } from './greater-equal/greater-equal.ts';
import { groupNormOp, instanceNormOp } from './group-norm/group-norm.ts';
import { layerNormOp } from './layer-norm/layer-norm.ts';
import { layerNormBackwardOp } from './layer-norm-backward/layer-norm-backward.ts';
import { lessOp } from './less/less.ts';
import { lessEqualOp } from './less-equal/less-equal.ts';
import { linearOp } from './linear/linear.ts';
import { logOp } from './log/log.ts';
import { logSoftmaxOp } from './log-softmax/log-softmax.ts';
import { logSoftmaxBackwardOp } from './log-softmax-backward/log-softmax-backward.ts';
import { maskedSoftmaxOp } from './masked-softmax/masked-softmax.ts';
import { matmulOp } from './matmul/matmul.ts';
import { maxOp } from './max/max.ts';
import { maximumOp } from './maximum/maximum.ts';
import { meanOp } from './mean/mean.ts';
import { minOp } from './min/min.ts';
import { minimumOp } from './minimum/minimum.ts';
import { mulOp } from './mul/mul.ts';
import { negOp } from './neg/neg.ts';
import { notEqualOp } from './not-equal/not-equal.ts';
import { padOp } from './pad/pad.ts';
import { permuteOp } from './permute/permute.ts';
import { reluOp } from './relu/relu.ts';
import { reluBackwardOp } from './relu-backward/relu-backward.ts';
import { reshapeOp } from './reshape/reshape.ts';
import { rmsNormOp } from './rms-norm/rms-norm.ts';
import { rotaryEmbeddingOp } from './rotary-embedding/rotary-embedding.ts';
import { scaledDotProductAttentionOp } from './scaled-dot-product-attention/scaled-dot-product-attention.ts';
import { scatterAddRowsOp } from './scatter-add-rows/scatter-add-rows.ts';
import { selfAttentionOp } from './self-attention/self-attention.ts';
import { selfAttentionBackwardOp } from './self-attention-backward/self-attention-backward.ts';
import { sigmoidOp } from './sigmoid/sigmoid.ts';
import { signOp } from './sign/sign.ts';
import { sliceOp } from './slice/slice.ts';
import { softmaxOp } from './softmax/softmax.ts';
import { softmaxBackwardOp } from './softmax-backward/softmax-backward.ts';
import { sqrtOp } from './sqrt/sqrt.ts';
import { squareOp } from './square/square.ts';
import { stopGradientOp } from './stop-gradient/stop-gradient.ts';
import { subOp } from './sub/sub.ts';
import { sumOp } from './sum/sum.ts';
import { tanhOp } from './tanh/tanh.ts';
import { whereOp } from './where/where.ts';

export const ops = {
  abs: absOp,
  add: addOp,
  argmax: argmaxOp,
  batchNorm: batchNormOp,
  cast: castOp,
  concat: concatOp,
  crossAttention: crossAttentionOp,
  crossAttentionBackward: crossAttentionBackwardOp,
  crossEntropyRows: crossEntropyRowsOp,
  crossEntropyRowsBackward: crossEntropyRowsBackwardOp,
  div: divOp,
  dropout: dropoutOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expand: expandOp,
  gatherRows: gatherRowsOp,
  gelu: geluOp,
  geluBackward: geluBackwardOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  groupNorm: groupNormOp,
  instanceNorm: instanceNormOp,
  layerNorm: layerNormOp,
  layerNormBackward: layerNormBackwardOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  linear: linearOp,
  log: logOp,
  logSoftmax: logSoftmaxOp,
  logSoftmaxBackward: logSoftmaxBackwardOp,
  maskedSoftmax: maskedSoftmaxOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  mean: meanOp,
  min: minOp,
  minimum: minimumOp,
  mul: mulOp,
  neg: negOp,
  notEqual: notEqualOp,
  pad: padOp,
  permute: permuteOp,
  relu: reluOp,
  reluBackward: reluBackwardOp,
  reshape: reshapeOp,
  rmsNorm: rmsNormOp,
  rotaryEmbedding: rotaryEmbeddingOp,
  scaledDotProductAttention: scaledDotProductAttentionOp,
  scatterAddRows: scatterAddRowsOp,
  selfAttention: selfAttentionOp,
  selfAttentionBackward: selfAttentionBackwardOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  slice: sliceOp,
  softmax: softmaxOp,
  softmaxBackward: softmaxBackwardOp,
  sqrt: sqrtOp,
  square: squareOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  sum: sumOp,
  tanh: tanhOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

export { abs } from './abs/abs.ts';
export { add } from './add/add.ts';
export { argmax } from './argmax/argmax.ts';
export { type BatchNormOptions, type BatchNormResult, batchNorm } from './batch-norm/batch-norm.ts';
export { cast } from './cast/cast.ts';
export { concat, stack } from './concat/concat.ts';
export { crossAttention } from './cross-attention/cross-attention.ts';
export { crossEntropyRows } from './cross-entropy-rows/cross-entropy-rows.ts';
export { crossEntropyRowsBackward } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
export { div } from './div/div.ts';
export { dropByKey, dropout, keyTensor } from './dropout/dropout.ts';
export { equal } from './equal/equal.ts';
export { erf } from './erf/erf.ts';
export { exp } from './exp/exp.ts';
export { expand } from './expand/expand.ts';
export { embedding, gatherRows } from './gather-rows/gather-rows.ts';
export { gelu } from './gelu/gelu.ts';
export { geluBackward } from './gelu-backward/gelu-backward.ts';
export { greater } from './greater/greater.ts';
export { greaterEqual } from './greater-equal/greater-equal.ts';
export { type GroupNormOptions, groupNorm, instanceNorm } from './group-norm/group-norm.ts';
export { type LayerNormOptions, layerNorm } from './layer-norm/layer-norm.ts';
export { less } from './less/less.ts';
export { lessEqual } from './less-equal/less-equal.ts';
export { linear } from './linear/linear.ts';
export { log } from './log/log.ts';
export { logSoftmax } from './log-softmax/log-softmax.ts';
export { logSoftmaxBackward } from './log-softmax-backward/log-softmax-backward.ts';
export { maskedSoftmax } from './masked-softmax/masked-softmax.ts';
export { matmul } from './matmul/matmul.ts';
export { max } from './max/max.ts';
export { maximum } from './maximum/maximum.ts';
export { mean } from './mean/mean.ts';
export { min } from './min/min.ts';
export { minimum } from './minimum/minimum.ts';
export { mul } from './mul/mul.ts';
export { neg } from './neg/neg.ts';
export { notEqual } from './not-equal/not-equal.ts';
export { pad } from './pad/pad.ts';
export { permute, transpose } from './permute/permute.ts';
export { relu } from './relu/relu.ts';
export { reluBackward } from './relu-backward/relu-backward.ts';
export { reshape } from './reshape/reshape.ts';
export { rmsNorm } from './rms-norm/rms-norm.ts';
export {
  type RotaryTablesOptions,
  type RotaryTablesResult,
  rotaryEmbedding,
  rotaryTables,
} from './rotary-embedding/rotary-embedding.ts';
export {
  type ScaledDotProductAttentionOptions,
  scaledDotProductAttention,
} from './scaled-dot-product-attention/scaled-dot-product-attention.ts';
export { scatterAddRows } from './scatter-add-rows/scatter-add-rows.ts';
export { selfAttention } from './self-attention/self-attention.ts';
export { selfAttentionBackward } from './self-attention-backward/self-attention-backward.ts';
export { sigmoid } from './sigmoid/sigmoid.ts';
export { sign } from './sign/sign.ts';
export { slice, split } from './slice/slice.ts';
export { softmax } from './softmax/softmax.ts';
export { softmaxBackward } from './softmax-backward/softmax-backward.ts';
export { sqrt } from './sqrt/sqrt.ts';
export { square } from './square/square.ts';
export { stopGradient } from './stop-gradient/stop-gradient.ts';
export { sub } from './sub/sub.ts';
export { sum } from './sum/sum.ts';
export { tanh } from './tanh/tanh.ts';
export { where } from './where/where.ts';
