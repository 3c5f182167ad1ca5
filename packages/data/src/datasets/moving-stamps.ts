// Clips of a stamp that moves by a law before a plain ground: the picture is real, the motion simulated.

import type { Stream } from '../poly13/random.ts';
import type { RawVideo } from './dataset.ts';
import { type Sprite, sampleSprite } from './sprite.ts';

export const clipFrames = 4;
export const clipSide = 24;

interface Motion {
  /** Shares of the picture's side, from its middle. */
  readonly x: number;
  readonly y: number;
  /** rad */
  readonly turn: number;
  readonly scale: number;
}

interface Law {
  readonly name: string;
  /** The motion at a time from 0 to 1, for chances drawn once for the clip. */
  readonly make: (stream: Stream) => (time: number) => Motion;
}

const still = { x: 0, y: 0, turn: 0, scale: 1 };

export const motionLaws: readonly Law[] = [
  {
    name: 'bounce',
    make: (stream) => {
      const [phase, beats, x] = [stream.uniform(), stream.uniform(0.8, 1.4), stream.uniform(-0.2, 0.2)];
      return (time) => ({ ...still, x, y: 0.25 - 0.5 * Math.abs(Math.sin(Math.PI * (phase + beats * time))) });
    },
  },
  {
    name: 'glide',
    make: (stream) => {
      const [turn, length] = [stream.uniform(0, 2 * Math.PI), stream.uniform(0.35, 0.6)];
      return (time) => {
        const along = length * (time - 0.5);
        return { ...still, x: along * Math.cos(turn), y: along * Math.sin(turn) };
      };
    },
  },
  {
    name: 'grow or shrink',
    make: (stream) => {
      const rate = (stream.chance(0.5) ? 1 : -1) * stream.uniform(0.5, 0.9);
      const [x, y] = [stream.uniform(-0.15, 0.15), stream.uniform(-0.15, 0.15)];
      return (time) => ({ ...still, x, y, scale: Math.exp(rate * (time - 0.5)) });
    },
  },
  {
    name: 'orbit',
    make: (stream) => {
      const [start, turns] = [stream.uniform(0, 2 * Math.PI), (stream.chance(0.5) ? 1 : -1) * stream.uniform(0.5, 0.9)];
      return (time) => {
        const angle = start + 2 * Math.PI * turns * time;
        return { ...still, x: 0.22 * Math.cos(angle), y: 0.22 * Math.sin(angle) };
      };
    },
  },
  {
    name: 'spin',
    make: (stream) => {
      const turns = (stream.chance(0.5) ? 1 : -1) * stream.uniform(0.25, 0.6);
      const [x, y] = [stream.uniform(-0.15, 0.15), stream.uniform(-0.15, 0.15)];
      return (time) => ({ ...still, x, y, turn: 2 * Math.PI * turns * time });
    },
  },
];

/** Four frames of 24 x 24, with a shaking camera and grain. */
export function movingStamp(sprite: Sprite, law: Law, stream: Stream): RawVideo {
  const motion = law.make(stream);
  const size = stream.uniform(0.4, 0.6);
  const ground = [0, 1, 2].map(() => stream.uniform(0.3, 0.9));
  const tilt = stream.uniform(-0.3, 0.3);
  const pixels = new Uint8Array(clipFrames * clipSide * clipSide * 3);
  const seen = new Float64Array(4);
  const mean = new Float64Array(4);
  const middle = sprite.side / 2;
  let to = 0;
  for (let frame = 0; frame < clipFrames; frame++) {
    const { x, y, turn, scale } = motion(frame / (clipFrames - 1));
    const [shakeX, shakeY] = [0.01 * stream.normal(), 0.01 * stream.normal()];
    const [cos, sin] = [Math.cos(turn + tilt), Math.sin(turn + tilt)];
    const step = sprite.side / (size * scale);
    for (let row = 0; row < clipSide; row++)
      for (let column = 0; column < clipSide; column++) {
        mean.fill(0);
        for (const right of [0.25, 0.75])
          for (const down of [0.25, 0.75]) {
            const u = ((column + right) / clipSide - 0.5 - x - shakeX) * step;
            const v = ((row + down) / clipSide - 0.5 - y - shakeY) * step;
            sampleSprite(sprite, middle + cos * u + sin * v, middle - sin * u + cos * v, seen);
            for (let channel = 0; channel < 4; channel++) mean[channel] += seen[channel] / 4;
          }
        for (let channel = 0; channel < 3; channel++) {
          const value = mean[channel] + (1 - mean[3]) * ground[channel];
          pixels[to++] = Math.min(255, Math.max(0, Math.round(255 * value + 4 * stream.normal())));
        }
      }
  }
  return { pixels, frames: clipFrames, height: clipSide, width: clipSide, channels: 3 };
}
