// First the segments are shuffled, then pieces are hidden as in BERT: 80 % as [MASK], 10 % as another piece, 10 % as is.

import { foldKey, type RngKey, randomBelow, randomPermutation, randomUniform } from '@omnigrad/tensor';
import type { MaskedBatch, OrderTarget } from '../contract.ts';
import { hiddenCount, maskOf } from '../shared/draw-mask.ts';
import type { TextConfig } from './config.ts';
import { orders, segmentStarts, shuffledPositions } from './order.ts';
import type { TextArrays } from './preprocess.ts';
import { textTarget } from './target.ts';
import { maskId, separatorId, specialPieces } from './vocabulary.ts';

/** Shuffles pieces first + 1 .. first + n of ids and ends in place; returns the order, -100 where there are too few. */
const shuffleSegments = (ids: Int32Array, ends: Uint8Array, first: number, n: number, key: RngKey): number => {
  const [pieces, flags] = [ids.slice(first, first + n), ends.slice(first, first + n)];
  const starts = segmentStarts(flags, n);
  if (starts === null) return -100;
  const order = randomBelow(key, orders.length);
  shuffledPositions(n, starts, order).forEach((from, to) => {
    ids[first + to] = pieces[from];
    ends[first + to] = flags[from];
  });
  return order;
};

/** Where pieces stand: between [CLS] and the last [SEP], without the [SEP] of a pair. */
const piecePlaces = (ids: Int32Array): number[] => {
  const places: number[] = [];
  for (let at = 1; at < ids.length - 1; at++) if (ids[at] !== separatorId) places.push(at);
  return places;
};

/**
 * Hides ceil(ratio · n) of the n pieces of each text, never [CLS], [SEP] or padding. All samples of a batch hide
 * round(ratio · T) positions: shorter texts fill up with positions from the end, which are left as they are and ignored.
 */
export const maskTexts = (arrays: TextArrays, key: RngKey, config: TextConfig): MaskedBatch<TextArrays> => {
  const { batch, lengths } = arrays;
  const T = config.length;
  const count = hiddenCount(config.maskRatio, T);
  const classes = config.vocabulary.pieces.length;
  const clean = arrays.ids.slice();
  const ends = arrays.ends.slice();
  const order = new Int32Array(batch);
  const places = Array.from(lengths, (length, b) => piecePlaces(clean.subarray(b * T, b * T + length)));
  for (let b = 0; config.permute && b < batch; b++) {
    const n = lengths[b] - 2;
    // The thirds of a pair would lie across its [SEP].
    const isPair = places[b].length < n;
    order[b] = isPair ? -100 : shuffleSegments(clean, ends, b * T + 1, n, foldKey(key, b, 'order'));
  }
  const shown = clean.slice();
  const asked = new Uint8Array(batch * T);
  const hidden = Array.from({ length: batch }, (_, b) => {
    const own = foldKey(key, b, 'pieces');
    const n = places[b].length;
    const chosen = randomPermutation(own, n).subarray(0, Math.min(count, Math.ceil(config.maskRatio * n)));
    const draws = randomUniform(foldKey(own, 'corrupt'), 2 * chosen.length);
    const positions = new Set<number>();
    chosen.forEach((piece, i) => {
      const position = places[b][piece];
      const at = b * T + position;
      positions.add(position);
      asked[at] = 1;
      if (draws[2 * i] < config.shownAsMask) shown[at] = maskId;
      else if (draws[2 * i] < config.shownAsMask + config.shownAsRandom) {
        shown[at] = specialPieces.length + Math.floor(draws[2 * i + 1] * (classes - specialPieces.length));
      }
    });
    for (let position = T - 1; positions.size < count; position--) positions.add(position);
    return [...positions];
  });
  const mask = maskOf(hidden, T);
  const orderTarget: OrderTarget | null = config.permute ? { ids: order, classes: orders.length } : null;
  return {
    arrays: { batch, ids: shown, ends, lengths },
    mask,
    target: textTarget(clean, asked, mask, classes),
    order: orderTarget,
  };
};
