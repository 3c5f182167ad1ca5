// Graphs at random: edges left out (DropEdge, Rong et al. 2020), and eigenvectors with either sign.

import type { RawGraph } from '@omnigrad/data';
import { ArgumentError, foldKey, type RngKey, randomUniform, randomWords } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { checkStrength } from '../shared/draws.ts';
import type { GraphConfig } from './config.ts';
import type { GraphFeatures } from './preprocess.ts';

export interface GraphAugment {
  /** Probability that an edge is left out. */
  readonly dropEdges?: number;
  /** Each eigenvector of the identifiers gets a random sign, in supervised stages too; mask() does so by itself. */
  readonly flipSigns?: boolean;
}

export const usualGraphAugment: GraphAugment = { dropEdges: 0.05, flipSigns: true };

/** The change of the graph. Throws ArgumentError for strengths that cannot be. */
export const graphAugment = ({ dropEdges = 0 }: GraphAugment): Augment<RawGraph> => {
  checkStrength('graphAugment', 'dropEdges', dropEdges, [0, 1]);
  return (raw, key) => {
    const { edges, edgeFeatures } = raw;
    const count = edges.length / 2;
    if (dropEdges === 0 || count === 0) return raw;
    const draws = randomUniform(foldKey(key, 'edges'), count);
    const kept = Array.from({ length: count }, (_, e) => e).filter((e) => draws[e] >= dropEdges);
    const width = edgeFeatures === null ? 0 : edgeFeatures.length / count;
    return {
      ...raw,
      edges: Int32Array.from(kept.flatMap((e) => [edges[2 * e], edges[2 * e + 1]])),
      edgeFeatures:
        edgeFeatures === null
          ? null
          : Float32Array.from(kept.flatMap((e) => Array.from(edgeFeatures.subarray(e * width, (e + 1) * width)))),
    };
  };
};

/** The change of the identifiers. Throws ArgumentError for those that are no eigenvectors. */
export const graphSignFlips = ({ identifiers }: Pick<GraphConfig, 'identifiers'>) => {
  if (identifiers.kind !== 'laplacian') {
    throw new ArgumentError(
      'graphSignFlips',
      `flipSigns: expected identifiers of kind laplacian, came ${identifiers.kind}; only eigenvectors have a free sign`,
    );
  }
  return (graph: GraphFeatures, key: RngKey): GraphFeatures => {
    const words = randomWords(foldKey(key, 'signs'), identifiers.width);
    // `|| 0`: an opposite of 0 is 0
    const places = graph.places.map((x, i) => (words[i % identifiers.width] >>> 31 === 1 ? -x || 0 : x));
    return { ...graph, places };
  };
};
