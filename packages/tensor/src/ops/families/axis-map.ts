// Linear maps along one axis as sparse rows: averages over windows, interpolation, and their adjoints.

import type { MapRows } from '../../cpu-plan.ts';
import { type AxisWindows, windowAxis } from './windows.ts';

/** Output i is the sum over t from offsets[i] to offsets[i + 1] - 1 of weights[t] times input columns[t]. */
export interface AxisMap {
  readonly inputs: number;
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float64Array;
  /** The rows in a formula, or those of the adjoint; null where there is none. */
  readonly rule: { readonly rows: MapRows; readonly transposed: boolean } | null;
}

/** A map from its rows: lists of input and weight. */
export const axisMap = (
  inputs: number,
  rows: readonly (readonly (readonly [number, number])[])[],
  rule: AxisMap['rule'] = null,
): AxisMap => {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => {
    offsets[i + 1] = offsets[i] + row.length;
  });
  const taps = rows.flat();
  return {
    inputs,
    offsets,
    columns: Int32Array.from(taps, ([column]) => column),
    weights: Float64Array.from(taps, ([, weight]) => weight),
    rule,
  };
};

export const outputsOf = (map: AxisMap): number => map.offsets.length - 1;

/** The adjoint: from outputs to inputs. */
export const transposedMap = ({ inputs, offsets, columns, weights, rule }: AxisMap): AxisMap => {
  const rows = Array.from({ length: inputs }, (): [number, number][] => []);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let t = offsets[i]; t < offsets[i + 1]; t++) rows[columns[t]].push([i, weights[t]]);
  }
  return axisMap(offsets.length - 1, rows, rule && { ...rule, transposed: !rule.transposed });
};

/** The mean over each window. */
export const meanMap = (windows: AxisWindows): AxisMap => {
  const { size, starts, counts, step, divisors } = windows;
  return axisMap(
    size,
    starts.map((s, i) => Array.from({ length: counts[i] }, (_, t) => [s + t * step, 1 / divisors[i]] as const)),
    { rows: { kind: 'mean', axis: windowAxis(windows) }, transposed: false },
  );
};

/**
 * Linear interpolation from n to m points. Without aligned corners point i lies at (i + 1/2) n / m - 1/2, not before the
 * first input; with them at i (n - 1) / (m - 1). After the last input its value goes on.
 */
export const linearMap = (n: number, m: number, alignCorners: boolean): AxisMap =>
  axisMap(
    n,
    Array.from({ length: m }, (_, i) => {
      const at = alignCorners ? (m > 1 ? (i * (n - 1)) / (m - 1) : 0) : Math.max(0, ((i + 0.5) * n) / m - 0.5);
      const low = Math.min(Math.floor(at), n - 1);
      const share = low === n - 1 ? 0 : at - low;
      // No tap of weight 0: it would carry NaN and Infinity to where they have no share.
      return share === 0 ? [[low, 1] as const] : [[low, 1 - share] as const, [low + 1, share] as const];
    }),
    { rows: { kind: 'linear', inputs: n, outputs: m, alignCorners }, transposed: false },
  );
