// Sample-rate conversion of a mono signal: a windowed-sinc filter in polyphase form. Linear phase, so nothing moves in
// time. Meant for decoding on the host; it is not a real-time or a streaming converter.

import { DataError } from '../errors.ts';

/** Zero crossings of the sinc on either side: 16 put the alias band 70 dB down with the window below. */
const zeroCrossings = 16;
/** The pass band ends here, as a part of the lower Nyquist frequency; the rest is the filter's slope. */
const passBand = 0.92;

/**
 * `output[n] = sum_k input[k] h(n inRate / outRate - k)`, with
 * `h(t) = c sinc(c t) (0.42 + 0.5 cos(pi t / w) + 0.08 cos(2 pi t / w))` for `|t| <= w`, `c` the cut-off as a part of the
 * input's Nyquist frequency and `w = 16 / c`. Each phase is scaled to unit gain at 0 Hz. Length: `ceil(n outRate / inRate)`.
 * @throws {DataError} out-of-range: rates that are not whole and positive
 */
export function resample(input: Float32Array, inRate: number, outRate: number): Float32Array {
  for (const rate of [inRate, outRate]) {
    if (!Number.isSafeInteger(rate) || rate <= 0) {
      const expected = 'whole sample rates above 0 Hz';
      const fix = 'round the rate';
      throw new DataError({
        code: 'out-of-range',
        source: 'resample',
        file: null,
        place: null,
        expected,
        actual: `${rate}`,
        fix,
      });
    }
  }
  if (inRate === outRate) return input.slice();
  const divisor = gcd(inRate, outRate);
  const phases = outRate / divisor;
  const stride = inRate / divisor;
  const cutoff = passBand * Math.min(1, outRate / inRate);
  const halfWidth = zeroCrossings / cutoff;
  const reach = Math.ceil(halfWidth);
  const taps = 2 * reach + 1;
  const length = Math.ceil((input.length * phases) / stride);
  const filters = new Map<number, Float64Array>();
  const output = new Float32Array(length);
  for (let n = 0; n < length; n++) {
    // Position in the input: a whole part and a phase, both exact.
    const centre = Math.floor((n * stride) / phases);
    const phase = (n * stride) % phases;
    let filter = filters.get(phase);
    if (filter === undefined) {
      filter = phaseFilter(phase / phases, reach, taps, cutoff, halfWidth);
      filters.set(phase, filter);
    }
    const first = Math.max(0, reach - centre);
    const last = Math.min(taps, input.length - centre + reach);
    const offset = centre - reach;
    let sum = 0;
    for (let tap = first; tap < last; tap++) sum += input[offset + tap] * filter[tap];
    output[n] = sum;
  }
  return output;
}

function phaseFilter(fraction: number, reach: number, taps: number, cutoff: number, halfWidth: number): Float64Array {
  const filter = new Float64Array(taps);
  let gain = 0;
  for (let tap = 0; tap < taps; tap++) {
    const t = fraction - (tap - reach);
    if (Math.abs(t) > halfWidth) continue;
    const x = Math.PI * cutoff * t;
    const angle = (Math.PI * t) / halfWidth;
    const window = 0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle);
    filter[tap] = (x === 0 ? 1 : Math.sin(x) / x) * window;
    gain += filter[tap];
  }
  for (let tap = 0; tap < taps; tap++) filter[tap] /= gain;
  return filter;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
