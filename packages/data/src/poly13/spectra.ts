// A window of hyperspectral pixels: five end members of land, mixed linearly.

import type { RawCube } from '../datasets/dataset.ts';
import type { Appearance } from './latent.ts';
import type { Stream } from './random.ts';

export const bandCount = 32;

/** nm: 400 to 2500. */
export const wavelengths: readonly number[] = Array.from(
  { length: bandCount },
  (_, band) => 400 + (2100 * band) / (bandCount - 1),
);

const bump = (nm: number, centre: number, width: number): number => Math.exp(-0.5 * ((nm - centre) / width) ** 2);
const step = (nm: number, centre: number, width: number): number => 1 / (1 + Math.exp((centre - nm) / width));
/** Both bands in which water in matter absorbs. */
const wet = (nm: number): number => bump(nm, 1450, 60) + 1.2 * bump(nm, 1940, 70);

/** Reflectance at a wavelength in nm; `tint`, from 0 to 1, is the chlorophyll, the iron, the silt, the hydroxyl or the grain. */
export const endMembers: readonly { readonly name: string; readonly at: (nm: number, tint: number) => number }[] = [
  {
    name: 'vegetation',
    at: (nm, tint) =>
      (0.04 + 0.06 * (1 - 0.5 * tint) * bump(nm, 550, 35) + 0.45 * step(nm, 700 + 20 * tint, 15)) *
      (1 - 0.08 * bump(nm, 970, 40) - 0.15 * bump(nm, 1200, 50) - 0.55 * wet(nm)) *
      (1 - 0.35 * step(nm, 1350, 120)),
  },
  {
    name: 'soil',
    at: (nm, tint) =>
      (0.08 + 0.34 * (1 - Math.exp(-(nm - 380) / (500 + 400 * tint)))) *
      (1 - 0.2 * tint * bump(nm, 880, 90) - 0.2 * wet(nm) - 0.1 * bump(nm, 2200, 40)),
  },
  { name: 'water', at: (nm, tint) => 0.01 + (0.05 + 0.08 * tint) * Math.exp(-(nm - 400) / (120 + 120 * tint)) },
  {
    name: 'clay',
    at: (nm, tint) =>
      0.62 *
      step(nm, 420, 90) *
      (1 - (0.2 + 0.3 * tint) * (bump(nm, 1400, 45) + bump(nm, 2200, 50)) - 0.3 * bump(nm, 1910, 50)),
  },
  {
    name: 'snow',
    at: (nm, tint) =>
      0.92 *
      (1 - (0.3 + 0.3 * tint) * step(nm, 1000, 120)) *
      (1 - 0.75 * step(nm, 1420, 40)) *
      (1 - 0.3 * bump(nm, 1030, 50)) *
      (1 + 1.2 * bump(nm, 1820, 90)),
  },
];

/** Each kind has two main members of the five: ten pairs. */
export const memberPairs: readonly (readonly [number, number])[] = [0, 1, 2, 3, 4].flatMap((a) =>
  [0, 1, 2, 3, 4].filter((b) => b > a).map((b): [number, number] => [a, b]),
);

/** Shares of the members in a pixel: they sum to 1. */
export function abundancesOf(kind: number, stream: Stream): number[] {
  return stream.dirichlet(endMembers.map((_, member) => (memberPairs[kind].includes(member) ? 2.5 : 0.35)));
}

/**
 * `size` is how much of the window the kind covers, the rest being anything; `pose` the height of the sun, `tint` the state
 * of the matter, `speed` the haze that was blown in, `noise` the sensor's, which grows with the signal.
 */
export function renderCube({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawCube {
  const side = 3;
  const values = new Float32Array(side * side * bandCount);
  const common = abundancesOf(kind, stream);
  const members = endMembers.map(({ at }) => {
    const state = Math.min(1, Math.max(0, tint + 0.15 * stream.normal()));
    return wavelengths.map((nm) => at(nm, state));
  });
  const covered = 3 + Math.round(6 * size);
  const order = stream.shuffled(side * side);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const own = order[pixel] < covered ? abundancesOf(kind, stream) : stream.dirichlet(endMembers.map(() => 0.6));
    // Neighbours lie on the same ground.
    const shares = order[pixel] < covered ? own.map((share, member) => 0.5 * share + 0.5 * common[member]) : own;
    const sun = (0.45 + 0.55 * pose) * stream.uniform(0.85, 1.1);
    for (let band = 0; band < bandCount; band++) {
      let mixed = 0;
      for (let member = 0; member < shares.length; member++) mixed += shares[member] * members[member][band];
      const haze = 0.12 * speed * Math.exp(-(wavelengths[band] - 400) / 350);
      const seen = sun * mixed + haze;
      const deviation = (0.002 + 0.03 * noise) * Math.sqrt(0.05 + seen);
      values[pixel * bandCount + band] = Math.max(0, seen + deviation * stream.normal());
    }
  }
  return { values, height: side, width: side, bands: bandCount };
}
