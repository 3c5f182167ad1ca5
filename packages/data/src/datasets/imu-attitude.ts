// From absolute to relative attitude, for windows whose last three channels are yaw, pitch and roll.

import type { RawImu } from './dataset.ts';

const firstAngle = 3;

/**
 * The window with each angle unwrapped and its mean over the window subtracted; other channels unchanged. `[steps, channels]`.
 *
 * Why: yaw is a heading between -pi and pi or 0 and 2 pi, so it jumps where nothing moves, and its level says which way
 * the street ran, which names the recording rather than the movement. Unwrapping removes the jumps and centring the
 * level; the sway of the steps remains. Differences would too, but the sensor repeats every second sample and they
 * would alternate with zeros; sine and cosine would keep the heading.
 */
export function relativeAttitude({ window, steps, channels }: RawImu): Float32Array {
  const out = window.slice();
  for (let channel = firstAngle; channel < channels; channel++) {
    let turns = 0;
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      const at = step * channels + channel;
      if (step > 0) turns -= Math.round((window[at] - window[at - channels]) / (2 * Math.PI));
      out[at] = window[at] + turns * 2 * Math.PI;
      sum += out[at];
    }
    for (let step = 0; step < steps; step++) out[step * channels + channel] -= sum / steps;
  }
  return out;
}
