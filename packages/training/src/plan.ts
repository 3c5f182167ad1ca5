// What each step of a stage draws. Pure functions of the seed, so that a resumed run needs no sampler state.

import { ArgumentError, foldKey, type RngKey, randomPermutation, randomUniform } from '@omnigrad/tensor';

/** One stream of one step: which item, and the number of batches that item was given before. */
export interface Draw {
  readonly item: number;
  readonly batchIndex: number;
}

const counter = () => {
  const seen = new Map<number, number>();
  return (item: number): Draw => {
    const batchIndex = seen.get(item) ?? 0;
    seen.set(item, batchIndex + 1);
    return { item, batchIndex };
  };
};

/** Stage 1: rounds in which every modality comes once, in a new order each, `switchEvery` steps at a time. */
export const planSingles = (steps: number, items: number, switchEvery: number, key: RngKey): Draw[] => {
  const next = counter();
  const out: Draw[] = [];
  for (let round = 0; out.length < steps; round++) {
    for (const item of randomPermutation(foldKey(key, 'round', round), items)) {
      for (let i = 0; i < switchEvery && out.length < steps; i++) out.push(next(item));
    }
  }
  return out;
};

export interface PairItem {
  /** Items of one group never meet: the two streams of a step are of different modalities. */
  readonly group: string;
  readonly weight: number;
  /** The item that it is always drawn with, and never without: a pair counts with the weights of both. */
  readonly partner?: number;
}

const pick = (u: number, weights: readonly number[]): number => {
  const total = weights.reduce((a, b) => a + b, 0);
  let left = u * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.reduce((last, w, i) => (w > 0 ? i : last), 0);
};

/**
 * Stages 2 and 3: the first stream by weight, the second by weight among the other groups. With one group alone, both
 * streams come from it, each with a batch of its own.
 */
export const planPairs = (steps: number, items: readonly PairItem[], key: RngKey): [Draw, Draw][] => {
  const next = counter();
  const u = randomUniform(foldKey(key, 'pairs'), 2 * steps);
  return Array.from({ length: steps }, (_, step) => {
    const a = pick(
      u[2 * step],
      items.map((x) => x.weight),
    );
    const { partner } = items[a];
    if (partner !== undefined) return [next(a), next(partner)];
    const others = items.map((x) => (x.group === items[a].group || x.partner !== undefined ? 0 : x.weight));
    const b = others.every((w) => w === 0) ? a : pick(u[2 * step + 1], others);
    return [next(a), next(b)];
  });
};

/**
 * Batches of size / each identities and `each` rows of each (Hermans et al. 2017): the identities in a new order for every batch, their
 * rows without replacement, and again from the front where there are fewer. A pure function of key, batch and size.
 */
export const identityBatches = (
  { identities, each }: { readonly identities: Int32Array; readonly each: number },
  key: RngKey,
): ((batchIndex: number, size: number) => Int32Array) => {
  const rows = new Map<number, number[]>();
  identities.forEach((id, row) => {
    const list = rows.get(id);
    if (list === undefined) rows.set(id, [row]);
    else list.push(row);
  });
  const lists = [...rows.entries()].sort(([a], [b]) => a - b).map(([, list]) => list);
  if (lists.length < 2 || !Number.isInteger(each) || each < 2) {
    const came = `${lists.length} identities and ${each} rows of each`;
    throw new ArgumentError('identityBatches', `batches want at least 2 identities and 2 rows of each, came ${came}`);
  }
  return (batchIndex, size) => {
    const own = foldKey(key, 'batch', batchIndex);
    const order = randomPermutation(own, lists.length);
    return Int32Array.from({ length: size }, (_, i) => {
      const turn = Math.floor(i / each);
      const list = lists[order[turn % lists.length]];
      return list[randomPermutation(foldKey(own, turn), list.length)[(i % each) % list.length]];
    });
  };
};
