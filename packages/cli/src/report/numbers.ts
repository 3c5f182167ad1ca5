// How numbers are written in the report and the closing table. No locale: the same bytes everywhere.

/** What stands for a number that nobody could measure. */
export const nothing = '–';

/** 1234567 -> 1 234 567, with no-break spaces. */
export const grouped = (x: number): string =>
  Number.isFinite(x) ? String(Math.round(x)).replace(/\B(?=(\d{3})+$)/g, '\u00a0') : nothing;

/** Significant digits without trailing zeros: 0.41230 -> 0.4123. */
export const significant = (x: number, digits = 4): string =>
  Number.isFinite(x) ? String(Number(x.toPrecision(digits))).replace(/^-/, '−') : nothing;

/** 0.9731 -> 97.3 %. */
export const percent = (x: number, decimals = 1): string =>
  Number.isFinite(x) ? `${(100 * x).toFixed(decimals)}\u00a0%` : nothing;

/** 7.2 -> 7.2 s, 75 -> 1 min 15 s, 7260 -> 2 h 1 min. */
export const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds) || seconds < 0) return nothing;
  if (seconds < 59.95) return `${seconds.toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${h}\u00a0h ${m}\u00a0min` : `${m}\u00a0min ${s}\u00a0s`;
};

/** [smallest, largest] of the finite values, or null if there are none. */
export const extent = (values: Iterable<number | null>): readonly [number, number] | null => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v === null || !Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : null;
};

/**
 * The ends of an axis for values between `low` and `high`. A range that is nothing beside its values, or beside 1e-100,
 * is widened around them: an axis cannot count steps that vanish in rounding.
 */
export const axisRange = (low: number, high: number): readonly [number, number] => {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > 1e-9 * size && size > 1e-100) return [low, high];
  const margin = size > 1e-100 ? size / 2 : 0.5;
  return [low - margin, high + margin];
};

/** The mean of the finite values, NaN if there are none. */
export const mean = (values: readonly number[]): number => {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, v) => sum + v, 0) / finite.length;
};
