// What cameras see of a solid: a shaded picture, a clip, a depth map, an X-ray and heat.

import type { RawDepth, RawImage, RawPlane, RawVideo } from '../datasets/dataset.ts';
import type { Appearance } from './latent.ts';
import { laws, rateOf } from './motion.ts';
import type { Stream } from './random.ts';
import { type Placement, rayThrough, Scene } from './scene.ts';
import { solids } from './solids.ts';

/** Where a camera finds the solid: the size and the pose are factors, the rest is chance. */
function placementOf({ size, pose, stream }: Appearance, distance: number): Placement {
  return {
    yaw: 2 * Math.PI * pose,
    elevation: stream.uniform(0.15, 0.75),
    roll: stream.uniform(-0.15, 0.15),
    scale: (0.22 + 0.16 * size) * distance,
    x: stream.uniform(-0.12, 0.12) * distance,
    y: stream.uniform(-0.12, 0.12) * distance,
    z: distance,
  };
}

/** Moments of a shutter and places inside a pixel, taken together: the picture is smoothed and the moving solid smeared. */
const samples = [
  [0.25, 0.25, -0.75],
  [0.75, 0.5, -0.25],
  [0.25, 0.75, 0.25],
  [0.75, 0.1, 0.75],
] as const;

const toByte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

interface Lit {
  readonly light: readonly [number, number, number];
  readonly ambient: number;
}

/** From above, before and one side. */
function lightOf(stream: Stream): Lit {
  const [x, y, z] = [stream.uniform(-0.7, 0.7), stream.uniform(-1, -0.4), stream.uniform(-0.9, -0.4)];
  const length = Math.sqrt(x * x + y * y + z * z);
  return { light: [x / length, y / length, z / length], ambient: stream.uniform(0.3, 0.5) };
}

/** Lambert: ambient, and the cosine to the light. */
const shade = ({ nx, ny, nz }: Scene, { light, ambient }: Lit): number =>
  ambient + (1 - ambient) * Math.max(0, nx * light[0] + ny * light[1] + nz * light[2]);

/** `tint` is the albedo, `speed` smears along the row, `noise` is grain. */
export function renderImage(appearance: Appearance): RawImage {
  const { kind, tint, speed, noise, stream } = appearance;
  const side = 28;
  const scene = new Scene(solids[kind], placementOf(appearance, 1));
  const lit = lightOf(stream);
  const albedo = 0.5 + 0.5 * tint;
  const [wall, slopeX, slopeY] = [stream.uniform(0, 0.25), stream.uniform(-0.15, 0.15), stream.uniform(-0.15, 0.15)];
  const smear = (stream.chance(0.5) ? 1 : -1) * 0.08 * speed;
  const pixels = new Uint8Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const behind = Math.max(0, wall + slopeX * (column / side - 0.5) + slopeY * (row / side - 0.5));
      let sum = 0;
      for (const [right, down, moment] of samples) {
        const [dx, dy, dz] = rayThrough(column + right, row + down, side, side, side);
        sum += scene.look(dx, dy, dz, smear * moment) ? albedo * shade(scene, lit) : behind;
      }
      pixels[row * side + column] = toByte((255 * sum) / samples.length + (3 + 20 * noise) * stream.normal());
    }
  return { pixels, height: side, width: side, channels: 1 };
}

/** The solid moves by the law of its kind. `tint` is the hue, `speed` the rate, `noise` grain. A frame every 0.2 s. */
export function renderVideo(appearance: Appearance): RawVideo {
  const { kind, tint, speed, noise, stream } = appearance;
  const [frames, side] = [4, 16];
  const place = placementOf(appearance, 1);
  const lit = lightOf(stream);
  const colour = [0, 1, 2].map((channel) => 0.55 + 0.45 * Math.cos(2 * Math.PI * (tint - channel / 3)));
  const wall = [0, 1, 2].map(() => stream.uniform(0.05, 0.35));
  const start = stream.uniform(0, 2 * Math.PI);
  const pixels = new Uint8Array(frames * side * side * 3);
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    const [x, y, z, roll, pitch, yaw] = laws[kind].at(start + 2 * Math.PI * rateOf(speed) * 0.2 * frame);
    const scene = new Scene(solids[kind], {
      ...place,
      x: place.x + 0.16 * x,
      y: place.y - 0.16 * y,
      z: place.z + 0.25 * z,
      yaw: place.yaw + yaw,
      roll: place.roll + roll,
      elevation: place.elevation + pitch,
    });
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        let bright = 0;
        let seen = 0;
        for (const [right, down] of samples) {
          const [dx, dy, dz] = rayThrough(column + right, row + down, side, side, side);
          if (!scene.look(dx, dy, dz)) continue;
          seen += 1 / samples.length;
          bright += shade(scene, lit) / samples.length;
        }
        for (let channel = 0; channel < 3; channel++) {
          const value = colour[channel] * bright + wall[channel] * (1 - seen);
          pixels[at++] = toByte(255 * value + (3 + 22 * noise) * stream.normal());
        }
      }
  }
  return { pixels, frames, height: side, width: side, channels: 3 };
}

/** Deviation of a Kinect's depth, m (Nguyen, Izadi and Lovell 2012). */
export const kinectDeviation = (z: number): number => 0.0012 + 0.0019 * (z - 0.4) ** 2;

/** Focal length of the whole Kinect picture, pixels, whose disparities come in eighths of a pixel (Khoshelham and Elberink 2012). */
const kinectFocal = 580;
const kinectBaseline = 0.075;

/** The depth that the nearest step of disparity stands for. */
export function quantised(z: number): number {
  const steps = Math.max(1, Math.round((8 * kinectBaseline * kinectFocal) / z));
  return (8 * kinectBaseline * kinectFocal) / steps;
}

/** A wall behind the scene: z at the middle of the picture, and how it leans for each m to the right and down. */
export interface Wall {
  readonly z: number;
  readonly leanX: number;
  readonly leanY: number;
}

/** Where a ray meets the wall, m along the optical axis. */
export const wallDepth = ({ z, leanX, leanY }: Wall, dx: number, dy: number, dz: number): number =>
  z / (1 - (leanX * dx + leanY * dy) / dz);

/** Dark matter (`tint`) answers the projector weakly, `speed` shears through the rolling shutter, `noise` scales Kinect's own. */
export function renderDepth(appearance: Appearance): RawDepth {
  const { kind, tint, speed, noise, stream } = appearance;
  const side = 32;
  const focal = 32;
  const distance = stream.uniform(0.9, 1.6);
  const scene = new Scene(solids[kind], placementOf(appearance, distance));
  const wall = {
    z: distance + stream.uniform(0.6, 1.2),
    leanX: stream.uniform(-0.3, 0.3),
    leanY: stream.uniform(-0.3, 0.3),
  };
  const shear = (stream.chance(0.5) ? 0.15 : -0.15) * speed * distance;
  const exact = new Float64Array(side * side);
  const facing = new Float64Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      const [dx, dy, dz] = rayThrough(column + 0.5, row + 0.5, side, side, focal);
      const behind = wallDepth(wall, dx, dy, dz);
      const meets = scene.look(dx, dy, dz, shear * (row / side - 0.5)) && scene.distance * dz < behind;
      exact[at] = meets ? scene.distance * dz : behind;
      facing[at] = meets ? -(scene.nx * dx + scene.ny * dy + scene.nz * dz) : 1;
    }
  const dark = 0.15 * (1 - tint);
  const depth = new Float32Array(side * side);
  for (let at = 0; at < depth.length; at++) {
    const z = exact[at];
    // To the right of an edge the projector's light is hidden from the camera.
    const isShadow = at % side > 0 && z - exact[at - 1] > 0.1;
    const lost = isShadow ? 0.7 : facing[at] < 0.25 ? 0.7 : facing[at] < 1 ? dark : 0.01;
    const noisy = z + kinectDeviation(z) * (1 + 9 * noise) * stream.normal();
    depth[at] = stream.chance(lost) ? 0 : quantised(noisy);
  }
  return { depth, height: side, width: side, focalLength: focal, baseline: kinectBaseline };
}

/** Beer and Lambert: what a path of `metres` lets through, for a coefficient in 1/m. */
export const transmitted = (metres: number, attenuation: number): number => Math.exp(-attenuation * metres);

/** `tint` is the matter, `speed` smears during the exposure, `noise` is a weak source: fewer photons. */
export function renderXray(appearance: Appearance): RawPlane {
  const { kind, tint, speed, noise, stream } = appearance;
  const side = 32;
  const distance = 0.3;
  const scene = new Scene(solids[kind], placementOf(appearance, distance));
  const attenuation = 6 + 14 * tint;
  // Lies in the beam and over the solid: a plate that is thicker on one side, of the stuff of couches.
  const [plate, wedgeX, wedgeY] = [stream.uniform(0, 0.04), stream.uniform(-0.05, 0.05), stream.uniform(-0.05, 0.05)];
  const smear = 0.04 * speed * distance;
  const photons = 80 + 1500 * (1 - noise) ** 2;
  const values = new Uint16Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const couch = Math.max(0, plate + wedgeX * (column / side - 0.5) + wedgeY * (row / side - 0.5));
      let through = 0;
      for (const [right, down, moment] of samples) {
        const [dx, dy, dz] = rayThrough(column + right, row + down, side, side, side);
        through += transmitted(scene.thickness(dx, dy, dz, 0, smear * moment), attenuation) / samples.length;
      }
      const expected = photons * through * transmitted(couch, 10);
      // A count of photons, as a normal one of the same mean and variance.
      const counted = Math.max(0, expected + Math.sqrt(expected) * stream.normal());
      values[row * side + column] = Math.min(65_535, Math.round((openBeam * counted) / photons));
    }
  // As on film: what stops the rays is white.
  return { values, height: side, width: side, black: openBeam, white: 0 };
}

const openBeam = 50_000;

// 2 h c^2 (W m^2 / sr) and h c / k (m K), of the exact constants of the SI.
const firstRadiation = 1.191042972e-16;
const secondRadiation = 0.01438776877;

/** Simpson's rule over 24 intervals from 8 to 14 um: the weight of each wavelength in the integral, and hc / (k wavelength), K. */
const nodes = Array.from({ length: 25 }, (_, i) => {
  const wavelength = 8e-6 + i * 0.25e-6;
  const share = i === 0 || i === 24 ? 1 : i % 2 === 1 ? 4 : 2;
  return { weight: (share * 0.25e-6 * firstRadiation) / (3 * wavelength ** 5), kelvin: secondRadiation / wavelength };
});

/** Radiance of a black body from 8 to 14 um by Planck's law, W / (m^2 sr). */
export function bandRadiance(kelvin: number): number {
  let sum = 0;
  for (const node of nodes) sum += node.weight / (Math.exp(node.kelvin / kelvin) - 1);
  return sum;
}

/** Emitted and reflected, by Kirchhoff. */
export const apparentRadiance = (kelvin: number, emissivity: number, surroundings: number): number =>
  emissivity * bandRadiance(kelvin) + (1 - emissivity) * bandRadiance(surroundings);

/** K: noise of a microbolometer, as a difference of temperature. */
const netd = 0.05;

/** `tint` is the emissivity, `speed` warms by friction, `noise` is how badly columns are corrected. Radiance, W / (m^2 sr). */
export function renderInfrared(appearance: Appearance): RawPlane {
  const { kind, tint, speed, noise, stream } = appearance;
  const side = 32;
  const scene = new Scene(solids[kind], placementOf(appearance, 1));
  const surroundings = stream.uniform(288, 293);
  const [acrossX, acrossY] = [stream.uniform(-1.5, 1.5), stream.uniform(-1.5, 1.5)];
  const wall = stream.uniform(291, 295);
  const warm = wall + 1 + 7 * speed;
  const emissivity = 0.7 + 0.28 * tint;
  const perKelvin = bandRadiance(300.5) - bandRadiance(299.5);
  const exact = new Float64Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [dx, dy, dz] = rayThrough(column + 0.5, row + 0.5, side, side, side);
      if (!scene.look(dx, dy, dz)) {
        const kelvin = wall + acrossX * (column / side - 0.5) + acrossY * (row / side - 0.5);
        exact[row * side + column] = apparentRadiance(kelvin, 0.93, surroundings);
        continue;
      }
      // At grazing angles a surface emits less and mirrors more.
      const grazing = 1 + scene.nx * dx + scene.ny * dy + scene.nz * dz;
      const kelvin = warm + 1.5 * scene.height;
      exact[row * side + column] = apparentRadiance(kelvin, emissivity * (1 - 0.7 * grazing ** 5), surroundings);
    }
  const values = new Float32Array(side * side);
  const stripes = Float64Array.from({ length: side }, () => (0.05 + 0.7 * noise) * stream.normal());
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const blurred = blurredAt(exact, side, row, column);
      values[row * side + column] = blurred + perKelvin * (stripes[column] + netd * (1 + 9 * noise) * stream.normal());
    }
  return { values, height: side, width: side, black: bandRadiance(285), white: bandRadiance(307) };
}

/** Weights 1 2 1 both ways; the edge is repeated. */
function blurredAt(plane: Float64Array, side: number, row: number, column: number): number {
  let sum = 0;
  for (let down = -1; down <= 1; down++)
    for (let right = -1; right <= 1; right++) {
      const y = Math.min(side - 1, Math.max(0, row + down));
      const x = Math.min(side - 1, Math.max(0, column + right));
      sum += ((2 - Math.abs(down)) * (2 - Math.abs(right)) * plane[y * side + x]) / 16;
    }
  return sum;
}
