// What a graph tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import { checkMoments } from '../shared/errors.ts';

/** How the features of a node, or of an edge, are to be read. */
export interface GraphColumns {
  /** The numbers, which come first, each with the moments that standardise it (mean 0 and std 1: as it is). */
  readonly numbers: readonly { readonly mean: number; readonly std: number }[];
  /** Then one id from 0 on for each of these, below the number of classes given here. */
  readonly classes: readonly number[];
}

/** Vectors P_v that tell nodes apart. */
export type IdentifierConfig =
  | {
      /** The eigenvectors of the `width` smallest eigenvalues of the normalised Laplacian: they follow the shape of the graph. */
      readonly kind: 'laplacian';
      readonly width: number;
      /** Whether mask() gives each eigenvector of each sample a random sign: neither sign is the right one. */
      readonly flipSigns: boolean;
    }
  | {
      /** Row v of one matrix for all graphs: orthonormal vectors that follow the numbers of the nodes. */
      readonly kind: 'orthonormal';
      /** At least maxNodes. */
      readonly width: number;
      readonly seed: number;
    };

export interface GraphConfig {
  /** Places for nodes and for edges, one token each; smaller graphs are padded, larger ones refused. */
  readonly maxNodes: number;
  readonly maxEdges: number;
  readonly nodes: GraphColumns;
  readonly edges: GraphColumns;
  readonly identifiers: IdentifierConfig;
  /** Share of a graph's nodes that is hidden. */
  readonly maskRatio: number;
  /** Of the scaled cosine error, where nodes have numbers and no classes (GraphMAE: 1 to 3). */
  readonly exponent: number;
}

/**
 * Everything but the features of nodes, which come with the data: molecules of up to 24 atoms. TokenGT: 16 eigenvectors, or 64
 * orthonormal numbers; GraphMAE: ratio 0.5.
 */
export const graphDefaults: Omit<GraphConfig, 'nodes'> = {
  maxNodes: 24,
  maxEdges: 32,
  edges: { numbers: [], classes: [] },
  identifiers: { kind: 'laplacian', width: 8, flipSigns: true },
  maskRatio: 0.5,
  exponent: 2,
};

export const graphName = 'GraphTokenizer';

const checkWhole = (name: string, value: number, least: number): void => {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(graphName, `${name} must be a whole number from ${least} on, came ${value}`);
};

/** Throws ArgumentError for a configuration that cannot work. */
export const checkGraph = (config: GraphConfig): void => {
  const { maxNodes, maxEdges, nodes, edges, identifiers, maskRatio, exponent } = config;
  checkWhole('maxNodes', maxNodes, 2);
  checkWhole('maxEdges', maxEdges, 1);
  checkWhole('width of the identifiers', identifiers.width, 1);
  if (identifiers.kind === 'orthonormal') {
    checkWhole('seed of the identifiers', identifiers.seed, 0);
    if (identifiers.width < maxNodes) {
      throw new ArgumentError(
        graphName,
        `${maxNodes} orthonormal identifiers want a width of at least ${maxNodes}, came ${identifiers.width}; widen them or take 'laplacian'`,
      );
    }
  }
  for (const { numbers, classes } of [nodes, edges]) {
    checkMoments(graphName, numbers);
    for (const count of classes) checkWhole('classes of a feature', count, 1);
  }
  if (nodes.classes.length === 0 && nodes.numbers.length < 2) {
    throw new ArgumentError(
      graphName,
      `nodes have ${nodes.numbers.length} numbers and no classes, which leaves no direction to predict; give two numbers or more, or a class, for example the degree`,
    );
  }
  if (!(maskRatio > 0 && maskRatio < 1)) {
    throw new ArgumentError(graphName, `mask ratio ${maskRatio} is not between 0 and 1`);
  }
  if (!(exponent >= 1 && exponent < Infinity)) {
    throw new ArgumentError(graphName, `exponent must be a finite number from 1 on, came ${exponent}`);
  }
};
