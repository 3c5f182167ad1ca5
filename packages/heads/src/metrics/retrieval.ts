// Retrieval between modalities: the rank of the right item, and what is told of ranks.

import { ArgumentError } from '@omnigrad/tensor';
import { checkCount, checkFinite, checkTable, meanOf } from './check.ts';

/**
 * For each query the rank, from 1, of its best item with the same id, by falling similarity [queries, items].
 * Wrong items as similar as the right one go before it: a model that gives everything one embedding ranks last, not first,
 * and the order of the items does not matter. Every query needs an item.
 */
export const retrievalRanks = (
  similarities: ArrayLike<number>,
  queryIds: ArrayLike<number>,
  itemIds: ArrayLike<number>,
): Int32Array => {
  const op = 'retrievalRanks';
  const items = itemIds.length;
  checkTable(op, 'similarities', similarities, queryIds.length, items);
  checkFinite(op, 'similarities', similarities);
  checkFinite(op, 'queryIds', queryIds);
  checkFinite(op, 'itemIds', itemIds);
  return Int32Array.from(queryIds, (id, q) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < items; i++) if (itemIds[i] === id) best = Math.max(best, similarities[q * items + i]);
    if (best === Number.NEGATIVE_INFINITY) {
      throw new ArgumentError(op, `no item has the id ${id} of query ${q}; leave it out or add its item`);
    }
    let rank = 1;
    for (let i = 0; i < items; i++) if (itemIds[i] !== id && similarities[q * items + i] >= best) rank++;
    return rank;
  });
};

const checkRanks = (op: string, ranks: ArrayLike<number>): void => {
  if (ranks.length === 0) throw new ArgumentError(op, '0 ranks; there must be at least one');
  for (let i = 0; i < ranks.length; i++) checkCount(op, `ranks[${i}]`, ranks[i]);
};

/** R@k: the share of ranks up to k. */
export const recallAtK = (ranks: ArrayLike<number>, k: number): number => {
  checkRanks('recallAtK', ranks);
  checkCount('recallAtK', 'k', k);
  let hits = 0;
  for (let i = 0; i < ranks.length; i++) if (ranks[i] <= k) hits++;
  return hits / ranks.length;
};

/** MedR: the median of ranks, the mean of the two in the middle where their number is even. */
export const medianRank = (ranks: ArrayLike<number>): number => {
  checkRanks('medianRank', ranks);
  const sorted = Float64Array.from(ranks).sort();
  return meanOf([sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]);
};
