// What goes by in time: a sound, a series of days, and a body that carries an accelerometer and a gyroscope.

import type { RawAudio, RawImu, RawSeries } from '../datasets/dataset.ts';
import type { Appearance } from './latent.ts';
import { laws, type Motion, rateOf } from './motion.ts';

export const sampleRate = 16_000;

/** Partials as multiples of the pitch, the share of noise, how the pitch glides (octaves a second), and the fall of the envelope (1/s). */
const voices = [
  { partials: [1, 2, 3, 4, 5], breath: 0.05, glide: 0, fall: 1 },
  { partials: [1, 3, 5, 7], breath: 0.05, glide: 0, fall: 1 },
  { partials: [1, 2.76, 5.4, 8.93], breath: 0.02, glide: 0, fall: 5 },
  { partials: [1], breath: 0.05, glide: 0, fall: 1 },
  { partials: [1, 1.5, 2, 3], breath: 0.05, glide: 0, fall: 5 },
  { partials: [1, 2], breath: 0.05, glide: 1.2, fall: 1 },
  { partials: [1, 2], breath: 0.05, glide: -1.2, fall: 1 },
  { partials: [1, 1.06, 1.13], breath: 0.3, glide: 0, fall: 3 },
  { partials: [], breath: 1, glide: 0, fall: 8 },
  { partials: [], breath: 1, glide: 0, fall: 1 },
];

/** sin(phase), sin(phase + step), ...: each a product and a difference, by Chebyshev's recurrence. */
class Swing {
  readonly #factor: number;
  #now: number;
  #before: number;

  constructor(phase: number, step: number) {
    this.#factor = 2 * Math.cos(step);
    this.#now = Math.sin(phase);
    this.#before = Math.sin(phase - step);
  }

  next(): number {
    const value = this.#now;
    this.#now = this.#factor * value - this.#before;
    this.#before = value;
    return value;
  }
}

/** One event. `size` lowers the pitch, `pose` is when it begins, `tint` how bright, `speed` the rate of its tremolo, `noise` the hiss. */
export function renderAudio({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawAudio {
  const { partials, breath, glide, fall } = voices[kind];
  const samples = new Float32Array(sampleRate);
  const pitch = 180 * 2 ** (2 * (1 - size) + 0.1 * stream.normal());
  const onset = Math.round(sampleRate * (0.02 + 0.4 * pose));
  const tilt = 1.6 - 1.2 * tint;
  const strengths = partials.map((_, at) => (at + 1) ** -tilt * stream.uniform(0.5, 1));
  const total = strengths.reduce((sum, strength) => sum + strength, 0);
  const phases = partials.map(() => stream.uniform(0, 2 * Math.PI));
  // Above 7 kHz a partial would soon fold back.
  const heard = partials.map((_, at) => at).filter((at) => partials[at] * pitch < 7000);
  const turn = (2 * Math.PI) / sampleRate;
  const swings = heard.map((at) => new Swing(phases[at], turn * partials[at] * pitch));
  const tremolo = new Swing(0, turn * (2 + 10 * speed));
  const depth = stream.uniform(0.1, 0.5);
  const hiss = 0.002 * 40 ** noise;
  const level = stream.uniform(0.25, 0.6);
  const decay = Math.exp((-fall * stream.uniform(0.6, 1.6)) / sampleRate);
  let envelope = 1;
  let dull = 0;
  for (let at = 0; at < sampleRate; at++) {
    const white = stream.normal();
    let value = hiss * white;
    if (at >= onset) {
      const t = (at - onset) / sampleRate;
      const turns = glide === 0 ? 0 : 2 * Math.PI * glidedTurns(pitch, glide, t);
      let tone = 0;
      for (let k = 0; k < heard.length; k++) {
        const voice = heard[k];
        tone += strengths[voice] * (glide === 0 ? swings[k].next() : Math.sin(partials[voice] * turns + phases[voice]));
      }
      // One pole: the brighter, the less it smooths.
      dull += (0.1 + 0.6 * tint) * (white - dull);
      const attack = Math.min(1, t / 0.01);
      const beat = 1 - depth * (0.5 + 0.5 * tremolo.next());
      const sound = (total > 0 ? ((1 - breath) * tone) / total : 0) + 0.7 * breath * dull;
      value += level * attack * beat * envelope * sound;
      envelope *= decay;
    }
    samples[at] = Math.min(1, Math.max(-1, value));
  }
  return { samples, sampleRate };
}

/** Turns since the onset of a tone whose pitch doubles `glide` times a second. */
const glidedTurns = (pitch: number, glide: number, t: number): number =>
  (pitch * (2 ** (glide * t) - 1)) / (glide * Math.LN2);

const periods = [4, 6, 9, 14, 21];

/** Channel 0 has the season of its kind, channel 1 follows it by three days. The first five kinds swing, the others jump. */
export function renderSeries({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawSeries {
  const [steps, horizon, channels] = [56, 7, 2];
  const period = periods[kind % 5] * (1 + 0.06 * stream.normal());
  const dayOfYear = 1 + stream.below(365);
  const [amplitude, level, trend] = [0.6 + 0.9 * size, 10 + 8 * tint, 0.08 * (speed - 0.5)];
  const deviation = 0.15 + 1.1 * noise;
  const gain = stream.uniform(0.5, 1.5);
  let walk = 0;
  const rows = Array.from({ length: steps + horizon }, (_, day) => {
    walk = 0.8 * walk + 0.4 * deviation * stream.normal();
    const year = 1.5 * Math.cos((2 * Math.PI * (dayOfYear + day - steps - 200)) / 365.25);
    const season = (lag: number): number => amplitude * waveOf(kind, (day - lag) / period + pose);
    return [
      level + trend * day + year + season(0) + walk + deviation * stream.normal(),
      0.5 * level + gain * season(3) + deviation * stream.normal(),
    ];
  });
  return {
    history: Float32Array.from(rows.slice(0, steps).flat()),
    future: Float32Array.from(rows.slice(steps).flat()),
    steps,
    horizon,
    channels,
    dayOfYear,
  };
}

/** Of mean 0 over a turn. */
function waveOf(kind: number, turns: number): number {
  const part = turns - Math.floor(turns);
  if (kind < 5) return Math.sin(2 * Math.PI * part);
  return part < 0.3 ? 1.4 : -0.6;
}

/** m/s^2 */
export const gravity = 9.81;
/** Hz */
export const imuRate = 50;

/**
 * What an accelerometer feels (specific force, m/s^2) and a gyroscope sees (rad/s), both in the axes of the body, at time
 * `t` of a motion of places in m, y up, and attitudes roll about z, pitch about x, yaw about y. By central differences.
 */
export function bodyMotion(at: (t: number) => Motion, t: number): [number, number, number, number, number, number] {
  const h = 1e-3;
  const [before, now, after] = [at(t - h), at(t), at(t + h)];
  const second = (k: 0 | 1 | 2): number => (after[k] - 2 * now[k] + before[k]) / (h * h);
  // At rest the support pushes up: acceleration less gravity.
  const force = [second(0), second(1) + gravity, second(2)];
  const m = attitude(now);
  const [p, q] = [attitude(before), attitude(after)];
  // R' dR/dt is the cross product with the rate of turn, in the body's axes.
  const turn = (row: number, column: number): number => {
    let sum = 0;
    for (let k = 0; k < 3; k++) sum += (m[3 * k + row] * (q[3 * k + column] - p[3 * k + column])) / (2 * h);
    return sum;
  };
  const inBody = (axis: number): number => m[axis] * force[0] + m[3 + axis] * force[1] + m[6 + axis] * force[2];
  return [inBody(0), inBody(1), inBody(2), turn(2, 1), turn(0, 2), turn(1, 0)];
}

/** From the body's axes to those of the world: yaw about y, after pitch about x, after roll about z. */
function attitude([, , , roll, pitch, yaw]: Motion): number[] {
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  return [
    cy * cr + sy * sp * sr,
    -cy * sr + sy * sp * cr,
    sy * cp,
    cp * sr,
    cp * cr,
    -sp,
    -sy * cr + cy * sp * sr,
    sy * sr + cy * sp * cr,
    cy * cp,
  ];
}

/**
 * `size` widens the motion, `pose` is how the sensor is strapped on about the vertical, `tint` its error of scale, `speed`
 * the rate, `noise` scales white noise and the random walk of the bias, the two terms of its Allan deviation.
 */
export function renderImu({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawImu {
  const [steps, channels] = [128, 6];
  const amplitude = 0.04 + 0.1 * size;
  const turns = rateOf(speed);
  const start = stream.uniform(0, 2 * Math.PI);
  const mounted = { yaw: 2 * Math.PI * pose, tilt: 0.25 * stream.normal() };
  const [cy, sy] = [Math.cos(mounted.yaw), Math.sin(mounted.yaw)];
  const [ct, st] = [Math.cos(mounted.tilt), Math.sin(mounted.tilt)];
  const wander = [0, 1, 2, 3, 4, 5].map(() => stream.normal());
  const at = (t: number): Motion => {
    const [x, y, z, roll, pitch, yaw] = laws[kind].at(start + 2 * Math.PI * turns * t);
    // Nobody moves by one law alone: a slow drift of place and heading.
    const drift = Math.sin(2.1 * t + wander[3]);
    return [
      amplitude * x + 0.03 * wander[0] * drift,
      amplitude * y + 0.03 * wander[1] * drift,
      amplitude * z + 0.03 * wander[2] * drift,
      roll + 0.1 * wander[4] * drift,
      pitch + 0.1 * wander[5] * drift,
      yaw + 0.1 * wander[0] * drift,
    ];
  };
  const scale = 1 + 0.06 * (tint - 0.5);
  const white = [0.08, 0.02].map((least) => least * (1 + 14 * noise));
  const bias = Float64Array.from({ length: channels }, (_, channel) => (channel < 3 ? 0.15 : 0.03) * stream.normal());
  const window = new Float32Array(steps * channels);
  for (let step = 0; step < steps; step++) {
    const felt = bodyMotion(at, step / imuRate);
    for (const first of [0, 3]) {
      const [x, y, z] = [felt[first], felt[first + 1], felt[first + 2]];
      const [u, w] = [cy * x + sy * z, -sy * x + cy * z];
      const mountedAxes = [u, ct * y - st * w, st * y + ct * w];
      for (let axis = 0; axis < 3; axis++) {
        const channel = first + axis;
        const density = white[first === 0 ? 0 : 1];
        bias[channel] += 0.05 * density * stream.normal();
        window[step * channels + channel] = scale * mountedAxes[axis] + bias[channel] + density * stream.normal();
      }
    }
  }
  return { window, steps, channels };
}
