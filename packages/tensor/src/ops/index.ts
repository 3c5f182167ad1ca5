// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.
// Every op, once. Tables over ops are mapped types over this object, so a gap does not compile.

import { absOp } from './abs/abs.ts';
import { addOp } from './add/add.ts';
import { argmaxOp } from './argmax/argmax.ts';
import {
  binaryCrossEntropyWithLogitsOp,
  logisticLossOp,
} from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
import { castOp } from './cast/cast.ts';
import { chamferDistanceOp } from './chamfer-distance/chamfer-distance.ts';
import { concatOp } from './concat/concat.ts';
import { cosineEmbeddingLossOp } from './cosine-embedding-loss/cosine-embedding-loss.ts';
import { cosineSimilarityOp } from './cosine-similarity/cosine-similarity.ts';
import { crossAttentionOp } from './cross-attention/cross-attention.ts';
import { crossAttentionBackwardOp } from './cross-attention-backward/cross-attention-backward.ts';
import { crossEntropyOp } from './cross-entropy/cross-entropy.ts';
import { crossEntropyRowsOp } from './cross-entropy-rows/cross-entropy-rows.ts';
import { crossEntropyRowsBackwardOp } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
import { diceLossOp } from './dice-loss/dice-loss.ts';
import { divOp } from './div/div.ts';
import { dropoutOp } from './dropout/dropout.ts';
import { equalOp } from './equal/equal.ts';
import { erfOp } from './erf/erf.ts';
import { expOp } from './exp/exp.ts';
import { expandOp } from './expand/expand.ts';
import { focalLossOp } from './focal-loss/focal-loss.ts';
import { gatherRowsOp } from './gather-rows/gather-rows.ts';
import { geluOp } from './gelu/gelu.ts';
import { geluBackwardOp } from './gelu-backward/gelu-backward.ts';
import { greaterOp } from './greater/greater.ts';
import { greaterEqualOp } from './greater-equal/greater-equal.ts';
import { huberLossOp } from './huber-loss/huber-loss.ts';
import { infoNceOp } from './info-nce/info-nce.ts';
import { klDivergenceOp } from './kl-divergence/kl-divergence.ts';
import { l1LossOp } from './l1-loss/l1-loss.ts';
import { layerNormOp } from './layer-norm/layer-norm.ts';
import { layerNormBackwardOp } from './layer-norm-backward/layer-norm-backward.ts';
import { lessOp } from './less/less.ts';
import { lessEqualOp } from './less-equal/less-equal.ts';
import { linearOp } from './linear/linear.ts';
import { logOp } from './log/log.ts';
import { logSoftmaxOp } from './log-softmax/log-softmax.ts';
import { logSoftmaxBackwardOp } from './log-softmax-backward/log-softmax-backward.ts';
import { matmulOp } from './matmul/matmul.ts';
import { maxOp } from './max/max.ts';
import { maximumOp } from './maximum/maximum.ts';
import { meanOp } from './mean/mean.ts';
import { minOp } from './min/min.ts';
import { minimumOp } from './minimum/minimum.ts';
import { mseLossOp } from './mse-loss/mse-loss.ts';
import { mulOp } from './mul/mul.ts';
import { nearestRowsOp } from './nearest-rows/nearest-rows.ts';
import { negOp } from './neg/neg.ts';
import { nllLossOp } from './nll-loss/nll-loss.ts';
import { notEqualOp } from './not-equal/not-equal.ts';
import { padOp } from './pad/pad.ts';
import { permuteOp } from './permute/permute.ts';
import { reluOp } from './relu/relu.ts';
import { reluBackwardOp } from './relu-backward/relu-backward.ts';
import { reshapeOp } from './reshape/reshape.ts';
import { scatterAddRowsOp } from './scatter-add-rows/scatter-add-rows.ts';
import { selfAttentionOp } from './self-attention/self-attention.ts';
import { selfAttentionBackwardOp } from './self-attention-backward/self-attention-backward.ts';
import { sigmoidOp } from './sigmoid/sigmoid.ts';
import { signOp } from './sign/sign.ts';
import { sliceOp } from './slice/slice.ts';
import { smoothL1LossOp } from './smooth-l1-loss/smooth-l1-loss.ts';
import { softmaxOp } from './softmax/softmax.ts';
import { softmaxBackwardOp } from './softmax-backward/softmax-backward.ts';
import { sqrtOp } from './sqrt/sqrt.ts';
import { squareOp } from './square/square.ts';
import { stopGradientOp } from './stop-gradient/stop-gradient.ts';
import { subOp } from './sub/sub.ts';
import { sumOp } from './sum/sum.ts';
import { tanhOp } from './tanh/tanh.ts';
import { tripletMarginLossOp } from './triplet-margin-loss/triplet-margin-loss.ts';
import { whereOp } from './where/where.ts';

export const ops = {
  abs: absOp,
  add: addOp,
  argmax: argmaxOp,
  binaryCrossEntropyWithLogits: binaryCrossEntropyWithLogitsOp,
  cast: castOp,
  chamferDistance: chamferDistanceOp,
  concat: concatOp,
  cosineEmbeddingLoss: cosineEmbeddingLossOp,
  cosineSimilarity: cosineSimilarityOp,
  crossAttention: crossAttentionOp,
  crossAttentionBackward: crossAttentionBackwardOp,
  crossEntropy: crossEntropyOp,
  crossEntropyRows: crossEntropyRowsOp,
  crossEntropyRowsBackward: crossEntropyRowsBackwardOp,
  diceLoss: diceLossOp,
  div: divOp,
  dropout: dropoutOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expand: expandOp,
  focalLoss: focalLossOp,
  gatherRows: gatherRowsOp,
  gelu: geluOp,
  geluBackward: geluBackwardOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  huberLoss: huberLossOp,
  infoNce: infoNceOp,
  klDivergence: klDivergenceOp,
  l1Loss: l1LossOp,
  layerNorm: layerNormOp,
  layerNormBackward: layerNormBackwardOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  linear: linearOp,
  log: logOp,
  logSoftmax: logSoftmaxOp,
  logSoftmaxBackward: logSoftmaxBackwardOp,
  logisticLoss: logisticLossOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  mean: meanOp,
  min: minOp,
  minimum: minimumOp,
  mseLoss: mseLossOp,
  mul: mulOp,
  nearestRows: nearestRowsOp,
  neg: negOp,
  nllLoss: nllLossOp,
  notEqual: notEqualOp,
  pad: padOp,
  permute: permuteOp,
  relu: reluOp,
  reluBackward: reluBackwardOp,
  reshape: reshapeOp,
  scatterAddRows: scatterAddRowsOp,
  selfAttention: selfAttentionOp,
  selfAttentionBackward: selfAttentionBackwardOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  slice: sliceOp,
  smoothL1Loss: smoothL1LossOp,
  softmax: softmaxOp,
  softmaxBackward: softmaxBackwardOp,
  sqrt: sqrtOp,
  square: squareOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  sum: sumOp,
  tanh: tanhOp,
  tripletMarginLoss: tripletMarginLossOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

export { abs } from './abs/abs.ts';
export { add } from './add/add.ts';
export { argmax } from './argmax/argmax.ts';
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
} from './binary-cross-entropy-with-logits/binary-cross-entropy-with-logits.ts';
export { cast } from './cast/cast.ts';
export { type ChamferDistanceOptions, chamferDistance } from './chamfer-distance/chamfer-distance.ts';
export { concat, stack } from './concat/concat.ts';
export { type CosineEmbeddingLossOptions, cosineEmbeddingLoss } from './cosine-embedding-loss/cosine-embedding-loss.ts';
export { type CosineSimilarityOptions, cosineSimilarity } from './cosine-similarity/cosine-similarity.ts';
export { crossAttention } from './cross-attention/cross-attention.ts';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy/cross-entropy.ts';
export { crossEntropyRows } from './cross-entropy-rows/cross-entropy-rows.ts';
export { crossEntropyRowsBackward } from './cross-entropy-rows-backward/cross-entropy-rows-backward.ts';
export { type DiceLossOptions, diceLoss } from './dice-loss/dice-loss.ts';
export { div } from './div/div.ts';
export { dropByKey, dropout, keyTensor } from './dropout/dropout.ts';
export { equal } from './equal/equal.ts';
export { erf } from './erf/erf.ts';
export { exp } from './exp/exp.ts';
export { expand } from './expand/expand.ts';
export { type FocalLossOptions, focalLoss } from './focal-loss/focal-loss.ts';
export { embedding, gatherRows } from './gather-rows/gather-rows.ts';
export { gelu } from './gelu/gelu.ts';
export { geluBackward } from './gelu-backward/gelu-backward.ts';
export { greater } from './greater/greater.ts';
export { greaterEqual } from './greater-equal/greater-equal.ts';
export { type HuberLossOptions, huberLoss, huberOf } from './huber-loss/huber-loss.ts';
export { type InfoNceOptions, infoNce } from './info-nce/info-nce.ts';
export { type KlDivergenceOptions, klDivergence } from './kl-divergence/kl-divergence.ts';
export { l1Loss } from './l1-loss/l1-loss.ts';
export { layerNorm } from './layer-norm/layer-norm.ts';
export { less } from './less/less.ts';
export { lessEqual } from './less-equal/less-equal.ts';
export { linear } from './linear/linear.ts';
export { log } from './log/log.ts';
export { logSoftmax } from './log-softmax/log-softmax.ts';
export { logSoftmaxBackward } from './log-softmax-backward/log-softmax-backward.ts';
export { matmul } from './matmul/matmul.ts';
export { max } from './max/max.ts';
export { maximum } from './maximum/maximum.ts';
export { mean } from './mean/mean.ts';
export { min } from './min/min.ts';
export { minimum } from './minimum/minimum.ts';
export { mseLoss } from './mse-loss/mse-loss.ts';
export { mul } from './mul/mul.ts';
export { nearestRows } from './nearest-rows/nearest-rows.ts';
export { neg } from './neg/neg.ts';
export { type NllLossOptions, nllLoss } from './nll-loss/nll-loss.ts';
export { notEqual } from './not-equal/not-equal.ts';
export { pad } from './pad/pad.ts';
export { permute, transpose } from './permute/permute.ts';
export { relu } from './relu/relu.ts';
export { reluBackward } from './relu-backward/relu-backward.ts';
export { reshape } from './reshape/reshape.ts';
export { scatterAddRows } from './scatter-add-rows/scatter-add-rows.ts';
export { selfAttention } from './self-attention/self-attention.ts';
export { selfAttentionBackward } from './self-attention-backward/self-attention-backward.ts';
export { sigmoid } from './sigmoid/sigmoid.ts';
export { sign } from './sign/sign.ts';
export { slice, split } from './slice/slice.ts';
export { type SmoothL1LossOptions, smoothL1Loss } from './smooth-l1-loss/smooth-l1-loss.ts';
export { softmax } from './softmax/softmax.ts';
export { softmaxBackward } from './softmax-backward/softmax-backward.ts';
export { sqrt } from './sqrt/sqrt.ts';
export { square } from './square/square.ts';
export { stopGradient } from './stop-gradient/stop-gradient.ts';
export { sub } from './sub/sub.ts';
export { sum } from './sum/sum.ts';
export { tanh } from './tanh/tanh.ts';
export { type TripletMarginLossOptions, tripletMarginLoss } from './triplet-margin-loss/triplet-margin-loss.ts';
export { where } from './where/where.ts';
