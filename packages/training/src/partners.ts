// Tasks of two modalities whose examples belong together, row by row: they are drawn with the same rows and trained against each other.

import { type EmbeddingHead, pairContrast, sharedLogScale } from '@omnigrad/heads';
import { type Mode, modeOf } from '@omnigrad/nn';
import { ArgumentError, add, mul, type Tensor } from '@omnigrad/tensor';
import type { OmniVec2 } from './model.ts';
import type { Stream, StreamTask, TaskBatch } from './stream.ts';

const op = 'partners';

/** Whether two tasks are each other's partners. */
export const arePartners = (a: StreamTask, b: StreamTask): boolean => a.partner === b.id && b.partner === a.id;

/** Throws ArgumentError, in one line, for a partner that is not there, not of another modality, or does not fit. */
export const checkPartners = (streams: readonly Stream[]): void => {
  const all = streams.flatMap((stream) => stream.tasks.map((task) => ({ stream, task })));
  for (const { stream, task } of all) {
    const objective = task.head.kind === 'embedding' ? task.head.objective.kind : null;
    if ((task.partner !== null) !== (objective === 'pairs')) {
      const problem = task.partner === null ? 'is trained on pairs and names no partner' : 'names a partner';
      throw new ArgumentError(
        op,
        `${task.id} ${problem}; pairs want an embedding head of objective pairs on both sides`,
      );
    }
    if (task.partner === null || task.head.kind !== 'embedding') continue;
    const other = all.find((item) => item.task.id === task.partner);
    if (other === undefined) {
      throw new ArgumentError(op, `${task.id} has the partner ${task.partner}, which is no task of this run`);
    }
    if (other.task.partner !== task.id || other.stream.modality === stream.modality) {
      throw new ArgumentError(op, `${task.id} and ${task.partner} must name each other and be of two modalities`);
    }
    const width = other.task.head.kind === 'embedding' ? other.task.head.width : null;
    const mine = [task.head.width, stream.trainCount, task.testCount];
    const theirs = [width, other.stream.trainCount, other.task.testCount];
    if (mine.some((n, i) => n !== theirs[i])) {
      throw new ArgumentError(
        op,
        `${task.id} and ${task.partner} must have one width and as many train and test examples, came ${mine.join(', ')} and ${theirs.join(', ')}`,
      );
    }
  }
};

const embeddingHead = (model: OmniVec2, task: StreamTask): EmbeddingHead => {
  const { net } = model.head(task.id);
  if (net.kind !== 'embedding') throw new ArgumentError(op, `${task.id} has no embedding head`);
  return net;
};

/**
 * The symmetric contrast of two partners, half of it for each. Each stream goes through f and g alone: a stream that had looked at its
 * partner would know the answer, and could not be asked without it.
 */
export const partnersLoss = (
  model: OmniVec2,
  tasks: readonly [StreamTask, StreamTask],
  batches: readonly [TaskBatch, TaskBatch],
  mode: Mode,
): { readonly loss: Tensor; readonly parts: readonly [Tensor, Tensor] } => {
  const heads = [embeddingHead(model, tasks[0]), embeddingHead(model, tasks[1])];
  const [a, b] = heads.map((head, i) => {
    const own = modeOf(mode, i === 0 ? 'a' : 'b');
    const features = model.features(batches[i].tokens(own), own);
    return head.forward(model.fusion.single(features, modeOf(own, 'g')), modeOf(own, 'head'));
  });
  const [first, second] = heads.map(({ logScale }) => logScale);
  if (first === null || second === null) throw new ArgumentError(op, `${tasks[0].id} is not trained on pairs`);
  const half = mul(pairContrast(a, b, sharedLogScale(first, second)), 0.5);
  return { loss: add(half, half), parts: [half, half] };
};
