// Sets of `omnigrad data fetch`, converted from small packages of the same layout: values against geometry and formulas,
// splits, determinism, and one line for what is wrong. The real ones are run by hand: by-hand/fetched-baselines.ts.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareCranium } from '../src/datasets/cranium.ts';
import { depthBaseline, depthFocal, depthSide, depthView } from '../src/datasets/mesh-depth.ts';
import { motionLaws, movingStamp } from '../src/datasets/moving-stamps.ts';
import type { Preparation } from '../src/datasets/prepared.ts';
import { type AttenuationVolume, radiograph, shrink } from '../src/datasets/radiographs.ts';
import { spriteOf } from '../src/datasets/sprite.ts';
import { DataError } from '../src/errors.ts';
import {
  craniumPreparation,
  type Dataset,
  fashionPreparation,
  footballPreparation,
  furniturePreparation,
  landsatPreparation,
  loadCranium,
  loadFashionMnist,
  loadFootball,
  loadFurnitureDepth,
  loadFurniturePoints,
  loadLandsat,
  loadMixedSpectra,
  loadMolecules,
  loadMovingStamps,
  loadStamps,
  type Mesh,
  mixedSpectraPreparation,
  moleculesPreparation,
  ridgeBaseline,
  type Split,
  stampsPreparation,
} from '../src/index.ts';
import { Stream } from '../src/poly13/random.ts';
import {
  craniumPackage,
  fashionPackage,
  footballPackage,
  furnitureItems,
  furniturePackage,
  landsatPackage,
  moleculesPackage,
  spectraPackage,
  stampsPackage,
} from './fetched-fixtures.ts';
import { errorOf, makeDirectory, rejectionOf } from './fixtures.ts';

const made: (() => void)[] = [];
afterAll(() => {
  for (const remove of made) remove();
});

const folderOf = (files: Readonly<Record<string, string | Uint8Array>>): string => {
  const { path, remove } = makeDirectory(files);
  made.push(remove);
  return path;
};

const written = (files: ReadonlyMap<string, Uint8Array>): string => {
  const path = mkdtempSync(join(tmpdir(), 'omnigrad-set-'));
  made.push(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, bytes] of files) writeFileSync(join(path, name), bytes);
  return path;
};

/** The package converted, and converted again: the same bytes. */
const preparedTwice = async (preparation: Preparation, dir: string): Promise<string> => {
  const files = await preparation.prepare(dir, () => undefined);
  const again = await preparation.prepare(dir, () => undefined);
  expect([...again.keys()]).toEqual([...files.keys()]);
  for (const [name, bytes] of files) expect(Buffer.compare(bytes, again.get(name) ?? new Uint8Array(0))).toBe(0);
  return written(files);
};

const prepared = async (preparation: Preparation, dir: string): Promise<string> =>
  written(await preparation.prepare(dir, () => undefined));

const all = <Raw>({ train, test }: Dataset<Raw>): ReturnType<Split<Raw>['get']>[] =>
  [train, test].flatMap((split) => Array.from({ length: split.length }, (_, row) => split.get(row)));

const expectApart = (dataset: Dataset<unknown>, keyOf: (id: string) => string): void => {
  const keys = (split: Split<unknown>): Set<string> =>
    new Set(Array.from({ length: split.length }, (_, row) => keyOf(split.get(row).id)));
  const [train, test] = [keys(dataset.train), keys(dataset.test)];
  expect([...test].filter((key) => train.has(key))).toEqual([]);
  expect(dataset.fingerprint).toMatch(/^[0-9a-f]{32}$/);
  expect(dataset.split).not.toContain('\n');
};

/** The middle of every range, and no noise. */
class Middle extends Stream {
  constructor() {
    super([1, 1]);
  }
  override uniform(low = 0, high = 1): number {
    return (low + high) / 2;
  }
  override chance(): boolean {
    return false;
  }
  override normal(): number {
    return 0;
  }
}

const boxMesh = (low: readonly number[], high: readonly number[]): Mesh => {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((corner) =>
    [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? high : low)[axis]),
  );
  const quads = [0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5];
  const faces = [0, 4, 8, 12, 16, 20].flatMap((at) => [0, 1, 2, 0, 2, 3].map((corner) => quads[at + corner]));
  return { positions: Float32Array.from(corners), faces: Uint32Array.from(faces), offset: [0, 0, 0] };
};

describe('furniture', () => {
  const dir = folderOf(furniturePackage(furnitureItems));

  it('gives points in metres on the floor, and six views of each thing, things on one side', async () => {
    const set = await preparedTwice(furniturePreparation, dir);
    const points = loadFurniturePoints(set);
    const depth = loadFurnitureDepth(set);
    expect(all(points).map(({ id }) => id)).toHaveLength(16);
    expectApart(points, (id) => id);
    expectApart(depth, (id) => id.split('@')[0]);
    expect([points.train.length, points.test.length]).toEqual([12, 4]);
    // doors are for points only
    expect([depth.train.length, depth.test.length]).toEqual([9 * 6, 3 * 6]);
    for (const { input, label, id } of all(points)) {
      const item = furnitureItems[Number(id.split('#')[1]) - 1];
      const name = item.name.toLowerCase();
      expect(name).toContain(points.classes[label] === 'table' ? 'table' : points.classes[label]);
      const [width, height, depthSize] = item.size.map((cm) => cm / 100);
      const axis = (at: number): number[] => Array.from(input.positions.filter((_, i) => i % 3 === at));
      for (const [at, size, low] of [
        [0, width, -width / 2],
        [1, depthSize, -depthSize / 2],
        [2, height, 0],
      ] as const) {
        // Even over the surface: faces are hit on both ends of every axis.
        expect(Math.min(...axis(at))).toBeCloseTo(low, 4);
        expect(Math.max(...axis(at))).toBeCloseTo(low + size, 4);
      }
    }
    for (const { input } of all(depth)) {
      expect([input.depth.length, input.height, input.width]).toEqual([1024, 32, 32]);
      expect([input.focalLength, input.baseline]).toEqual([depthFocal, depthBaseline]);
      expect(input.depth.every((z) => z === 0 || (z > 0.3 && z < 8.5))).toBe(true);
      expect(input.depth.filter((z) => z > 0).length).toBeGreaterThan(512);
    }
    const views = all(depth).map(({ input }) => input.depth.join());
    expect(new Set(views).size).toBe(views.length);
  });

  it('turns models by the rotation of the catalogue', async () => {
    // y and z change places: the box of 2 x 4 x 6 lies on its side, and is stretched to the size that is said.
    const items = furnitureItems.map((item) => ({ ...item, rotation: '1 0 0 0 0 -1 0 1 0' }));
    const set = written(await furniturePreparation.prepare(folderOf(furniturePackage(items)), () => undefined));
    const { input } = loadFurniturePoints(set).train.get(0);
    expect(input.count).toBe(1024);
    expect(Math.min(...input.positions.filter((_, i) => i % 3 === 2))).toBeCloseTo(0, 4);
  });

  it('says what is wrong in one line', async () => {
    const empty = folderOf({ 'usr/share/x': '' });
    expect((await rejectionOf(() => furniturePreparation.prepare(empty, () => undefined))).message).toMatch(
      /furniture: file .*: expected a folder of catalogues \(\.sh3f\), got none; fix: /,
    );
    const broken = furnitureItems.map((item) => ({ ...item, rotation: '1 0 0' }));
    const fault = await rejectionOf(() =>
      furniturePreparation.prepare(folderOf(furniturePackage(broken)), () => undefined),
    );
    expect(fault.message).toContain('item 1: expected a size, a rotation and a model of its own, got Chair');
    const damaged = written(new Map([['points.safetensors', new Uint8Array(100)]]));
    expect(errorOf(() => loadFurniturePoints(damaged)).code).toBe('malformed');
    expect(errorOf(() => loadFurniturePoints(join(damaged, 'no'))).message).toContain(
      'furniture (omnigrad data fetch furniture --force)',
    );
  });
});

describe('depthView', () => {
  it('sees a box, the floor and the wall where rays meet them', () => {
    const [low, high] = [
      [-0.4, -0.3, 0],
      [0.4, 0.3, 1.1],
    ];
    const { depth } = depthView(boxMesh(low, high), new Middle());
    const radius = Math.hypot(0.4, 0.3, 0.55);
    const distance = Math.max(0.7, (2 * radius * depthFocal) / 22);
    // Yaw pi, elevation 0.4: from -x, looking down.
    const eye = [-distance * Math.cos(0.4), 0, 0.55 + distance * Math.sin(0.4)];
    const wallX = Math.hypot(0.4, 0.3) + 0.7;
    let [onBox, off] = [0, 0];
    for (let at = 0; at < depth.length; at++) {
      const u = ((at % depthSide) + 0.5 - 16) / depthFocal;
      const v = (Math.floor(at / depthSide) + 0.5 - 16) / depthFocal;
      // Ahead is (cos, 0, -sin), right (0, -1, 0), down (-sin, 0, -cos).
      const ray = [Math.cos(0.4) - v * Math.sin(0.4), -u, -Math.sin(0.4) - v * Math.cos(0.4)];
      let [enter, leave] = [-Infinity, Infinity];
      for (let axis = 0; axis < 3; axis++) {
        const ends = [low[axis], high[axis]].map((side) => (side - eye[axis]) / ray[axis]).sort((a, b) => a - b);
        enter = Math.max(enter, ends[0]);
        leave = Math.min(leave, ends[1]);
      }
      const behind = Math.min(ray[2] < 0 ? -eye[2] / ray[2] : Infinity, (wallX - eye[0]) / ray[0]);
      const expected = enter < leave && enter > 0 ? Math.min(enter, behind) : behind;
      if (expected === enter) onBox++;
      // An eighth of a pixel of disparity at 580 pixels, rounded.
      const step = expected ** 2 / (8 * 0.075 * 580);
      if (Math.abs(depth[at] - expected) > 0.6 * step) off++;
    }
    expect(onBox).toBeGreaterThan(150);
    // A pixel on the very edge may fall on either side.
    expect(off).toBeLessThan(4);
  });
});

describe('molecules', () => {
  it('keeps atoms and bonds, and asks for the activity', async () => {
    const set = await preparedTwice(moleculesPreparation, folderOf(moleculesPackage()));
    const dataset = loadMolecules(set);
    expectApart(dataset, (id) => id);
    expect([dataset.train.length, dataset.test.length]).toEqual([9, 3]);
    const byId = new Map(all(dataset).map((example) => [example.id, example]));
    const ethanol = byId.get('100');
    // C, C and O without charge; 3, 2 and 1 hydrogens; neither aromatic nor in a ring.
    expect([...(ethanol?.input.nodeFeatures ?? [])]).toEqual([0, 1, 3, 0, 0, 0, 1, 2, 0, 0, 2, 1, 1, 0, 0]);
    expect([...(ethanol?.input.edges ?? [])]).toEqual([0, 1, 1, 2]);
    expect([...(ethanol?.input.edgeFeatures ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(byId.get('101')?.input.nodeFeatures.subarray(0, 5) ?? [])]).toEqual([0, 1, 1, 1, 1]);
    // The oxygen with a charge, bromine, and a triple bond.
    expect([...(byId.get('102')?.input.nodeFeatures.subarray(15, 20) ?? [])]).toEqual([2, 0, 0, 0, 0]);
    expect(byId.get('104')?.input.nodeFeatures[10]).toBe(6);
    expect(byId.get('105')?.input.edgeFeatures?.[0]).toBe(2);
    // Iodine has no id of its own.
    expect(byId.get('108')?.input.nodeFeatures[5]).toBe(7);
    for (const { id, label } of all(dataset)) {
      expect(dataset.activityOf(id)).toBeCloseTo(5.5 + ((Number(id) % 100) % 3), 5);
      expect(label).toBe((Number(id) % 100) % 3);
    }
    expect(errorOf(() => dataset.activityOf('7')).message).toContain(
      'expected the id of a molecule of this set, got "7"',
    );
    const { value, chance } = ridgeBaseline('atoms', dataset, ({ nodes }) => [nodes], dataset.activityOf);
    expect(chance).toBeCloseTo(2 / 3, 5);
    expect(value).toBeGreaterThan(0);
  });

  it('refuses a molecule without an activity', async () => {
    const files = Object.entries(moleculesPackage()).map(([name, text]) => [name, `${text}`.replace('103,', '999,')]);
    const fault = await rejectionOf(() =>
      moleculesPreparation.prepare(folderOf(Object.fromEntries(files)), () => undefined),
    );
    expect(fault.message).toContain('line 4: expected a molecule with an activity, got "103"');
  });
});

describe('football', () => {
  it('makes a small graph of each team, in which no conference of the test is told', async () => {
    const dataset = loadFootball(await prepared(footballPreparation, folderOf(footballPackage())));
    expectApart(dataset, (id) => id);
    expect([dataset.train.length, dataset.test.length]).toEqual([36, 12]);
    const hidden = new Set(Array.from({ length: dataset.test.length }, (_, row) => dataset.test.get(row).id));
    for (const { id, input, label } of all(dataset)) {
      const team = Number(id.slice(1));
      const near = Array.from({ length: 48 }, (_, other) => other).filter((other) => {
        const sameConference = Math.floor(other / 4) === Math.floor(team / 4);
        return other !== team && (sameConference || (other - team + 48) % 48 === 4 || (team - other + 48) % 48 === 4);
      });
      expect(label).toBe(Math.floor(team / 4));
      expect(input.nodes).toBe(6);
      const told = (other: number): number => (hidden.has(`T${other}`) ? 12 : Math.floor(other / 4));
      expect([...input.nodeFeatures]).toEqual([12, 1, ...near.flatMap((other) => [told(other), 0])]);
      // Five games of its own, and the three among the others of its conference.
      expect(input.edges.length / 2).toBe(8);
      expect([...input.edges.subarray(0, 10)]).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5]);
    }
  });
});

describe('radiographs', () => {
  // 61 voxels of 3 mm a side, water in a ball of 60 mm.
  const side = 61;
  const values = new Float32Array(side ** 3);
  for (let z = 0; z < side; z++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        values[(z * side + y) * side + x] = Math.hypot(x - 30, y - 30, z - 30) * 3 < 60 ? 0.02 : 0;
  const ball: AttenuationVolume = { values, shape: [side, side, side], spacing: [3, 3, 3] };

  it('integrate along rays: chords of a ball', () => {
    const view = { yaw: 0.7, elevation: 0.2, roll: 0.1, shift: [0, 0] as const };
    const picture = radiograph(ball, view, 16, 12, new Middle());
    for (let at = 0; at < 256; at++) {
      const [u, v] = [((at % 16) - 7.5) * 12, (7.5 - Math.floor(at / 16)) * 12];
      // The distance of the ray from the middle: the source is 1 m before it, the detector 0.2 m behind.
      const away = (1000 * Math.hypot(u, v)) / Math.hypot(1200, u, v);
      const chord = away < 60 ? 2 * Math.sqrt(60 ** 2 - away ** 2) : 0;
      if (Math.abs(away - 60) > 6) expect(Math.abs(picture[at] - 0.02 * chord)).toBeLessThan(0.12);
    }
  });

  it('shrinks by means', () => {
    const { shape, spacing, values: means } = shrink(ball, [2, 3, 3]);
    expect([shape, spacing]).toEqual([
      [30, 20, 20],
      [6, 9, 9],
    ]);
    const sum = (list: Float32Array): number => list.reduce((total, value) => total + value, 0);
    expect(sum(means) * 18).toBeCloseTo(sum(values), 2);
  });

  it('of the head: classes by the angle, noise of photons, one line for a broken file', async () => {
    const dir = folderOf(craniumPackage(60));
    const dataset = loadCranium(written(await prepareCranium(dir, () => undefined, 4)));
    expect([dataset.train.length, dataset.test.length, dataset.classes.length]).toEqual([3, 1, 6]);
    for (const { input } of all(dataset)) {
      // 12 cm of water in the middle, air at the corners.
      const most = Math.max(...input.values);
      expect(most).toBeGreaterThan(2.2);
      expect(most).toBeLessThan(2.7);
      expect(Math.abs(input.values[0])).toBeLessThan(0.05);
    }
    const wrong = folderOf({ 'usr/share/doc/invesalius-examples/examples/Cranium.inv3': 'no gzip' });
    const fault = await rejectionOf(() => craniumPreparation.prepare(wrong, () => undefined));
    expect(fault.message).toContain('expected a gzip file, got');
  });
});

describe('fashion-mnist', () => {
  it('unpacks the four files', async () => {
    const dataset = loadFashionMnist(await prepared(fashionPreparation, folderOf(fashionPackage())));
    expect([dataset.train.length, dataset.test.length, dataset.task]).toEqual([20, 10, 'garment']);
    expect(dataset.train.get(13).label).toBe(3);
    expect(dataset.train.get(1).input.pixels[0]).toBe(784 % 251);
  });
});

describe('landsat', () => {
  it('cuts windows out of squares that lie on one side, and names their cover', async () => {
    const dataset = loadLandsat(await prepared(landsatPreparation, folderOf(landsatPackage(174, 145))));
    const square = (id: string): string =>
      id
        .split(',')
        .map((at) => Math.floor(Number(at) / 29))
        .join();
    expectApart(dataset, square);
    // Six by five squares of 29, sixteen windows each.
    expect(dataset.train.length + dataset.test.length).toBe(6 * 5 * 16);
    for (const { id, label, input } of all(dataset)) {
      const row = Number(id.split(',')[0]);
      if (row + 16 <= 58) expect(dataset.classes[label]).toBe('water');
      if (row >= 58 && row + 16 <= 116) expect(dataset.classes[label]).toBe('vegetation');
      if (row >= 116) expect(dataset.classes[label]).toBe('built or bare');
      expect(input.values[0]).toBe([12, 80, 70][Math.floor(row / 58)]);
    }
  });
});

describe('mixed-spectra', () => {
  it('mixes what the bands see of the spectra, and names the largest share', async () => {
    const set = await prepared(mixedSpectraPreparation, folderOf(spectraPackage()));
    const dataset = loadMixedSpectra(set);
    expect([dataset.train.length, dataset.test.length]).toEqual([35 * 35, 23 * 23]);
    const { bands, values } = dataset.train.get(0).input;
    expect([bands, values.length]).toEqual([200, 1800]);
    const means = dataset.classes.map(() => [0, 0, 0]);
    for (const { input, label } of all(dataset)) {
      // Of the pixel in the middle: bands near 550 and 900 nm.
      means[label][0] += input.values[4 * bands + 15];
      means[label][1] += input.values[4 * bands + 52];
      means[label][2]++;
    }
    const ratio = (name: string): number => {
      const [visible, near] = means[dataset.classes.indexOf(name)];
      return near / visible;
    };
    expect(ratio('concrete')).toBeLessThan(1.6);
    expect(ratio('maple leaf')).toBeGreaterThan(2.5);
    expect(ratio('water')).toBeLessThan(ratio('soil'));
  });
});

describe('stamps', () => {
  it('are triplets in one order, and clips of them on the same side', async () => {
    const set = await prepared(stampsPreparation, folderOf(stampsPackage()));
    const { image, text, audio } = loadStamps(set);
    const ids = (dataset: Dataset<unknown>): string[] => all(dataset).map(({ id }) => id);
    expect(ids(image)).toHaveLength(18);
    expect(ids(text)).toEqual(ids(image));
    expect(ids(audio)).toEqual(ids(image));
    expectApart(image, (id) => id);
    for (const { id, input, label } of all(image)) {
      const [category, , name] = id.split('/');
      expect(image.classes[label]).toBe(category);
      // 20 x 10 in the middle of 32 x 32, three quarters of it solid: white above and on the right.
      const pixel = (row: number, column: number): number[] => [
        ...input.pixels.subarray((row * 32 + column) * 3).subarray(0, 3),
      ];
      expect(pixel(2, 16)).toEqual([255, 255, 255]);
      expect(pixel(16, 30)).toEqual([255, 255, 255]);
      expect(pixel(16, 4)).toEqual([25 * label, 100, 50 * Number(name.slice(1))]);
    }
    expect(text.train.get(0).input.text).toMatch(/^A \w+ number [01]\.$/);
    const { samples, sampleRate } = audio.train.get(0).input;
    expect([samples.length, sampleRate]).toEqual([16_000, 16_000]);
    expect(Math.max(...samples.map(Math.abs))).toBeCloseTo(1, 1);
    const clips = loadMovingStamps(set);
    expectApart(clips, (id) => id.split('@')[0]);
    expect(all(clips)).toHaveLength(54);
    expect(all(clips)[0].input.pixels.length).toBe(4 * 24 * 24 * 3);
  });

  it('move by their laws', () => {
    const data = new Uint8Array(8 * 8).fill(255);
    const white = spriteOf({ data, width: 8, height: 8, channels: 1, bitDepth: 8 }, 16);
    expect([...white.values.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    for (const law of motionLaws) {
      const { pixels } = movingStamp(white, law, new Middle());
      // Where it is in each frame, and how much of the picture it fills.
      const seen = [0, 1, 2, 3].map((frame) => {
        let [x, y, area] = [0, 0, 0];
        for (let at = 0; at < 576; at++) {
          const weight = (pixels[(frame * 576 + at) * 3] - 153) / 102;
          x += weight * (at % 24);
          y += weight * Math.floor(at / 24);
          area += weight;
        }
        return { x: x / area, y: y / area, area };
      });
      const moves = Math.hypot(seen[3].x - seen[0].x, seen[3].y - seen[0].y) > 3;
      const grows = Math.abs(Math.log(seen[3].area / seen[0].area)) > 0.5;
      expect([law.name, moves, grows]).toEqual([
        law.name,
        law.name === 'glide' || law.name === 'orbit',
        law.name === 'grow or shrink',
      ]);
    }
  });
});

describe('a set in the cache that was changed', () => {
  it('gives values or a DataError', async () => {
    const files = await moleculesPreparation.prepare(folderOf(moleculesPackage()), () => undefined);
    const [[name, whole]] = files;
    const dir = join(tmpdir(), `omnigrad-fuzz-${process.pid}`);
    mkdirSync(dir, { recursive: true });
    made.push(() => rmSync(dir, { recursive: true, force: true }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.nat({ max: whole.length }),
        fc.boolean(),
        (changes, length, cut) => {
          const bytes = whole.slice(0, cut ? length : whole.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          writeFileSync(join(dir, name), bytes);
          try {
            loadMolecules(dir);
          } catch (error) {
            if (!(error instanceof DataError)) throw error;
            expect(error.message).not.toContain('\n');
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
