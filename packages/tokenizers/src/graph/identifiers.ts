// Vectors that tell the nodes of a graph apart (TokenGT). Numbers of identifiers have mean squares of about 1, so that they begin as strong
// as standardised features.

import { randomNormal, rngKey } from '@omnigrad/tensor';
import type { GraphConfig } from './config.ts';
import { laplacianVectors } from './spectrum.ts';

/** Orthonormal rows [count, width], count <= width: normal numbers of a seed by Gram and Schmidt, twice against rounding. */
export const orthonormalRows = (seed: number, count: number, width: number): Float64Array => {
  const rows = Float64Array.from(randomNormal(rngKey(seed), count * width));
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    for (let j = 0; j < 2 * i; j++) {
      const other = rows.subarray((j % i) * width, ((j % i) + 1) * width);
      const along = row.reduce((total, x, k) => total + x * other[k], 0);
      for (let k = 0; k < width; k++) row[k] -= along * other[k];
    }
    const length = Math.sqrt(row.reduce((total, x) => total + x * x, 0));
    for (let k = 0; k < width; k++) row[k] /= length;
  }
  return rows;
};

/** Identifiers [nodes, width] of a graph with edges [E, 2]. */
export type Identify = (nodes: number, edges: ArrayLike<number>) => Float64Array;

export const identifierOf = ({ identifiers, maxNodes }: GraphConfig): Identify => {
  const { width } = identifiers;
  if (identifiers.kind === 'laplacian') {
    return (nodes, edges) => laplacianVectors(nodes, edges, width).map((x) => x * Math.sqrt(nodes));
  }
  const rows = orthonormalRows(identifiers.seed, maxNodes, width).map((x) => x * Math.sqrt(width));
  return (nodes) => rows.subarray(0, nodes * width);
};

/**
 * Where tokens stand [nodes + E, 2 width]: [P_v; P_v] for node v, [P_u; P_v] for a directed edge. An undirected edge is one token,
 * the mean of its two directions.
 */
export const placesOf = (
  identifiers: Float64Array,
  width: number,
  edges: ArrayLike<number>,
  directed: boolean,
): Float32Array => {
  const nodes = identifiers.length / width;
  const places = new Float32Array((nodes + edges.length / 2) * 2 * width);
  const put = (token: number, u: number, v: number, mean: boolean): void => {
    const at = token * 2 * width;
    for (let k = 0; k < width; k++) {
      const [x, y] = [identifiers[u * width + k], identifiers[v * width + k]];
      places[at + k] = mean ? (x + y) / 2 : x;
      places[at + width + k] = mean ? (x + y) / 2 : y;
    }
  };
  for (let v = 0; v < nodes; v++) put(v, v, v, false);
  for (let e = 0; e < edges.length / 2; e++) put(nodes + e, edges[2 * e], edges[2 * e + 1], !directed);
  return places;
};
