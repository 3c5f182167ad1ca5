// Clouds at random (PointNet++): turned about the upright axis, scaled, moved, jittered, and thinned.

import type { RawPoints } from '@omnigrad/data';
import { ArgumentError, foldKey, randomNormal, randomPermutation } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { checkRange, checkStrength, Draws, type Range } from '../shared/draws.ts';

export interface PointCloudAugment {
  /** Turned by up to this angle either way, rad; pi: all around. */
  readonly rotate?: number;
  /** The axis it turns about; default z. */
  readonly up?: 'x' | 'y' | 'z';
  /** Factor, drawn between these. */
  readonly scale?: Range;
  /** Moved along each axis by up to this, in the unit of the positions. */
  readonly translate?: number;
  /** Deviation of the noise on each coordinate, in the unit of the positions, cut at `clip`. */
  readonly jitter?: { readonly std: number; readonly clip: number };
  /** Up to this share of the points is left out, but never so many that fewer than `least` stay. */
  readonly dropout?: { readonly most: number; readonly least: number };
  /** Columns of the features that hold vectors (normals): the first of three. They turn with the points. */
  readonly vectors?: readonly number[];
}

/** For clouds of about unit size. */
export const usualPointCloudAugment: PointCloudAugment = {
  rotate: Math.PI,
  scale: [0.8, 1.25],
  translate: 0.1,
  jitter: { std: 0.01, clip: 0.05 },
  dropout: { most: 0.5, least: 128 },
};

const axes = ['x', 'y', 'z'] as const;

const check = ({ rotate, scale, translate, jitter, dropout }: PointCloudAugment): void => {
  const name = 'pointCloudAugment';
  checkStrength(name, 'rotate', rotate, [0, Math.PI]);
  checkRange(name, 'scale', scale, [1e-6, 1e6]);
  checkStrength(name, 'translate', translate, [0, Number.MAX_VALUE]);
  checkStrength(name, 'jitter.std', jitter?.std, [0, Number.MAX_VALUE]);
  checkStrength(name, 'jitter.clip', jitter?.clip, [0, Number.MAX_VALUE]);
  checkStrength(name, 'dropout.most', dropout?.most, [0, 1]);
  checkStrength(name, 'dropout.least', dropout?.least, [1, Number.MAX_SAFE_INTEGER]);
};

/** Rows `kept` of a table of `width` columns. */
const rowsOf = (table: Float32Array, width: number, kept: Int32Array): Float32Array => {
  const out = new Float32Array(kept.length * width);
  kept.forEach((from, to) => {
    out.set(table.subarray(from * width, (from + 1) * width), to * width);
  });
  return out;
};

/** Throws ArgumentError for strengths that cannot be, and for vectors beyond the features. */
export const pointCloudAugment = (config: PointCloudAugment): Augment<RawPoints> => {
  check(config);
  const { rotate = 0, up = 'z', scale = [1, 1], translate = 0, jitter, dropout, vectors = [] } = config;
  const upright = axes.indexOf(up);
  return (raw, key) => {
    const width = raw.features === null ? 0 : raw.features.length / raw.count;
    const outside = vectors.find((at) => !(Number.isInteger(at) && at >= 0 && at + 3 <= width));
    if (outside !== undefined) {
      throw new ArgumentError(
        'pointCloudAugment',
        `vectors: expected columns with two more behind them among ${width} features, came ${outside}`,
      );
    }
    let { count } = raw;
    let positions: Float32Array = raw.positions.slice();
    let features: Float32Array | null = raw.features?.slice() ?? null;
    if (dropout !== undefined) {
      const share = new Draws(foldKey(key, 'dropout')).uniform(0, dropout.most);
      const least = Math.min(count, dropout.least);
      const kept = randomPermutation(foldKey(key, 'kept'), count)
        .subarray(0, Math.max(least, count - Math.round(share * count)))
        .slice()
        .sort();
      positions = rowsOf(positions, 3, kept);
      features = features === null ? null : rowsOf(features, width, kept);
      count = kept.length;
    }
    const turn = turning(new Draws(foldKey(key, 'rotate')).uniform(-rotate, rotate), upright);
    const factor = new Draws(foldKey(key, 'scale')).uniform(...scale);
    const mover = new Draws(foldKey(key, 'translate'));
    const move = axes.map(() => mover.uniform(-translate, translate));
    const noise = jitter === undefined ? null : randomNormal(foldKey(key, 'jitter'), 3 * count);
    for (let i = 0; i < count; i++) {
      turn(positions, 3 * i);
      for (let axis = 0; axis < 3; axis++) {
        const at = 3 * i + axis;
        const off =
          noise === null || jitter === undefined
            ? 0
            : Math.min(jitter.clip, Math.max(-jitter.clip, jitter.std * noise[at]));
        positions[at] = factor * positions[at] + move[axis] + off;
      }
      if (features !== null) for (const column of vectors) turn(features, i * width + column);
    }
    return { ...raw, positions, features, count };
  };
};

/** Turns three numbers in place by an angle about an axis, counter-clockwise seen against it. */
const turning = (angle: number, upright: number) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [first, second] = [(upright + 1) % 3, (upright + 2) % 3];
  return (values: Float32Array, at: number): void => {
    const [a, b] = [values[at + first], values[at + second]];
    values[at + first] = cos * a - sin * b;
    values[at + second] = sin * a + cos * b;
  };
};
