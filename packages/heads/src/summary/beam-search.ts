// Beam search over what a model says of the next token, on host numbers: it knows no tensors.

import { ArgumentError } from '@omnigrad/tensor';

export interface SearchOptions {
  /** Texts kept beside each other. Default 1: greedy, which stops at its first end. */
  readonly beams?: number;
  /** α of Wu et al. (2016, GNMT): log-probabilities are divided by ((5 + n) / 6)^α. From 0 on; default 0. */
  readonly lengthPenalty?: number;
  /** Fewest tokens before the end. Default 0. */
  readonly minLength?: number;
  /** Most tokens, the end counted. Default: all that the decoder has places for. */
  readonly maxLength?: number;
  /** No run of so many tokens comes twice. Default 0: all may. */
  readonly noRepeatNgram?: number;
}

export interface SearchSettings extends Required<SearchOptions> {
  readonly endId: number;
  /** Ids that are never written. */
  readonly banned: readonly number[];
}

/** A text that was found. */
export interface Found {
  /** Without begin and end. */
  readonly ids: readonly number[];
  readonly logProbability: number;
  /** The log-probability divided by the length penalty of all tokens, the end counted. */
  readonly score: number;
  /** False where it was cut at the most tokens. */
  readonly ended: boolean;
}

/** One that goes on. */
interface Live {
  readonly ids: readonly number[];
  readonly logProbability: number;
}

interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
}

/** What the model must look at next: for each live beam the beam before that it continues, and its new token. */
export interface Continuation {
  readonly parents: readonly number[];
  readonly tokens: readonly number[];
}

const op = 'summarise';

const whole = (name: string, value: number, low: number, high: number): void => {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new ArgumentError(op, `${name} must be a whole number from ${low} to ${high}, came ${value}`);
};

/** Most beams: each is a row of everything that the decoder computes. */
export const MOST_BEAMS = 64;

/** Options with their defaults. Throws ArgumentError for what cannot work. */
export const searchSettings = (
  options: SearchOptions,
  of: Pick<SearchSettings, 'endId' | 'banned'> & { readonly length: number },
): SearchSettings => {
  const { beams = 1, lengthPenalty = 0, minLength = 0, maxLength = of.length, noRepeatNgram = 0 } = options;
  whole('beams', beams, 1, MOST_BEAMS);
  whole('maxLength', maxLength, 1, of.length);
  whole('minLength', minLength, 0, maxLength - 1);
  whole('noRepeatNgram', noRepeatNgram, 0, of.length);
  if (!(lengthPenalty >= 0 && lengthPenalty < Infinity)) {
    throw new ArgumentError(op, `lengthPenalty must be a finite number from 0 on, came ${lengthPenalty}`);
  }
  const { endId, banned } = of;
  return { beams, lengthPenalty, minLength, maxLength, noRepeatNgram, endId, banned };
};

/** ((5 + n) / 6)^α. */
export const lengthPenaltyOf = (length: number, alpha: number): number => ((5 + length) / 6) ** alpha;

/** Tokens that would make a run of n tokens come twice. */
export const repeatingTokens = (ids: readonly number[], n: number): Set<number> => {
  const out = new Set<number>();
  if (n < 1 || ids.length < n - 1) return out;
  const tail = ids.slice(ids.length - n + 1);
  for (let i = 0; i + n <= ids.length; i++) {
    if (tail.every((id, k) => ids[i + k] === id)) out.add(ids[i + n - 1]);
  }
  return out;
};

/**
 * The search for one sample. Each round takes the best 2 · beams continuations of all live texts; ends among the first `beams`
 * of them are found texts, and the first `beams` others live on. It is over when no live text can become better than the best found: a
 * log-probability only falls, and is divided by at most the penalty of the most tokens. Equal scores go to the lower beam, then to the
 * lower id, so that the result is the same on every machine.
 */
export class BeamSearch {
  readonly settings: SearchSettings;
  #live: readonly Live[] = [{ ids: [], logProbability: 0 }];
  #best: Found | null = null;
  #over = false;

  constructor(settings: SearchSettings) {
    this.settings = settings;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Texts that the model must be asked about. */
  get live(): readonly Live[] {
    return this.#live;
  }

  /** The best text. Throws ArgumentError before the search is over. */
  get best(): Found {
    if (!this.#over || this.#best === null) throw new ArgumentError(op, 'the search is not over');
    return this.#best;
  }

  /** `rows` are the log-probabilities of the next id after each live text. Null when the search is over. */
  advance(rows: readonly ArrayLike<number>[]): Continuation | null {
    const { beams, endId, maxLength } = this.settings;
    const live: Live[] = [];
    const parents: number[] = [];
    const tokens: number[] = [];
    this.#candidates(rows).forEach(({ beam, token, logProbability }, rank) => {
      const { ids } = this.#live[beam];
      if (token === endId) {
        if (rank < beams) this.#found(ids, logProbability, true, ids.length + 1);
      } else if (live.length < beams) {
        live.push({ ids: [...ids, token], logProbability });
        parents.push(beam);
        tokens.push(token);
      }
    });
    // nothing may follow: what is written is all there is
    if (live.length === 0 && this.#best === null) {
      const [{ ids, logProbability }] = this.#live;
      this.#found(ids, logProbability, false, Math.max(1, ids.length));
    }
    this.#live = live;
    const length = live.length === 0 ? maxLength : live[0].ids.length;
    if (length === maxLength) {
      for (const { ids, logProbability } of live) this.#found(ids, logProbability, false, maxLength);
      this.#over = true;
    } else if (this.#best !== null) {
      const { score } = this.#best;
      this.#over = (beams === 1 && this.#best.ended) || live.every((text) => this.#bound(text) <= score);
    }
    return this.#over ? null : { parents, tokens };
  }

  /** The best score that a text can still have. */
  #bound({ logProbability }: Live): number {
    const { lengthPenalty, maxLength } = this.settings;
    return logProbability / lengthPenaltyOf(maxLength, lengthPenalty);
  }

  #found(ids: readonly number[], logProbability: number, ended: boolean, length: number): void {
    const score = logProbability / lengthPenaltyOf(length, this.settings.lengthPenalty);
    if (this.#best === null || score > this.#best.score) this.#best = { ids, logProbability, score, ended };
  }

  /** The best 2 · beams: at most one end a beam, so that enough others are among them. */
  #candidates(rows: readonly ArrayLike<number>[]): readonly Candidate[] {
    const { beams, endId, banned, minLength, noRepeatNgram } = this.settings;
    const most = 2 * beams;
    const kept: Candidate[] = [];
    this.#live.forEach(({ ids, logProbability: before }, beam) => {
      const row = rows[beam];
      const shut = repeatingTokens(ids, noRepeatNgram);
      for (const id of banned) shut.add(id);
      if (ids.length < minLength) shut.add(endId);
      for (let token = 0; token < row.length; token++) {
        const logProbability = before + row[token];
        if (Number.isNaN(logProbability)) {
          throw new ArgumentError(op, `the log-probability of id ${token} behind ${ids.length} tokens is NaN`);
        }
        const last = kept[kept.length - 1];
        if (kept.length === most && logProbability <= last.logProbability) continue;
        if (logProbability === -Infinity || shut.has(token)) continue;
        let place = kept.length;
        while (place > 0 && kept[place - 1].logProbability < logProbability) place--;
        kept.splice(place, 0, { beam, token, logProbability });
        if (kept.length > most) kept.pop();
      }
    });
    return kept;
  }
}
