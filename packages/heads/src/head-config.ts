// What a task head is to be, as data: one kind for each form of answer. Checked once, when the head is built.

import { ArgumentError } from '@omnigrad/tensor';

/** From tokens to one vector a sample: the class token, the mean of the others that exist, or both side by side. */
export type Pooling = 'class' | 'mean' | 'classAndMean';

/** Patches of a picture, row by row, and the pixels of each. */
export interface PatchLayout {
  readonly rows: number;
  readonly columns: number;
  readonly patchRows: number;
  readonly patchColumns: number;
}

/** What an embedding is trained for. */
export type EmbeddingObjective =
  /** Row i belongs to row i of another modality's embeddings: InfoNCE in both directions. */
  | {
      readonly kind: 'pairs';
      /** Where the learned temperature begins. Default 0.07, as in CLIP. */
      readonly temperature?: number;
    }
  /** Rows of one identity lie together: batch-hard triplets, and cross entropy behind a batch normalisation (BNNeck). */
  | {
      readonly kind: 'identities';
      readonly identities: number;
      /** Of the triplets; null is the soft one, log(1 + e^x). Default 0.3. */
      readonly margin?: number | null;
      /** Of the cross entropy. Default 0.1. */
      readonly labelSmoothing?: number;
      /** Factor of the triplet loss beside the cross entropy. Default 1. */
      readonly tripletWeight?: number;
    };

/** The decoder that writes a text. */
export interface SummaryConfig {
  /** Ids; begin, end and padding are among them. */
  readonly vocabulary: number;
  /** Most tokens of a text, its end counted. */
  readonly length: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
  /** Probability of dropping elements of each residual branch, and of the embedded tokens, in training. Default 0. */
  readonly dropout?: number;
  readonly normEps?: number;
  readonly beginId: number;
  readonly endId: number;
  /** Is never written. Default: none. */
  readonly padId?: number;
  /** Of the loss. Default 0. */
  readonly labelSmoothing?: number;
}

export type HeadConfig =
  /** Pooled features -> logits [B, classes], of which one is right. */
  | {
      readonly kind: 'classification';
      readonly classes: number;
      /** Of the loss, from 0 to 1. Default 0. */
      readonly labelSmoothing?: number;
      /** Default 'classAndMean'; likewise below. */
      readonly pooling?: Pooling;
    }
  /** Pooled features -> logits [B, labels], any of which may be right. */
  | {
      readonly kind: 'labels';
      readonly labels: number;
      /** Factor of the loss where the label is there, one each: (samples without it) / (samples with it) evens them out. */
      readonly positiveWeight?: readonly number[];
      /** Factor of the loss of each label. */
      readonly weight?: readonly number[];
      readonly pooling?: Pooling;
    }
  /** Pooled features -> values [B, outputs], whatever the number of tokens (a property of a molecule). */
  | {
      readonly kind: 'regression';
      readonly outputs: number;
      /** Squared or absolute error. Default 'l2'. */
      readonly loss?: 'l1' | 'l2';
      readonly pooling?: Pooling;
    }
  /** All tokens, flattened -> values [B, outputs] (forecasts, regressions). */
  | { readonly kind: 'values'; readonly outputs: number }
  /** Each token -> `outputs` values of its own, [B, T, outputs] (pixels). */
  | { readonly kind: 'tokens'; readonly outputs: number }
  /** The first tokens of a graph -> logits or values of each node, [B, nodes, outputs]; 0 where there is none. */
  | { readonly kind: 'nodes'; readonly nodes: number; readonly outputs: number }
  /** The tokens behind those of the nodes -> logits or values of each edge, [B, edges, outputs]; 0 where there is none. */
  | { readonly kind: 'edges'; readonly nodes: number; readonly edges: number; readonly outputs: number }
  /** Tokens of patches -> logits or values of each pixel, [B, rows · patchRows, columns · patchColumns, outputs]. */
  | {
      readonly kind: 'dense';
      readonly layout: PatchLayout;
      readonly outputs: number;
      /**
       * 'shuffle': each token makes all pixels of its patch. 'bilinear': each token makes one answer, and answers are interpolated
       * (Segmenter's linear decoder, SETR-Naive).
       */
      readonly upsampling: 'shuffle' | 'bilinear';
      /** Width of one layer with GELU before. Default 0: none. */
      readonly hidden?: number;
      /** Factor of the Dice loss beside the cross entropy. Default 0. */
      readonly dice?: number;
    }
  /** Tokens of groups -> logits or values of each point, [B, points, outputs], from the three nearest centres. */
  | {
      readonly kind: 'points';
      readonly points: number;
      readonly outputs: number;
      /** Width of the layers that each point goes through. */
      readonly hidden: number;
      readonly dice?: number;
    }
  /** Pooled features -> vectors of length 1, [B, width]. */
  | {
      readonly kind: 'embedding';
      readonly width: number;
      readonly objective: EmbeddingObjective;
      readonly pooling?: Pooling;
    }
  /** All tokens, attended to -> a text. */
  | ({ readonly kind: 'summary' } & SummaryConfig);

export type HeadKind = HeadConfig['kind'];

const op = 'head';

const whole = (name: string, value: number, least = 1): void => {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(op, `${name} must be a whole number from ${least} on, came ${value}`);
};

const within = (name: string, value: number, low: number, high: number): void => {
  if (value >= low && value <= high) return;
  throw new ArgumentError(op, `${name} must be a number from ${low} to ${high}, came ${value}`);
};

const notNegative = (name: string, value: number): void => {
  if (value >= 0 && value < Infinity) return;
  throw new ArgumentError(op, `${name} must be a finite number from 0 on, came ${value}`);
};

const factors = (name: string, values: readonly number[] | undefined, labels: number): void => {
  if (values === undefined) return;
  if (values.length !== labels) {
    throw new ArgumentError(op, `${values.length} numbers of ${name} for ${labels} labels; give one each`);
  }
  values.forEach((value, i) => {
    notNegative(`${name}[${i}]`, value);
  });
};

/** Throws ArgumentError for what cannot work, in one line with the key. */
export const checkHead = (config: HeadConfig, tokens: number): void => {
  const fits = (needed: number, what: string): void => {
    if (needed <= tokens) return;
    throw new ArgumentError(op, `${what} want ${needed} tokens, the tokenizer makes ${tokens}; let both agree`);
  };
  switch (config.kind) {
    case 'classification':
      whole('classes', config.classes);
      within('labelSmoothing', config.labelSmoothing ?? 0, 0, 1);
      break;
    case 'labels':
      whole('labels', config.labels);
      factors('positiveWeight', config.positiveWeight, config.labels);
      factors('weight', config.weight, config.labels);
      break;
    case 'regression':
    case 'values':
    case 'tokens':
      whole('outputs', config.outputs);
      break;
    case 'nodes':
      whole('nodes', config.nodes);
      fits(config.nodes, 'nodes');
      whole('outputs', config.outputs);
      break;
    case 'edges':
      whole('nodes', config.nodes);
      whole('edges', config.edges);
      fits(config.nodes + config.edges, 'nodes and edges');
      whole('outputs', config.outputs);
      break;
    case 'dense': {
      for (const [name, value] of Object.entries(config.layout)) whole(`layout.${name}`, value);
      whole('outputs', config.outputs);
      whole('hidden', config.hidden ?? 0, 0);
      notNegative('dice', config.dice ?? 0);
      const patches = config.layout.rows * config.layout.columns;
      if (patches !== tokens) {
        throw new ArgumentError(
          op,
          `a layout of ${config.layout.rows} x ${config.layout.columns} patches has ${patches} tokens, the tokenizer makes ${tokens}; let both agree`,
        );
      }
      break;
    }
    case 'points':
      whole('points', config.points);
      whole('outputs', config.outputs);
      whole('hidden', config.hidden);
      notNegative('dice', config.dice ?? 0);
      break;
    case 'embedding': {
      whole('width', config.width);
      const { objective } = config;
      if (objective.kind === 'pairs') {
        within('temperature', objective.temperature ?? 0.07, 0.01, 1e3);
        break;
      }
      whole('identities', objective.identities, 2);
      notNegative('margin', objective.margin ?? 0);
      within('labelSmoothing', objective.labelSmoothing ?? 0, 0, 1);
      notNegative('tripletWeight', objective.tripletWeight ?? 0);
      break;
    }
    case 'summary': {
      const { vocabulary, width, heads, beginId, endId, padId } = config;
      for (const key of ['vocabulary', 'length', 'width', 'layers', 'heads', 'feedForward'] as const) {
        whole(key, config[key]);
      }
      if (width % heads !== 0) throw new ArgumentError(op, `${heads} heads do not divide the width ${width}`);
      const special = { beginId, endId, ...(padId === undefined ? {} : { padId }) };
      for (const [name, id] of Object.entries(special)) {
        whole(name, id, 0);
        within(name, id, 0, vocabulary - 1);
      }
      if (beginId === endId || padId === endId) {
        throw new ArgumentError(op, `endId ${endId} must differ from beginId and padId`);
      }
      const dropout = config.dropout ?? 0;
      if (!(dropout >= 0 && dropout < 1)) throw new ArgumentError(op, `dropout must be in [0, 1), came ${dropout}`);
      within('labelSmoothing', config.labelSmoothing ?? 0, 0, 1);
      break;
    }
  }
};
