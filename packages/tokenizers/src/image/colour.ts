// Jitter of colours (torchvision's ColorJitter): factors of brightness, contrast and saturation and a turn of the hue, in a
// random order.

import { bytesOf } from '../shared/crop.ts';
import { checkStrength, type Draws } from '../shared/draws.ts';

export interface ColourJitter {
  /** Factors are drawn from 1 - x to 1 + x, x in 0 .. 1. */
  readonly brightness?: number;
  readonly contrast?: number;
  /** Of pictures with three channels; others keep theirs, and their hue. */
  readonly saturation?: number;
  /** The hue is turned by up to this share of the circle either way, at most 0.5. */
  readonly hue?: number;
}

export const checkColour = (augment: string, colour: ColourJitter = {}): void => {
  const { brightness, contrast, saturation, hue } = colour;
  for (const [name, value] of Object.entries({ brightness, contrast, saturation })) {
    checkStrength(augment, `colour.${name}`, value, [0, 1]);
  }
  checkStrength(augment, 'colour.hue', hue, [0, 0.5]);
};

/** Pixels [..., channels], 0 to 255 -> new ones. */
export type Shade = (pixels: Uint8Array) => Uint8Array;

// ITU-R BT.601, as in Pillow.
const greyOf = (values: ArrayLike<number>, at: number, channels: number): number =>
  channels === 3 ? 0.299 * values[at] + 0.587 * values[at + 1] + 0.114 * values[at + 2] : values[at];

const clip = (x: number): number => Math.min(255, Math.max(0, x));

/** Each value some way from `anchor` of its pixel: factor 1 leaves it, 0 gives the anchor. */
const blend = (values: Float32Array, channels: number, factor: number, anchor: (at: number) => number): Float32Array =>
  values.map((x, i) => {
    const still = anchor(i - (i % channels));
    return clip(still + factor * (x - still));
  });

const meanGrey = (values: Float32Array, channels: number): number => {
  let sum = 0;
  for (let at = 0; at < values.length; at += channels) sum += greyOf(values, at, channels);
  return (sum * channels) / values.length;
};

export const brightened = (values: Float32Array, channels: number, factor: number): Float32Array =>
  blend(values, channels, factor, () => 0);

export const contrasted = (values: Float32Array, channels: number, factor: number): Float32Array => {
  const mean = meanGrey(values, channels);
  return blend(values, channels, factor, () => mean);
};

const saturated = (values: Float32Array, factor: number): Float32Array => {
  const out = values.slice();
  for (let at = 0; at < out.length; at += 3) {
    const grey = greyOf(values, at, 3);
    for (let c = 0; c < 3; c++) out[at + c] = clip(grey + factor * (values[at + c] - grey));
  }
  return out;
};

/** Value and chroma stay; the hue goes round by `turn` of the circle. */
const hueTurned = (values: Float32Array, turn: number): Float32Array => {
  const out = values.slice();
  for (let at = 0; at < out.length; at += 3) {
    const [r, g, b] = [values[at], values[at + 1], values[at + 2]];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) continue;
    const sixth = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    const hue = (((sixth / 6 + turn) % 1) + 1) % 1;
    // f(n) = value - chroma · max(0, min(k, 4 - k, 1)), k = (n + 6 hue) mod 6, for n = 5, 3, 1
    [5, 3, 1].forEach((n, c) => {
      const k = (n + 6 * hue) % 6;
      out[at + c] = value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    });
  }
  return out;
};

/** Draws the factors and their order: the same for all frames of a clip. */
export const drawColour = (colour: ColourJitter, draws: Draws, channels: number): Shade => {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = colour;
  const factor = (x: number): number => draws.uniform(1 - x, 1 + x);
  const [bright, sharp, rich] = [brightness, contrast, saturation].map(factor);
  const turn = draws.uniform(-hue, hue);
  const steps: ((values: Float32Array) => Float32Array)[] = [];
  if (brightness > 0) steps.push((values) => brightened(values, channels, bright));
  if (contrast > 0) steps.push((values) => contrasted(values, channels, sharp));
  if (saturation > 0 && channels === 3) steps.push((values) => saturated(values, rich));
  if (hue > 0 && channels === 3) steps.push((values) => hueTurned(values, turn));
  for (let i = steps.length - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    [steps[i], steps[j]] = [steps[j], steps[i]];
  }
  return (pixels) => {
    let values = Float32Array.from(pixels);
    for (const step of steps) values = Float32Array.from(step(values));
    return bytesOf(values);
  };
};
