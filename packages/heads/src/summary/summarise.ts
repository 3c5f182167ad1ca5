// Writes texts with a decoder: all samples and beams of a batch in one pass a token, with cached keys and values.

import type { Tokens } from '@omnigrad/nn';
import { ids, indexSelect, logSoftmax, noGrad, scope, type Tensor } from '@omnigrad/tensor';
import { BeamSearch, type Found, type SearchOptions, searchSettings } from './beam-search.ts';
import type { Cache, Memory, SummaryHead } from './decoder.ts';

const disposeAll = (tensors: readonly Tensor[]): void => {
  for (const x of tensors) x.dispose();
};

/** The cache rows at `parents`; where nothing moves, the cache itself. */
const reordered = (cache: Cache, parents: Int32Array): Cache => {
  if (parents.every((parent, row) => parent === row)) return cache;
  return cache.map((x) => indexSelect(x, ids(parents, [parents.length], { backend: x.backend })));
};

/**
 * A text for each sample of the encoder's tokens [B, S, inputs], padded ones unseen; greedy, or by beam search. Deterministic, and a
 * sample gets the same text alone and in a batch. `tokens` must live until the promise is settled. Throws ArgumentError for
 * options out of range and for a model whose numbers are NaN.
 */
export const summarise = async (head: SummaryHead, tokens: Tokens, options: SearchOptions = {}): Promise<Found[]> => {
  const { beginId, endId, padId, length, vocabulary } = head.config;
  const banned = [...new Set([beginId, ...(padId === undefined ? [] : [padId])])];
  const settings = searchSettings(options, { endId, banned, length });
  const { beams } = settings;
  const batch = tokens.x.shape[0];
  const searches = Array.from({ length: batch }, () => new BeamSearch(settings));
  // Every sample has `beams` rows, also while fewer are live: shapes stay the same, and what the other rows hold is not looked at.
  const last = new Int32Array(batch * beams).fill(beginId);
  const parents = Int32Array.from(last, (_, row) => row);
  const memory: Memory = noGrad(() => scope(() => head.memory(tokens)));
  // the padding mask is the caller's
  const held: Tensor[] = [...memory.keyValues];
  try {
    let cache: Cache | null = null;
    while (searches.some((search) => !search.over)) {
      const before: Cache | null = cache;
      const next: { readonly rows: Tensor; readonly cache: Cache } = noGrad(() =>
        scope(() => {
          const step = head.step(last, memory, before === null ? null : reordered(before, parents));
          return { rows: logSoftmax(step.logits), cache: step.cache };
        }),
      );
      disposeAll(held.splice(memory.keyValues.length));
      held.push(next.rows, ...next.cache);
      cache = next.cache;
      const values = await next.rows.read();
      searches.forEach((search, b) => {
        if (search.over) return;
        const first = b * beams;
        const row = (beam: number) => values.subarray((first + beam) * vocabulary, (first + beam + 1) * vocabulary);
        const continued = search.advance(search.live.map((_, beam) => row(beam)));
        for (let beam = 0; beam < beams; beam++) {
          parents[first + beam] = first + (continued?.parents[beam] ?? 0);
          last[first + beam] = continued?.tokens[beam] ?? endId;
        }
      });
    }
  } finally {
    disposeAll(held);
  }
  return searches.map((search) => search.best);
};
