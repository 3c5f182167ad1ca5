// What an answer to a task costs: which targets a head takes, their host arrays, and the loss. Every kind of head and of target has its
// row in a table, so that a gap does not compile.

import {
  batchHardTriplets,
  crossEntropy,
  type HeadConfig,
  type HeadKind,
  multiLabelCrossEntropy,
  segmentationLoss,
  type TaskHead,
  teacherArrays,
  teacherLoss,
  weightedAbsoluteError,
  weightedSquaredError,
} from '@omnigrad/heads';
import { type Mode, modeOf, type Tokens } from '@omnigrad/nn';
import {
  ArgumentError,
  add,
  crossEntropyRows,
  ids,
  mean,
  mul,
  type NumericArray,
  ShapeError,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import type { TaskBatch, TaskTarget } from './stream.ts';

type TargetKind = TaskTarget['kind'];
type TargetOf<K extends TargetKind> = Extract<TaskTarget, { kind: K }>;
type ConfigOf<K extends HeadKind> = Extract<HeadConfig, { kind: K }>;

const op = 'taskLoss';

/** Kinds of target that a head can be trained with. */
const accepted: { readonly [K in HeadKind]: readonly TargetKind[] } = {
  classification: ['class', 'mixed'],
  labels: ['labels'],
  regression: ['values'],
  values: ['values'],
  tokens: ['values'],
  nodes: ['ids', 'values'],
  edges: ['ids', 'values'],
  dense: ['ids', 'values'],
  points: ['ids', 'values'],
  embedding: ['class', 'pair'],
  summary: ['text'],
};

/** The targets of a batch, all of one kind. */
const only = <K extends TargetKind>(targets: readonly TaskTarget[], kind: K): TargetOf<K>[] =>
  targets.map((target, i) => {
    if (target.kind !== kind)
      throw new ArgumentError(op, `target ${i} is of kind ${target.kind}, the first of ${kind}`);
    return target as TargetOf<K>;
  });

/** Arrays of a batch, made once: a captured step knows its inputs by identity, and a batch belongs to one head. */
const held = <V>(make: (targets: readonly TaskTarget[], config: HeadConfig) => V) => {
  const made = new WeakMap<readonly TaskTarget[], V>();
  return (targets: readonly TaskTarget[], config: HeadConfig): V => {
    const before = made.get(targets);
    if (before !== undefined) return before;
    const value = make(targets, config);
    made.set(targets, value);
    return value;
  };
};

/** Pixels, points, nodes or edges of a sample; null for heads that answer otherwise. */
const elementsOf = (config: HeadConfig): number | null => {
  switch (config.kind) {
    case 'dense': {
      const { rows, columns, patchRows, patchColumns } = config.layout;
      return rows * patchRows * columns * patchColumns;
    }
    case 'points':
      return config.points;
    case 'nodes':
      return config.nodes;
    case 'edges':
      return config.edges;
    default:
      return null;
  }
};

const classArray = held((targets) => Int32Array.from(only(targets, 'class'), ({ id }) => id));

/** Both classes [B] of mixed samples, and how much of each. */
const mixedArrays = held((targets) => {
  const mixed = only(targets, 'mixed');
  const first = Float32Array.from(mixed, ({ share }) => share);
  return [
    { classes: Int32Array.from(mixed, (t) => t.ids[0]), shares: first },
    { classes: Int32Array.from(mixed, (t) => t.ids[1]), shares: first.map((share) => 1 - share) },
  ] as const;
});

/** The values of all samples, one after the other. Nodes, edges and points that a sample does not have weigh nothing. */
const valueArrays = held((targets, config) => {
  const list = only(targets, 'values');
  const elements = config.kind === 'dense' ? null : elementsOf(config);
  const outputs = 'outputs' in config ? config.outputs : 0;
  const each = elements === null ? list[0].values.length : elements * outputs;
  const values = new Float32Array(each * list.length);
  const weights = new Float32Array(each * list.length);
  list.forEach((t, i) => {
    const n = t.values.length;
    if (elements === null ? n !== each : n > each || n % outputs !== 0) {
      const wanted = elements === null ? `the ${each} values of the first` : `up to ${each} values, ${outputs} each`;
      throw new ShapeError(op, `target ${i} does not have ${wanted}`);
    }
    values.set(t.values, i * each);
    if (t.weights === null) weights.fill(1, i * each, i * each + n);
    else weights.set(t.weights, i * each);
  });
  return { values, weights };
});

const labelArray = held((targets, config) => {
  const list = only(targets, 'labels');
  const { labels } = config as ConfigOf<'labels'>;
  const out = new Float32Array(labels * list.length);
  list.forEach(({ labels: own }, i) => {
    if (own.length !== labels) throw new ShapeError(op, `target ${i} has ${own.length} labels, the head ${labels}`);
    own.forEach((value, k) => {
      if (value === -1 || (value >= 0 && value <= 1)) return;
      throw new ArgumentError(op, `label ${k} of target ${i} is ${value}; it must be from 0 to 1, or -1 for unknown`);
    });
    out.set(own, i * labels);
  });
  return out;
});

/** Ids of the elements of all samples; -1 for those that do not count, and for those that a sample does not have. */
const idArray = held((targets, config) => {
  const list = only(targets, 'ids');
  const each = elementsOf(config) ?? 0;
  const out = new Int32Array(each * list.length).fill(-1);
  list.forEach(({ ids: own }, i) => {
    if (own.length > each || (config.kind === 'dense' && own.length !== each)) {
      throw new ShapeError(op, `target ${i} has ${own.length} ids, the head answers ${each}`);
    }
    out.set(own, i * each);
  });
  return out;
});

const textArrays = held((targets, config) =>
  teacherArrays(
    only(targets, 'text').map(({ ids: own }) => own),
    config as ConfigOf<'summary'>,
  ),
);

interface Answered {
  readonly head: TaskHead;
  readonly tokens: Tokens;
  readonly batch: TaskBatch;
  readonly mode: Mode;
}

interface TargetRule {
  /** Every host array that `loss` uploads. */
  readonly uploads: (targets: readonly TaskTarget[], config: HeadConfig) => readonly NumericArray[];
  readonly loss: (answered: Answered) => Tensor;
}

const answerOf = ({ head, tokens, batch, mode }: Answered): Tensor => head.forward(tokens, mode, batch.places);

const classLoss = ({ head, tokens, batch, mode }: Answered): Tensor => {
  const { config, net } = head;
  const { targets } = batch;
  const truth = ids(classArray(targets, config), [targets.length], { backend: tokens.x.backend });
  if (net.kind !== 'embedding') {
    const labelSmoothing = config.kind === 'classification' ? config.labelSmoothing : undefined;
    return crossEntropy(head.forward(tokens), truth, { labelSmoothing });
  }
  const { objective } = net.config;
  const { feature, logits } = net.outputs(tokens, mode);
  if (objective.kind === 'pairs' || logits === null) {
    throw new ArgumentError(op, `${head.name} is trained on pairs and takes no classes; give targets of kind pair`);
  }
  const { margin = 0.3, labelSmoothing = 0.1, tripletWeight = 1 } = objective;
  const entropy = crossEntropy(logits, truth, { labelSmoothing });
  return tripletWeight === 0 ? entropy : add(entropy, mul(batchHardTriplets(feature, truth, margin), tripletWeight));
};

const rules: { readonly [K in TargetKind]: TargetRule } = {
  class: { uploads: (targets, config) => [classArray(targets, config)], loss: classLoss },
  // share · CE(first class) + (1 - share) · CE(second class): mixup
  mixed: {
    uploads: (targets, config) => mixedArrays(targets, config).flatMap(({ classes, shares }) => [classes, shares]),
    loss: (answered) => {
      const { head, batch } = answered;
      const output = answerOf(answered);
      const { backend } = output;
      const labelSmoothing = head.config.kind === 'classification' ? head.config.labelSmoothing : undefined;
      const B = batch.targets.length;
      const [a, b] = mixedArrays(batch.targets, head.config).map(({ classes, shares }) =>
        mul(
          crossEntropyRows(output, ids(classes, [B], { backend }), { labelSmoothing }),
          tensor(shares, [B], { backend }),
        ),
      );
      return mean(add(a, b));
    },
  },
  values: {
    uploads: (targets, config) => Object.values(valueArrays(targets, config)),
    loss: (answered) => {
      const { head, batch } = answered;
      const output = answerOf(answered);
      const { values, weights } = valueArrays(batch.targets, head.config);
      if (values.length !== output.size) {
        const [want, came] = [output.size, values.length].map((n) => n / batch.targets.length);
        throw new ShapeError(op, `a target has ${came} values, the head's output ${want}`);
      }
      const make = (data: Float32Array): Tensor => tensor(data, output.shape, { backend: output.backend });
      const absolute = head.config.kind === 'regression' && head.config.loss === 'l1';
      return (absolute ? weightedAbsoluteError : weightedSquaredError)(output, make(values), make(weights));
    },
  },
  labels: {
    uploads: (targets, config) => [labelArray(targets, config)],
    loss: (answered) => {
      const { head, batch } = answered;
      const logits = answerOf(answered);
      const { backend } = logits;
      const truth = tensor(labelArray(batch.targets, head.config), logits.shape, { backend });
      const net = head.net.kind === 'pooled' ? head.net : null;
      return multiLabelCrossEntropy(logits, truth, {
        positiveWeight: net?.positiveWeight?.value,
        weight: net?.weight?.value,
      });
    },
  },
  ids: {
    uploads: (targets, config) => [idArray(targets, config)],
    loss: (answered) => {
      const { head, batch } = answered;
      const logits = answerOf(answered);
      const { backend, shape } = logits;
      const truth = ids(idArray(batch.targets, head.config), shape.slice(0, -1), { backend });
      return segmentationLoss(logits, truth, { dice: 'dice' in head.config ? head.config.dice : undefined });
    },
  },
  text: {
    uploads: (targets, config) => Object.values(textArrays(targets, config)),
    loss: ({ head, tokens, batch, mode }) => {
      if (head.net.kind !== 'summary') throw new ArgumentError(op, `${head.name} writes no text`);
      return teacherLoss(head.net, tokens, textArrays(batch.targets, head.config), mode);
    },
  },
  pair: {
    uploads: () => [],
    loss: ({ head }) => {
      throw new ArgumentError(
        op,
        `${head.name} is trained on pairs; it is drawn together with its partner, never alone`,
      );
    },
  },
};

const ruleOf = (config: HeadConfig, targets: readonly TaskTarget[]): TargetRule => {
  const [{ kind }] = targets;
  const takes = accepted[config.kind];
  if (!takes.includes(kind)) {
    throw new ArgumentError(
      op,
      `a head of kind ${config.kind} takes targets of kind ${takes.join(' or ')}, came ${kind}`,
    );
  }
  return rules[kind];
};

/** The host arrays that a head and taskLoss upload for a batch. */
export const taskUploads = (config: HeadConfig, { targets, places }: TaskBatch): readonly NumericArray[] => [
  ...(places === null ? [] : [places.positions, places.indices, places.weights]),
  ...ruleOf(config, targets).uploads(targets, config),
];

/**
 * What a head's answer to a batch costs: a scalar. Cross entropy for classes, l2 for values, as the published description says; binary cross
 * entropy for labels; cross entropy, and Dice where asked for, for pixels, points, nodes and edges; for identities cross entropy and
 * batch-hard triplets; for texts cross entropy of the next id. Throws ArgumentError for targets that the head does not take.
 */
export const taskLoss = (head: TaskHead, tokens: Tokens, batch: TaskBatch, mode: Mode): Tensor =>
  ruleOf(head.config, batch.targets).loss({ head, tokens, batch, mode: modeOf(mode, 'head') });
