// Nodes hidden at random (GraphMAE). Edges, their features and the identifiers are shown.

import { foldKey, type RngKey, randomPermutation, randomWords } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { hiddenCount, maskOf } from '../shared/draw-mask.ts';
import type { GraphConfig } from './config.ts';
import type { GraphArrays } from './preprocess.ts';
import { graphTarget } from './target.ts';

/** Each eigenvector of each sample with a random sign. */
const flipSigns = ({ batch, places }: GraphArrays, key: RngKey, width: number): Float32Array => {
  const size = places.length / batch;
  const signs = Array.from({ length: batch }, (_, b) => randomWords(foldKey(key, b, 'signs'), width));
  // `|| 0`: an opposite of 0 is 0
  return places.map((x, i) => (signs[Math.floor(i / size)][i % width] >>> 31 === 1 ? -x || 0 : x));
};

/**
 * Hides ceil(ratio · n) of the n nodes of each graph, but never all of them: of a graph of one node nothing is hidden. All samples of
 * a batch hide round(ratio · maxNodes) positions: smaller graphs fill up with places that hold no node, which count nothing.
 */
export const maskGraphs = (arrays: GraphArrays, key: RngKey, config: GraphConfig): MaskedBatch<GraphArrays> => {
  const { maxNodes: N, maxEdges: E, maskRatio, identifiers } = config;
  const count = hiddenCount(maskRatio, N);
  const hidden = Array.from(arrays.nodeCounts, (n, b) => {
    const own = Math.min(count, n - 1, Math.ceil(maskRatio * n));
    const positions = [...randomPermutation(foldKey(key, b, 'nodes'), n).subarray(0, own)];
    // there are enough places without a node: count - own <= N - n
    for (let position = N - 1; positions.length < count; position--) positions.push(position);
    return positions;
  });
  const mask = maskOf(hidden, N + E);
  const flips = identifiers.kind === 'laplacian' && identifiers.flipSigns;
  const places = flips ? flipSigns(arrays, key, identifiers.width) : arrays.places;
  return {
    arrays: { ...arrays, places },
    mask,
    target: graphTarget(arrays, mask, config),
    order: null,
    // A copy: a captured step knows its inputs by identity, and forward() uploads the places too.
    places: places.slice(),
  };
};
