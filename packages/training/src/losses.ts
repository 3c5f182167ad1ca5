// The losses of the three stages, from batches to a scalar.

import {
  columnOutputs,
  crossEntropy,
  type Decoded,
  meanSquaredError,
  scaledCosineError,
  weightedSquaredError,
} from '@omnigrad/heads';
import { type Mode, modeOf, type Tokens } from '@omnigrad/nn';
import {
  add,
  type Backend,
  chamferDistance,
  ids,
  mul,
  type NumericArray,
  reshape,
  sum,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { once } from '@omnigrad/tokenizers';
import type { OmniVec2 } from './model.ts';
import { arePartners, partnersLoss } from './partners.ts';
import type { MaskedStreamBatch, Stream, StreamTask, TaskBatch } from './stream.ts';
import { taskLoss } from './task-losses.ts';

/** Additive logits for outputs that do not belong to the column: large enough to vanish in a softmax, still finite. */
const excluded = -1e9;

type ColumnsTarget = Extract<MaskedStreamBatch['target'], { kind: 'columns' }>;

/** What columnsLoss uploads, all of it made on the host. */
const columnArrays = once((target: ColumnsTarget) => {
  const { categories } = target;
  const outputs = columnOutputs(categories);
  const starts: number[] = [];
  let at = 0;
  for (const c of categories) {
    starts.push(at);
    at += Math.max(1, c);
  }
  const cells = target.columns.length;
  const select = new Float32Array(cells * outputs);
  const shut = new Float32Array(cells * outputs).fill(excluded);
  const labels = new Int32Array(cells).fill(-100);
  const values = new Float32Array(cells);
  const weights = new Float32Array(cells);
  let numeric = 0;
  let categorical = 0;
  for (let i = 0; i < cells; i++) {
    const column = target.columns[i];
    const start = starts[column];
    if (categories[column] === 0) {
      if (target.weights[i] === 0) continue;
      select[i * outputs + start] = 1;
      values[i] = target.values[i];
      weights[i] = 1;
      numeric++;
    } else if (target.ids[i] !== -100) {
      shut.fill(0, i * outputs + start, i * outputs + start + categories[column]);
      labels[i] = start + target.ids[i];
      categorical++;
    }
  }
  const total = Math.max(1, numeric + categorical);
  return {
    select,
    shut,
    labels,
    values,
    weights,
    numericShare: Float32Array.of(numeric / total),
    categoricalShare: Float32Array.of(categorical / total),
  };
});

/**
 * Columns: numeric ones by squared error, categorical ones by cross entropy over their own logits. The two means are
 * summed with the shares of their counts, so that each hidden cell weighs the same.
 */
const columnsLoss = (hidden: Tensor, target: ColumnsTarget, backend: Backend): Tensor => {
  const { select, shut, labels, values, weights, numericShare, categoricalShare } = columnArrays(target);
  const cells = target.columns.length;
  const outputs = columnOutputs(target.categories);
  const flat = reshape(hidden, [cells, outputs]);
  const make = (data: Float32Array, shape: number[]): Tensor => tensor(data, shape, { backend });
  // One output of each cell is selected; the others are multiplied by 0.
  const chosen = sum(mul(flat, make(select, [cells, outputs])), { axes: 1 });
  const squared = weightedSquaredError(chosen, make(values, [cells]), make(weights, [cells]));
  const entropy = crossEntropy(add(flat, make(shut, [cells, outputs])), ids(labels, [cells], { backend }));
  return add(mul(squared, make(numericShare, [])), mul(entropy, make(categoricalShare, [])));
};

/** The host arrays that reconstructionLoss uploads. */
export const reconstructionUploads = ({ target, order, places }: MaskedStreamBatch): readonly NumericArray[] => {
  const whole = [...(order === null ? [] : [order.ids]), ...(places === null ? [] : [places])];
  switch (target.kind) {
    case 'values':
    case 'points':
      return [target.values, ...whole];
    case 'cosine':
      return [target.values, target.weights, ...whole];
    case 'ids':
      return [target.ids, ...whole];
    case 'columns':
      return [...Object.values(columnArrays(target)), ...whole];
  }
};

/** The answer of a stream's decoder to `seen` [B, 1 + Tk, width]. */
export const decode = (
  model: OmniVec2,
  { modality, tokenCount, placeWidth }: Stream,
  seen: Tokens,
  batch: MaskedStreamBatch,
  mode: Mode,
): Decoded => {
  const places =
    batch.places === null
      ? null
      : tensor(batch.places, [batch.size, tokenCount, placeWidth], { backend: seen.x.backend });
  return model.decoder(modality).forward(seen, batch.mask, mode, places);
};

/** What a decoder's answer to a masked batch costs: a scalar. */
export const reconstructionLoss = (decoded: Decoded, batch: MaskedStreamBatch): Tensor => {
  const { hidden, order } = decoded;
  const { backend } = hidden;
  const { target } = batch;
  let loss: Tensor;
  switch (target.kind) {
    case 'values':
      loss = meanSquaredError(hidden, tensor(target.values, hidden.shape, { backend }));
      break;
    case 'points': {
      // [B, Th, 3 points] -> [B · Th, points, 3]
      const clouds = [target.values.length / (3 * target.points), target.points, 3];
      loss = chamferDistance(reshape(hidden, clouds), tensor(target.values, clouds, { backend }));
      break;
    }
    case 'cosine': {
      const weights = tensor(target.weights, hidden.shape.slice(0, -1), { backend });
      loss = scaledCosineError(hidden, tensor(target.values, hidden.shape, { backend }), weights, target.exponent);
      break;
    }
    case 'ids':
      loss = crossEntropy(hidden, ids(target.ids, [target.ids.length], { backend }));
      break;
    case 'columns':
      loss = columnsLoss(hidden, target, backend);
      break;
  }
  if (order === null || batch.order === null) return loss;
  return add(loss, crossEntropy(order, ids(batch.order.ids, [batch.size], { backend })));
};

/** Stage 1: x -> f -> decoder, one modality. */
export const stage1Loss = (model: OmniVec2, stream: Stream, batch: MaskedStreamBatch, mode: Mode): Tensor => {
  const features = model.features(batch.tokens(mode), mode);
  return reconstructionLoss(decode(model, stream, features, batch, mode), batch);
};

export interface PairLoss {
  readonly loss: Tensor;
  readonly parts: readonly [Tensor, Tensor];
}

export type Gates = readonly [Tensor | null, Tensor | null];

/** Both streams through f, cross-attention and g; `part` makes the loss of stream i from its features and its fused tokens. */
const pairLoss = (
  model: OmniVec2,
  batches: readonly [{ tokens(mode: Mode): Tokens }, { tokens(mode: Mode): Tokens }],
  mode: Mode,
  gates: Gates,
  part: (i: 0 | 1, own: Tokens, fused: Tokens, mode: Mode) => Tensor,
): PairLoss => {
  const modes = [modeOf(mode, 'a'), modeOf(mode, 'b')];
  const own = [0, 1].map((i) => model.features(batches[i].tokens(modes[i]), modes[i]));
  const fused = model.fusion.pair(own[0], own[1], modeOf(mode, 'fusion'), gates);
  const parts: [Tensor, Tensor] = [part(0, own[0], fused[0], modes[0]), part(1, own[1], fused[1], modes[1])];
  return { loss: add(parts[0], parts[1]), parts };
};

/** Stage 2: both streams masked, through f, cross-attention and g, back to f's own features, then the decoders. */
export const stage2Loss = (
  model: OmniVec2,
  streams: readonly [Stream, Stream],
  batches: readonly [MaskedStreamBatch, MaskedStreamBatch],
  mode: Mode,
  gates: Gates,
): PairLoss =>
  pairLoss(model, batches, mode, gates, (i, own, fused, ownMode) => {
    const seen = model.fusion.decoding(fused, own);
    return reconstructionLoss(decode(model, streams[i], seen, batches[i], ownMode), batches[i]);
  });

/** Stage 3: one task from each stream, half the batch each, summed losses. Two tasks of a pair are trained against each other. */
export const stage3Loss = (
  model: OmniVec2,
  tasks: readonly [StreamTask, StreamTask],
  batches: readonly [TaskBatch, TaskBatch],
  mode: Mode,
  gates: Gates,
): PairLoss =>
  arePartners(tasks[0], tasks[1])
    ? partnersLoss(model, tasks, batches, mode)
    : pairLoss(model, batches, mode, gates, (i, _own, fused, ownMode) =>
        taskLoss(model.head(tasks[i].id), fused, batches[i], ownMode),
      );
