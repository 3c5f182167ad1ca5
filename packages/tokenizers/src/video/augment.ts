// Clips: the same change in all frames, and another pace.

import type { RawVideo } from '@omnigrad/data';
import { foldKey } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { type ColourJitter, checkColour, drawColour } from '../image/colour.ts';
import { bytesOf, type CropConfig, checkCrop, drawBox, mirrored, resizeBox } from '../shared/crop.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface VideoAugment {
  readonly crop?: CropConfig;
  /** Probability that left and right are exchanged. Off where left and right are the class. */
  readonly flip?: number;
  readonly colour?: ColourJitter;
  /** The pace is drawn from 1 - tempo to 1 + tempo, under 1; frames are the nearest ones, the ends repeated. */
  readonly tempo?: number;
}

export const usualVideoAugment: VideoAugment = { crop: { scale: [0.5, 1] }, flip: 0.5, tempo: 0.25 };

/** Throws ArgumentError for strengths that cannot be. */
export const videoAugment = ({ crop, flip = 0, colour, tempo = 0 }: VideoAugment): Augment<RawVideo> => {
  checkCrop('videoAugment', crop);
  checkStrength('videoAugment', 'flip', flip, [0, 1]);
  checkColour('videoAugment', colour);
  checkStrength('videoAugment', 'tempo', tempo, [0, 0.999]);
  return (raw, key) => {
    const { frames, height, width, channels } = raw;
    const size = height * width * channels;
    const order = framesOf(frames, tempo, new Draws(foldKey(key, 'tempo')));
    const box = crop === undefined ? null : drawBox(new Draws(foldKey(key, 'crop')), height, width, crop);
    const mirror = new Draws(foldKey(key, 'flip')).chance(flip);
    const shade = colour === undefined ? null : drawColour(colour, new Draws(foldKey(key, 'colour')), channels);
    const pixels = new Uint8Array(raw.pixels.length);
    order.forEach((from, to) => {
      let frame: Uint8Array = raw.pixels.subarray(from * size, (from + 1) * size);
      if (box !== null) frame = bytesOf(resizeBox(frame, { height, width, channels }, box));
      if (mirror) frame = mirrored(frame, { height, width, channels });
      if (shade !== null) frame = shade(frame);
      pixels.set(frame, to * size);
    });
    return { ...raw, pixels };
  };
};

/** Which frame is shown at each time. A slower clip shows a part, from anywhere; a faster one rests at its ends. */
const framesOf = (frames: number, tempo: number, draws: Draws): number[] => {
  const pace = draws.uniform(1 - tempo, 1 + tempo);
  const room = Math.max(0, (frames - 1) * (1 - pace)) / 2;
  const middle = (frames - 1) / 2 + draws.uniform(-room, room);
  return Array.from({ length: frames }, (_, i) =>
    Math.min(frames - 1, Math.max(0, Math.round(middle + (i - (frames - 1) / 2) * pace))),
  );
};
