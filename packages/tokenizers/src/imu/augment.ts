// Motion at random (Um et al. 2017): the sensor sits otherwise, moves harder or softer, and trembles. Time is not reversed:
// a step backwards is another step.

import type { RawImu } from '@omnigrad/data';
import { ArgumentError, foldKey, randomNormal } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface ImuAugment {
  /** The frame of the sensor is turned by up to this angle about an axis of any direction, rad. */
  readonly rotate?: number;
  /** Channels that hold vectors: the first of three each. Default the accelerations alone, [0]; with turning rates [0, 3]. Angles are no vectors. */
  readonly vectors?: readonly number[];
  /** Deviation of the factor around 1 of the vectors. */
  readonly scale?: number;
  /** Deviation of the noise on the vectors, in their unit. */
  readonly jitter?: number;
}

export const usualImuAugment: ImuAugment = { rotate: Math.PI / 6, scale: 0.1 };

/** Throws ArgumentError for strengths that cannot be, and for vectors beyond the channels. */
export const imuAugment = (config: ImuAugment): Augment<RawImu> => {
  const name = 'imuAugment';
  const { rotate = 0, vectors = [0], scale = 0, jitter = 0 } = config;
  checkStrength(name, 'rotate', rotate, [0, Math.PI]);
  checkStrength(name, 'scale', scale, [0, 100]);
  checkStrength(name, 'jitter', jitter, [0, Number.MAX_VALUE]);
  return (raw, key) => {
    const { steps, channels: C } = raw;
    const outside = vectors.find((at) => !(Number.isInteger(at) && at >= 0 && at + 3 <= C));
    if (outside !== undefined) {
      throw new ArgumentError(name, `vectors: expected channels with two more behind them among ${C}, came ${outside}`);
    }
    const draws = new Draws(foldKey(key, 'rotate'));
    const turn = rotationOf(evenAxis(draws), draws.uniform(-rotate, rotate));
    const factor = 1 + scale * new Draws(foldKey(key, 'scale')).normal();
    const noise = jitter > 0 ? randomNormal(foldKey(key, 'jitter'), steps * C) : null;
    const window = raw.window.slice();
    for (const first of vectors) {
      for (let at = first; at < steps * C; at += C) {
        const [x, y, z] = [raw.window[at], raw.window[at + 1], raw.window[at + 2]];
        for (let k = 0; k < 3; k++) {
          const turned = turn[3 * k] * x + turn[3 * k + 1] * y + turn[3 * k + 2] * z;
          window[at + k] = factor * turned + (noise === null ? 0 : jitter * noise[at + k]);
        }
      }
    }
    return { ...raw, window };
  };
};

type Vector = readonly [number, number, number];

const evenAxis = (draws: Draws): Vector => {
  const z = draws.uniform(-1, 1);
  const around = draws.uniform(0, 2 * Math.PI);
  const level = Math.sqrt(1 - z * z);
  return [level * Math.cos(around), level * Math.sin(around), z];
};

// Rodrigues: cos · 1 + sin · [k]x + (1 - cos) · k kT, row-major
const rotationOf = ([x, y, z]: Vector, angle: number): Float64Array => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const r = 1 - c;
  return Float64Array.of(
    ...[c + r * x * x, r * x * y - s * z, r * x * z + s * y],
    ...[r * y * x + s * z, c + r * y * y, r * y * z - s * x],
    ...[r * z * x - s * y, r * z * y + s * x, c + r * z * z],
  );
};
