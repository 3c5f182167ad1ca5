// Re-identification: cumulative matching (Rank-k), mAP and mINP of distances between queries and a gallery.

import { ArgumentError } from '@omnigrad/tensor';
import { checkCount, checkFinite, checkTable, meanOf } from './check.ts';

export interface ReidentificationInput {
  /** [queries, gallery], row-major; smaller is more alike. */
  readonly distances: ArrayLike<number>;
  readonly queryIds: ArrayLike<number>;
  readonly galleryIds: ArrayLike<number>;
  /** Both or neither. With them, a gallery entry of the query's id and camera is passed over (Market-1501). */
  readonly queryCameras?: ArrayLike<number>;
  readonly galleryCameras?: ArrayLike<number>;
  /** k of the Rank-k asked for. Default 1, 5, 10, 20. */
  readonly ranks?: readonly number[];
}

export interface Reidentification {
  /** Share of queries with a match among their first k, for each k of `ranks`. */
  readonly rankK: readonly number[];
  readonly meanAveragePrecision: number;
  readonly meanInverseNegativePenalty: number;
  /** How many queries have a match at all; the others do not count. */
  readonly queries: number;
}

/**
 * Rank-k and mAP (Zheng et al. 2015, Market-1501), mINP (Ye et al. 2021, "Deep Learning for Person Re-identification"):
 * of a query with M matches at places p_1 < ... < p_M, AP = mean of j / p_j, INP = M / p_M.
 * Wrong entries as near as a match go before it, so that the order of the gallery does not matter.
 * The rules of one dataset beyond these (SYSU-MM01: one place for each identity, cameras 2 and 3 as one) are not here.
 */
export const reidentification = (input: ReidentificationInput): Reidentification => {
  const op = 'reidentification';
  const { distances, queryIds, galleryIds, queryCameras, galleryCameras, ranks = [1, 5, 10, 20] } = input;
  checkTable(op, 'distances', distances, queryIds.length, galleryIds.length);
  checkFinite(op, 'distances', distances);
  checkFinite(op, 'queryIds', queryIds);
  checkFinite(op, 'galleryIds', galleryIds);
  for (const k of ranks) checkCount(op, 'k', k);
  if ((queryCameras === undefined) !== (galleryCameras === undefined)) {
    throw new ArgumentError(op, 'cameras of one side only; give queryCameras and galleryCameras or neither');
  }
  const cameras = (name: string, of: ArrayLike<number> | undefined, count: number): void => {
    if (of === undefined) return;
    if (of.length !== count) throw new ArgumentError(op, `${of.length} ${name} for ${count} ids; both must be equal`);
    checkFinite(op, name, of);
  };
  cameras('queryCameras', queryCameras, queryIds.length);
  cameras('galleryCameras', galleryCameras, galleryIds.length);

  const first: number[] = [];
  const precisions: number[] = [];
  const penalties: number[] = [];
  for (let q = 0; q < queryIds.length; q++) {
    const matches: number[] = [];
    const others: number[] = [];
    for (let g = 0; g < galleryIds.length; g++) {
      const distance = distances[q * galleryIds.length + g];
      if (galleryIds[g] !== queryIds[q]) others.push(distance);
      else if (queryCameras === undefined || queryCameras[q] !== galleryCameras?.[g]) matches.push(distance);
    }
    if (matches.length === 0) continue;
    matches.sort((a, b) => a - b);
    others.sort((a, b) => a - b);
    let passed = 0;
    const places = matches.map((distance, j) => {
      while (passed < others.length && others[passed] <= distance) passed++;
      return passed + j + 1;
    });
    first.push(places[0]);
    precisions.push(meanOf(places.map((place, j) => (j + 1) / place)));
    penalties.push(places.length / places[places.length - 1]);
  }
  if (first.length === 0) {
    throw new ArgumentError(
      op,
      `none of ${queryIds.length} queries has a match in the gallery; there is nothing to measure`,
    );
  }
  return {
    rankK: ranks.map((k) => first.filter((place) => place <= k).length / first.length),
    meanAveragePrecision: meanOf(precisions),
    meanInverseNegativePenalty: meanOf(penalties),
    queries: first.length,
  };
};
