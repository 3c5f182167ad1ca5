// Robustness to corruptions: error rates [corruptions][severities] beside those of a baseline.

import { ArgumentError } from '@omnigrad/tensor';
import { meanOf } from './check.ts';

/** Error rates from 0 to 1, [corruptions][severities]; every corruption of the same severities. */
export type CorruptionTable = readonly (readonly number[])[];

export interface CleanErrors {
  readonly model: number;
  readonly baseline: number;
}

export interface CorruptionErrors {
  /** mCE: the mean of `perCorruption`. 1 is as the baseline; papers print it times 100. */
  readonly mean: number;
  readonly perCorruption: readonly number[];
  /** The plain mean of the model's error rates, which ModelNet40-C reports. */
  readonly meanErrorRate: number;
  /** Relative mCE; only with `clean`. */
  readonly relativeMean?: number;
}

const checkTableOf = (op: string, name: string, table: CorruptionTable): void => {
  if (table.length === 0 || table[0].length === 0) {
    throw new ArgumentError(op, `${name} holds nothing; it needs a corruption and a severity`);
  }
  table.forEach((row, c) => {
    if (row.length !== table[0].length) {
      const problem = `${name}[${c}] has ${row.length} severities and ${name}[0] ${table[0].length}; they must be equal`;
      throw new ArgumentError(op, problem);
    }
    row.forEach((rate, s) => {
      checkRate(op, `${name}[${c}][${s}]`, rate);
    });
  });
};

const checkRate = (op: string, name: string, rate: number): void => {
  if (!(rate >= 0 && rate <= 1)) throw new ArgumentError(op, `${name} is ${rate}; an error rate must be from 0 to 1`);
};

/**
 * Corruption errors (Hendrycks and Dietterich 2019): CE_c = Σ_s E_sc / Σ_s B_sc of model E and baseline B, mCE = their mean;
 * relative CE_c = Σ_s (E_sc - E_clean) / Σ_s (B_sc - B_clean), with `clean`.
 * A corruption that costs the baseline nothing has no ratio, and is refused.
 */
export const meanCorruptionError = (
  errors: CorruptionTable,
  baseline: CorruptionTable,
  clean?: CleanErrors,
): CorruptionErrors => {
  const op = 'meanCorruptionError';
  checkTableOf(op, 'errors', errors);
  checkTableOf(op, 'baseline', baseline);
  if (errors.length !== baseline.length || errors[0].length !== baseline[0].length) {
    const [own, other] = [errors, baseline].map((table) => `[${table.length}, ${table[0].length}]`);
    throw new ArgumentError(
      op,
      `errors ${own} beside baseline ${other}; both need the same corruptions and severities`,
    );
  }
  const ratios = (model: number, base: number): number[] =>
    errors.map((row, c) => {
      const cost = meanOf(baseline[c]) - base;
      // Means of equal rates may differ in their last digits.
      if (!(cost > 1e-12)) {
        const beyond = base === 0 ? '' : ` beyond its clean ${base}`;
        throw new ArgumentError(op, `corruption ${c} costs the baseline nothing${beyond}; leave it out`);
      }
      return (meanOf(row) - model) / cost;
    });
  const perCorruption = ratios(0, 0);
  const out = { mean: meanOf(perCorruption), perCorruption, meanErrorRate: meanOf(errors.map(meanOf)) };
  if (clean === undefined) return out;
  checkRate(op, 'clean.model', clean.model);
  checkRate(op, 'clean.baseline', clean.baseline);
  return { ...out, relativeMean: meanOf(ratios(clean.model, clean.baseline)) };
};
