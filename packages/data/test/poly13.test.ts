// Poly-13: determinism, pairs, both ends of rho, and the physics by hand.

import { describe, expect, it } from 'vitest';
import {
  factorNames,
  firstTestIndex,
  hashText,
  latentOf,
  type Modality,
  modalities,
  type Poly13,
  poly13,
  type Split,
  semanticsOf,
} from '../src/index.ts';
import {
  apparentRadiance,
  bandRadiance,
  kinectDeviation,
  quantised,
  transmitted,
  wallDepth,
} from '../src/poly13/cameras.ts';
import { laws, type Motion } from '../src/poly13/motion.ts';
import { surfacePoints } from '../src/poly13/points.ts';
import { streamOf } from '../src/poly13/random.ts';
import { rayThrough, rotation, Scene } from '../src/poly13/scene.ts';
import { bodyMotion, gravity } from '../src/poly13/signals.ts';
import { Chords, measure, reach, type Solid, solids } from '../src/poly13/solids.ts';
import { abundancesOf, endMembers, memberPairs, wavelengths } from '../src/poly13/spectra.ts';
import { errorOf } from './fixtures.ts';

const options = { seed: 7, rho: 1, trainCount: 200, testCount: 100 };
const shared = poly13(options);
const permuted = poly13({ ...options, rho: 0 });

const inputs = (split: Split<unknown>, count: number): unknown[] =>
  Array.from({ length: count }, (_, row) => split.get(row).input);
const digest = (sets: Poly13, modality: Modality, count = 1): number =>
  hashText(JSON.stringify([inputs(sets[modality].train, count), inputs(sets[modality].test, count)]));
const solid = (name: string): Solid => {
  const found = solids.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('samples', () => {
  it('are a function of the seed, the index and the modality alone', () => {
    const longer = poly13({ ...options, trainCount: 5000 });
    const other = poly13({ ...options, seed: 8 });
    for (const modality of modalities) {
      // Asked for in another order, too.
      longer[modality].train.get(4000).input;
      expect(digest(longer, modality), modality).toBe(digest(shared, modality));
      expect(digest(other, modality), modality).not.toBe(digest(shared, modality));
      expect(JSON.stringify(inputs(shared[modality].train, 1)), modality).not.toBe(
        JSON.stringify(inputs(shared[modality].test, 1)),
      );
    }
  });

  it('have the sizes that the tokenizers take by default, and only numbers', () => {
    for (let row = 0; row < 8; row++) {
      const image = shared.image.train.get(row).input;
      expect([image.height, image.width, image.channels, image.pixels.length]).toEqual([28, 28, 1, 784]);
      const video = shared.video.train.get(row).input;
      expect([video.frames, video.height, video.width, video.channels, video.pixels.length]).toEqual([
        4, 16, 16, 3, 3072,
      ]);
      const depth = shared.depth.train.get(row).input;
      expect([depth.height, depth.width, depth.depth.length, depth.focalLength, depth.baseline]).toEqual([
        32, 32, 1024, 32, 0.075,
      ]);
      expect(depth.depth.every((z) => z === 0 || (z > 0.3 && z < 8))).toBe(true);
      for (const { height, width, values, black, white } of [
        shared.xray.train.get(row).input,
        shared.infrared.train.get(row).input,
      ]) {
        expect([height, width, values.length]).toEqual([32, 32, 1024]);
        const outside = values.filter(
          (value) => value < Math.min(black, white) || value > 1.3 * Math.max(black, white),
        );
        expect(outside.length).toBeLessThan(10);
      }
      const cube = shared.hyperspectral.train.get(row).input;
      expect([cube.height, cube.width, cube.bands, cube.values.length]).toEqual([3, 3, 32, 288]);
      expect(cube.values.every((value) => value >= 0 && value < 1.5)).toBe(true);
      const points = shared.pointcloud.train.get(row).input;
      expect([points.count, points.positions.length]).toEqual([256, 768]);
      expect(points.positions.every((value) => Math.abs(value) < 2)).toBe(true);
      const series = shared.timeseries.train.get(row).input;
      expect([series.history.length, series.future.length]).toEqual([56 * 2, 7 * 2]);
      expect([...series.history, ...series.future].every(Number.isFinite)).toBe(true);
      expect(series.dayOfYear).toBeGreaterThanOrEqual(1);
      const imu = shared.imu.train.get(row).input;
      expect([imu.steps, imu.channels, imu.window.length]).toEqual([128, 6, 768]);
      expect(imu.window.every((value) => Math.abs(value) < 160)).toBe(true);
      const audio = shared.audio.train.get(row).input;
      expect([audio.samples.length, audio.sampleRate]).toEqual([16_000, 16_000]);
      expect(audio.samples.every((value) => Math.abs(value) <= 1)).toBe(true);
      const table = shared.tabular.train.get(row).input;
      expect(table.values.length).toBe(shared.tabular.columns.length);
      expect(shared.text.train.get(row).input.text).toMatch(/^[a-z, ]+\.$/);
    }
  });

  it('are graphs that the tokenizer holds', () => {
    for (let row = 0; row < 200; row++) {
      const { nodes, edges, nodeFeatures } = shared.graph.train.get(row).input;
      expect(nodes).toBeGreaterThanOrEqual(8);
      expect(nodes).toBeLessThanOrEqual(24);
      expect(edges.length / 2).toBeLessThanOrEqual(32);
      expect(edges.every((node) => node >= 0 && node < nodes)).toBe(true);
      for (let node = 0; node < nodes; node++) expect([0, 1, 2, 3]).toContain(nodeFeatures[2 * node + 1]);
      const keys = Array.from({ length: edges.length / 2 }, (_, at) =>
        [edges[2 * at], edges[2 * at + 1]].sort((a, b) => a - b).join(),
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('have statistics of the train split', () => {
    expect(shared.imu.rawChannels.map(({ name }) => name)).toEqual([
      'force x',
      'force y',
      'force z',
      'turn x',
      'turn y',
      'turn z',
    ]);
    expect(shared.imu.rawChannels[1].mean).toBeCloseTo(gravity, -1);
    expect(shared.imu.channels[4].mean).toBeCloseTo(0, 4);
    expect(shared.timeseries.channels).toHaveLength(2);
    expect(shared.tabular.columns.filter(({ kind }) => kind === 'categorical')).toHaveLength(3);
  });
});

describe('labels and latents', () => {
  it('are the same in every modality and at every rho, and balanced', () => {
    const labels = Array.from({ length: 200 }, (_, row) => shared.image.train.get(row).label);
    for (const sets of [shared, permuted])
      for (const modality of modalities) {
        expect(
          labels.map((_, row) => sets[modality].train.get(row).label),
          modality,
        ).toEqual(labels);
        expect(sets[modality].classes).toEqual(solids.map(({ name }) => name));
      }
    for (let block = 0; block < 200; block += 10)
      expect(labels.slice(block, block + 10).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Whole numbers alone decide: the same on every machine.
    expect(labels.slice(0, 10)).toEqual([7, 0, 3, 9, 6, 4, 1, 8, 5, 2]);
    const test = Array.from({ length: 10 }, (_, row) => shared.image.test.get(row).label);
    expect(test.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(latentOf(7, firstTestIndex + 3).label).toBe(shared.audio.test.get(3).label);
  });

  it('are spread evenly', () => {
    const latents = Array.from({ length: 1000 }, (_, row) => latentOf(7, row));
    for (const factor of factorNames) {
      const values = latents.map(({ factors }) => factors[factor]);
      expect(values.every((value) => value > 0 && value < 1)).toBe(true);
      expect(values.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
    }
  });
});

describe('rho', () => {
  const identity = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it('1 gives all modalities one meaning', () => {
    for (const modality of modalities) {
      const { kinds, roles } = semanticsOf(7, 1, modality);
      expect(kinds).toEqual(identity);
      expect(Object.values(roles)).toEqual([...factorNames]);
    }
  });

  it('0 gives each its own, a permutation that leaves nothing in place', () => {
    const all = modalities.map((modality) => semanticsOf(7, 0, modality));
    for (const { kinds, roles } of all) {
      expect([...kinds].sort()).toEqual(identity);
      expect(kinds.filter((kind, label) => kind === label)).toEqual([]);
      expect(Object.values(roles).sort()).toEqual([...factorNames].sort());
      expect(factorNames.filter((name) => roles[name] === name)).toEqual([]);
    }
    expect(new Set(all.map(({ kinds }) => kinds.join())).size).toBe(modalities.length);
    // Two modalities agree on a class as often as chance has it: about one in nine.
    let agree = 0;
    for (const a of all)
      for (const b of all) if (a !== b) agree += a.kinds.filter((kind, label) => kind === b.kinds[label]).length / 10;
    expect(agree / (13 * 12)).toBeLessThan(0.2);
  });

  it('moves a part of the classes in between, the same ones further on', () => {
    const moved = (rho: number): number[] =>
      semanticsOf(7, rho, 'audio').kinds.flatMap((kind, label) => (kind === label ? [] : [label]));
    expect([1, 0.95, 0.8, 0.5, 0.2, 0].map((rho) => moved(rho).length)).toEqual([0, 0, 2, 5, 8, 10]);
    for (const label of moved(0.8)) expect(moved(0.5)).toContain(label);
  });

  it('shows in what samples say of each other', () => {
    // Where the text tells the facing and the table holds it.
    const agreement = (sets: Poly13): number => {
      let both = 0;
      let same = 0;
      const column = sets.tabular.columns.findIndex(({ name }) => name === 'facing');
      for (let row = 0; row < 200; row++) {
        const told = /facing (east|north|south|west)\b/.exec(sets.text.train.get(row).input.text)?.[1];
        const held = sets.tabular.train.get(row).input.values[column];
        if (told === undefined || held === null) continue;
        both++;
        same += told === held ? 1 : 0;
      }
      expect(both).toBeGreaterThan(120);
      return same / both;
    };
    expect(agreement(shared)).toBe(1);
    expect(agreement(permuted)).toBeLessThan(0.5);
  });

  it('and the seed and the counts are in the fingerprint', () => {
    const prints = [
      shared,
      permuted,
      poly13({ ...options, seed: 8 }),
      poly13({ ...options, rho: 0.5 }),
      poly13({ ...options, testCount: 101 }),
    ].flatMap((sets) => modalities.map((modality) => sets[modality].fingerprint));
    expect(new Set(prints).size).toBe(5 * modalities.length);
    expect(poly13(options).image.fingerprint).toBe(shared.image.fingerprint);
  });

  it('is refused outside 0 to 1', () => {
    expect(errorOf(() => poly13({ ...options, rho: 1.5 })).message).toBe(
      'poly13: rho: expected a number from 0 to 1, got 1.5; fix: choose another rho',
    );
    expect(errorOf(() => poly13({ ...options, rho: Number.NaN })).code).toBe('out-of-range');
    expect(errorOf(() => poly13({ ...options, seed: -1 })).message).toBe(
      'poly13: seed: expected a whole number from 0 to 2^32 - 1, got -1; fix: choose another seed',
    );
    expect(errorOf(() => poly13({ ...options, trainCount: 0 })).message).toBe(
      'poly13: trainCount: expected a whole number from 1 to 2^30, got 0; fix: choose another trainCount',
    );
    expect(errorOf(() => shared.depth.test.get(100)).message).toBe(
      'poly13: split "test": expected an index from 0 to 99, got 100; fix: ask for a row that exists',
    );
  });
});

describe('geometry', () => {
  it('has the volumes and the sides of the books', () => {
    expect(measure(solid('cube')).volume).toBeCloseTo(1.2 ** 3, 6);
    expect(measure(solid('ball')).volume).toBeCloseTo((4 / 3) * Math.PI * 0.75 ** 3, 2);
    expect(measure(solid('cone')).volume).toBeCloseTo((Math.PI * 0.75 ** 2 * 1.6) / 3, 2);
    // The ring lies across the lines, the hole takes a part of the cylinder away.
    expect(measure(solid('ring')).volume).toBeCloseTo(Math.PI * (0.85 ** 2 - 0.5 ** 2) * 0.44, 2);
    expect(measure(solid('rod')).extent.map((side) => Math.round(100 * side) / 100)).toEqual([0.54, 0.54, 1.9]);
  });

  it('finds runs in order, holes left out, with normals that point out', () => {
    const chords = new Chords();
    expect(chords.cast(solid('ring'), 0, -5, 0, 0, 1, 0)).toBe(0);
    expect(chords.cast(solid('ring'), -5, 0, 0, 1, 0, 0)).toBe(2);
    expect([...chords.ends.subarray(0, 4)].map((t) => Math.round(1000 * t) / 1000)).toEqual([4.15, 4.5, 5.5, 5.85]);
    expect([0, 3, 6, 9].map((at) => Math.round(chords.normals[at]))).toEqual([-1, 1, -1, 1]);
    // A cup has a floor and no lid.
    expect(chords.length(solid('cup'), 0, 0, 5, 0, 0, -1)).toBeCloseTo(0.16, 12);
  });

  it('is no different from another side, and within reach', () => {
    const stream = streamOf(3, 0, 'lines');
    const chords = new Chords();
    for (const one of solids)
      for (let line = 0; line < 200; line++) {
        const o = [stream.uniform(-1, 1), stream.uniform(-1, 1), stream.uniform(-1, 1)] as const;
        const [x, y, z] = [stream.normal(), stream.normal(), stream.normal()];
        const n = Math.hypot(x, y, z);
        const there = chords.length(one, ...o, x / n, y / n, z / n);
        const back = chords.length(one, ...o, -x / n, -y / n, -z / n);
        expect(back).toBeCloseTo(there, 9);
        expect(there).toBeLessThanOrEqual(2 * reach);
        const runs = chords.cast(one, ...o, x / n, y / n, z / n);
        for (let end = 0; end < 2 * runs; end++) {
          const at = [0, 1, 2].map((axis) => o[axis] + (chords.ends[end] * [x, y, z][axis]) / n);
          expect(Math.hypot(...at)).toBeLessThan(reach);
          const along = ([x, y, z] as const).reduce(
            (sum, d, axis) => sum + (d / n) * chords.normals[3 * end + axis],
            0,
          );
          expect(end % 2 === 0 ? along <= 1e-9 : along >= -1e-9).toBe(true);
        }
      }
  });

  it('spreads points evenly over the surface', () => {
    const ball = surfacePoints(solid('ball'), 500, streamOf(1, 0, 'points'));
    for (let point = 0; point < 500; point++)
      expect(Math.hypot(...ball.subarray(3 * point, 3 * point + 3))).toBeCloseTo(0.75, 9);
    const cube = surfacePoints(solid('cube'), 6000, streamOf(1, 1, 'points'));
    for (const axis of [0, 1, 2])
      for (const side of [-0.6, 0.6]) {
        let on = 0;
        for (let point = 0; point < 6000; point++) on += Math.abs(cube[3 * point + axis] - side) < 1e-9 ? 1 : 0;
        expect(Math.abs(on - 1000)).toBeLessThan(130);
      }
  });

  it('turns without stretching', () => {
    const m = rotation({ yaw: 0.7, elevation: 0.4, roll: -0.3 });
    for (const a of [0, 1, 2])
      for (const b of [0, 1, 2])
        expect(m[3 * a] * m[3 * b] + m[3 * a + 1] * m[3 * b + 1] + m[3 * a + 2] * m[3 * b + 2]).toBeCloseTo(
          a === b ? 1 : 0,
          12,
        );
    // Upright before the camera, whose y points down.
    expect(rotation({ yaw: 0, elevation: 0, roll: 0 })[5]).toBe(-1);
  });
});

describe('physics', () => {
  const straight = { yaw: 0, elevation: 0, roll: 0, x: 0, y: 0 };

  it('weakens rays by Beer and Lambert', () => {
    const slab = new Scene(solid('cube'), { ...straight, scale: 0.1, z: 0.5 });
    // A cube of 0.12 m.
    expect(slab.thickness(0, 0, 1)).toBeCloseTo(0.12, 12);
    expect(transmitted(slab.thickness(0, 0, 1), 20)).toBeCloseTo(Math.exp(-2.4), 12);
    expect(slab.thickness(...rayThrough(0.5, 0.5, 32, 32, 32))).toBe(0);
  });

  it('sees the front of a ball, and a wall behind', () => {
    const ball = new Scene(solid('ball'), { ...straight, scale: 0.2, z: 1 });
    expect(ball.look(0, 0, 1)).toBe(true);
    expect(ball.distance).toBeCloseTo(1 - 0.15, 12);
    expect([ball.nx, ball.ny, ball.nz].map((n) => Math.round(1e9 * n) / 1e9 + 0)).toEqual([0, 0, -1]);
    expect(ball.look(0, 0, 1, 0.5)).toBe(false);
    for (const [column, row] of [
      [0, 0],
      [16, 16],
      [31, 7],
    ]) {
      const ray = rayThrough(column, row, 32, 32, 32);
      expect(wallDepth({ z: 2, leanX: 0, leanY: 0 }, ...ray)).toBe(2);
      const [dx, dy, dz] = ray;
      const z = wallDepth({ z: 2, leanX: 0.3, leanY: -0.2 }, ...ray);
      expect(z).toBeCloseTo(2 + 0.3 * ((dx / dz) * z) - 0.2 * ((dy / dz) * z), 9);
    }
  });

  it('measures depth as a Kinect does', () => {
    expect(kinectDeviation(0.4)).toBe(0.0012);
    expect(kinectDeviation(2.4)).toBeCloseTo(0.0012 + 0.0019 * 4, 12);
    // 348 eighths of a pixel at 1 m: the next depth is 1/347 m farther.
    expect(quantised(1)).toBe(1);
    expect(quantised(1.001)).toBe(1);
    expect(quantised(1.0025)).toBeCloseTo(348 / 347, 12);
  });

  it('glows by Planck', () => {
    // Of sigma T^4 / pi = 146.2 at 300 K, 37.6 % is from 8 to 14 um.
    expect(bandRadiance(300)).toBeCloseTo(0.376 * 146.2, 0);
    for (let kelvin = 251; kelvin < 350; kelvin++)
      expect(bandRadiance(kelvin)).toBeGreaterThan(bandRadiance(kelvin - 1));
    // In equilibrium nothing can be seen, whatever the matter.
    expect(apparentRadiance(295, 0.3, 295)).toBeCloseTo(bandRadiance(295), 9);
    expect(apparentRadiance(310, 0.3, 290)).toBeLessThan(apparentRadiance(310, 0.9, 290));
  });

  it('feels 9.81 at rest, 0 in free fall, and turns', () => {
    const still = (): Motion => [1, 2, 3, 0.3, -0.2, 0.5];
    const rest = bodyMotion(still, 0.4);
    expect(Math.hypot(rest[0], rest[1], rest[2])).toBeCloseTo(gravity, 6);
    expect(rest.slice(3).map((rate) => Math.round(rate) + 0)).toEqual([0, 0, 0]);
    const fall = bodyMotion((t) => [0, -0.5 * gravity * t * t, 0, 0, 0, 0], 0.4);
    expect(Math.hypot(fall[0], fall[1], fall[2])).toBeCloseTo(0, 5);
    const spin = bodyMotion((t) => laws[0].at(2 * t), 0.4);
    expect(spin.map((value) => Math.round(1e4 * value) / 1e4 + 0)).toEqual([0, gravity, 0, 0, 2, 0]);
    // w^2 r towards the centre, beside gravity.
    const circle = bodyMotion((t) => laws[3].at(2 * t), 0);
    expect(circle[0]).toBeCloseTo(-4, 4);
  });

  it('mixes spectra by shares that sum to 1', () => {
    expect(memberPairs).toHaveLength(10);
    for (let kind = 0; kind < 10; kind++) {
      const shares = Array.from({ length: 100 }, (_, at) => abundancesOf(kind, streamOf(at, kind, 'shares')));
      for (const pixel of shares) {
        expect(pixel.every((share) => share >= 0)).toBe(true);
        expect(pixel.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      }
      const mean = memberPairs[kind].map((member) => shares.reduce((sum, pixel) => sum + pixel[member], 0) / 100);
      // 2.5 of 6.05 each.
      for (const share of mean) expect(share).toBeCloseTo(2.5 / 6.05, 1);
    }
    for (const { at, name } of endMembers)
      for (const nm of wavelengths)
        for (const tint of [0, 0.5, 1]) {
          expect(at(nm, tint), `${name} ${nm}`).toBeGreaterThanOrEqual(0);
          expect(at(nm, tint), `${name} ${nm}`).toBeLessThan(1);
        }
    // The red edge of leaves.
    expect(endMembers[0].at(800, 0.5)).toBeGreaterThan(4 * endMembers[0].at(670, 0.5));
  });
});
