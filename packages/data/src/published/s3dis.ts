// S3DIS: rooms of six areas of a building, each point with one of 13 classes. Read as published, a text file an object, or
// as the arrays that PointNet's scripts make of it. An example is a block of a room, or a whole room.

import type { RawPoints } from '../datasets/dataset.ts';
import { type DataError, quote } from '../errors.ts';
import { decodeNpy } from '../formats/npy.ts';
import { maxPoints } from '../formats/points.ts';
import { decodeXyz } from '../formats/xyz.ts';
import { hashCounter, hashText } from '../sampling/hash.ts';
import { type Seed, shuffledIndices } from '../sampling/shuffle.ts';
import { rootOf } from './fields.ts';
import type { Folder } from './folder.ts';
import { examplesSplit, fingerprintRows, type Row, reporting, requireRows } from './lists.ts';
import { createMemo } from './memo.ts';
import type { PublishedDataset, PublishedDefinition, PublishedExample, PublishedOptions, Report } from './published.ts';
import { readSettings, ruleOf } from './settings.ts';

const classes = 'ceiling floor wall beam column window door table chair sofa bookcase board clutter'.split(' ');
const clutter = classes.length - 1;
/** Objects of a fourteenth name, which all programs count as clutter. */
const asClutter = ['stairs', 'staris'];
const areas = [1, 2, 3, 4, 5, 6] as const;

/** Side of a block on the floor, m; with fewer points than this another place is tried, as in PointNet. */
const side = 1;
const leastPoints = 1024;
const tries = 10;

/** Bytes of decoded rooms that are kept: the largest rooms have ten million points of 16 bytes. */
const keptBytes = 512 * 1024 * 1024;
/** Of one text file or array of a room. */
const maxRoomBytes = 1024 * 1024 * 1024;

const settings = {
  points: {
    default: 4096,
    least: 1,
    most: 1_000_000,
    meaning: 'points drawn from a block, with repetition where it has fewer',
  },
  blocks: {
    default: 16,
    least: 0,
    most: 4096,
    meaning: 'blocks of a room; 0: one example a room, with all its points',
  },
  seed: { default: 0, least: 0, most: 2 ** 31 - 1, meaning: 'of the places of the blocks and the points in them' },
} as const;

interface Room {
  readonly count: number;
  /** `[count, 3]`, m from the least corner of the room */
  readonly positions: Float32Array;
  /** `[count, 3]` */
  readonly colours: Uint8Array;
  readonly labels: Uint8Array;
  /** m */
  readonly size: readonly [number, number, number];
}

/** A room before it is read. */
interface Entry {
  readonly area: number;
  /** `Area_1/office_3` */
  readonly id: string;
  /** Paths with the class of their points; null: an array with a seventh column of classes. */
  readonly parts: readonly (readonly [string, number])[] | null;
  readonly file: string;
}

function listRaw(folder: Folder, root: string, report: Report): Entry[] {
  const rooms: Entry[] = [];
  for (const area of areas) {
    const place = `${root}Area_${area}`;
    const names = reporting(report, () => folder.list(place)) ?? [];
    for (const name of names) {
      // Beside the rooms lies a table of how the area was turned.
      if (name.includes('.')) continue;
      const file = `${place}/${name}/Annotations`;
      const found = reporting(report, () => folder.list(file));
      if (found === null) continue;
      const parts: [string, number][] = [];
      for (const part of found) {
        const [, object, ending] = /^([a-z]+)_\d+\.(\w+)$/i.exec(part) ?? [];
        if (ending !== 'txt') continue;
        const label = asClutter.includes(object) ? clutter : classes.indexOf(object);
        if (label >= 0) parts.push([`${file}/${part}`, label]);
        else {
          const expected = `an object of ${classes.join(', ')}`;
          report(folder.fault({ code: 'bad-value', file: `${file}/${part}`, expected, actual: quote(object) }));
        }
      }
      if (parts.length > 0) rooms.push({ area, id: `Area_${area}/${name}`, parts, file });
      else report(folder.fault({ code: 'empty', file, expected: 'objects <class>_<n>.txt', actual: 'none' }));
    }
  }
  return rooms;
}

function listArrays(folder: Folder, root: string): Entry[] {
  return folder.list(root).flatMap((name): Entry[] => {
    const [, area, room] = /^Area_([1-6])_(\w+)\.npy$/.exec(name) ?? [];
    const id = `Area_${area}/${room}`;
    return room === undefined ? [] : [{ area: Number(area), id, parts: null, file: `${root}${name}` }];
  });
}

/**
 * Two published files have a byte that lost its bit 0x20: a space that is 0x00, a digit 0 that is 0x10. No text has either.
 */
function repaired(bytes: Uint8Array): Uint8Array {
  for (const lost of [0x00, 0x10]) {
    for (let at = bytes.indexOf(lost); at >= 0; at = bytes.indexOf(lost, at + 1)) bytes[at] = lost | 0x20;
  }
  return bytes;
}

function readRoom(folder: Folder, entry: Entry): Room {
  return entry.parts === null ? readArray(folder, entry.file) : readObjects(folder, entry, entry.parts);
}

function readObjects(folder: Folder, { file }: Entry, parts: readonly (readonly [string, number])[]): Room {
  const sets = parts.map(([path, label]) => {
    const { bytes, origin } = folder.read(path, maxRoomBytes);
    return { label, set: decodeXyz(repaired(bytes), origin, { columns: ['x', 'y', 'z', 'red', 'green', 'blue'] }) };
  });
  const count = sets.reduce((total, { set }) => total + set.count, 0);
  checkCount(folder, file, count);
  const positions = new Float64Array(count * 3);
  const colours = new Uint8Array(count * 3);
  const labels = new Uint8Array(count);
  let first = 0;
  for (const { label, set } of sets) {
    for (const [axis, name] of ['red', 'green', 'blue'].entries()) {
      const column = set.attributes.get(name);
      for (let at = 0; at < set.count; at++) {
        positions[(first + at) * 3 + axis] = set.positions[at * 3 + axis] + set.offset[axis];
        colours[(first + at) * 3 + axis] = column?.[at] ?? 0;
      }
    }
    labels.fill(label, first, first + set.count);
    first += set.count;
  }
  return roomOf(positions, colours, labels);
}

function readArray(folder: Folder, file: string): Room {
  const { bytes, origin } = folder.read(file, maxRoomBytes);
  const { shape, data } = decodeNpy(bytes, origin);
  const fail = (place: string, expected: string, actual: string): DataError =>
    folder.fault({ code: 'bad-value', file, place, expected, actual });
  if (shape.length !== 2 || shape[1] !== 7) throw fail('shape', '[n, 7]: x y z r g b class', `[${shape.join(', ')}]`);
  const count = shape[0];
  checkCount(folder, file, count);
  const positions = new Float64Array(count * 3);
  const colours = new Uint8Array(count * 3);
  const labels = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    for (let axis = 0; axis < 3; axis++) {
      positions[at * 3 + axis] = Number(data[at * 7 + axis]);
      const colour = Number(data[at * 7 + 3 + axis]);
      if (!(colour >= 0 && colour <= 255)) throw fail(`row ${at}`, 'colours from 0 to 255', `${colour}`);
      colours[at * 3 + axis] = colour;
    }
    const label = Number(data[at * 7 + 6]);
    if (!(Number.isInteger(label) && label >= 0 && label < classes.length)) {
      throw fail(`row ${at}`, `a class from 0 to ${classes.length - 1}`, `${label}`);
    }
    labels[at] = label;
  }
  return roomOf(positions, colours, labels);
}

function checkCount(folder: Folder, file: string, count: number): void {
  if (count > 0 && count <= maxPoints) return;
  const code = count === 0 ? 'empty' : 'too-large';
  throw folder.fault({ code, file, expected: `1 to ${maxPoints} points`, actual: `${count}` });
}

function roomOf(absolute: Float64Array, colours: Uint8Array, labels: Uint8Array): Room {
  const least = [Infinity, Infinity, Infinity];
  const most = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < absolute.length; at++) {
    least[at % 3] = Math.min(least[at % 3], absolute[at]);
    most[at % 3] = Math.max(most[at % 3], absolute[at]);
  }
  const positions = new Float32Array(absolute.length);
  for (let at = 0; at < absolute.length; at++) positions[at] = absolute[at] - least[at % 3];
  const size = [most[0] - least[0], most[1] - least[1], most[2] - least[2]] as const;
  return { count: labels.length, positions, colours, labels, size };
}

/** Points of a block with a side of 1 m around one of the room's points, drawn by the seed. */
function drawBlock({ count, positions }: Room, wanted: number, seed: Seed): Int32Array {
  let best = new Int32Array(0);
  for (let attempt = 0; attempt < tries && best.length < leastPoints; attempt++) {
    const centre = Math.floor((hashCounter(seed, attempt) / 2 ** 32) * count) * 3;
    const inside: number[] = [];
    for (let at = 0; at < count; at++) {
      const away = Math.max(
        Math.abs(positions[at * 3] - positions[centre]),
        Math.abs(positions[at * 3 + 1] - positions[centre + 1]),
      );
      if (away <= side / 2) inside.push(at);
    }
    if (inside.length > best.length) best = Int32Array.from(inside);
  }
  if (best.length >= wanted)
    return shuffledIndices(best.length, seed)
      .slice(0, wanted)
      .map((at) => best[at]);
  return Int32Array.from(
    { length: wanted },
    (_, k) => best[Math.floor((hashCounter(seed, tries + k) / 2 ** 32) * best.length)],
  );
}

/** Features: r, g, b and the place in the room along x, y, z, each from 0 to 1. */
function exampleOf(room: Room, chosen: Int32Array | null, id: string): PublishedExample<RawPoints> {
  const count = chosen?.length ?? room.count;
  const positions = new Float32Array(count * 3);
  const features = new Float32Array(count * 6);
  const ids = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const at = chosen === null ? k : chosen[k];
    for (let axis = 0; axis < 3; axis++) {
      const place = room.positions[at * 3 + axis];
      positions[k * 3 + axis] = place;
      features[k * 6 + axis] = room.colours[at * 3 + axis] / 255;
      features[k * 6 + 3 + axis] = room.size[axis] > 0 ? Math.min(1, place / room.size[axis]) : 0;
    }
    ids[k] = room.labels[at];
  }
  return { input: { positions, count, features }, target: { kind: 'dense', ids }, id };
}

async function open(folder: Folder, report: Report, options: PublishedOptions): Promise<PublishedDataset<RawPoints>> {
  const { protocol = 'area-5' } = options;
  const setting = readSettings(folder, settings, options);
  const rawRoot = rootOf(folder, ['Stanford3dDataset_v1.2_Aligned_Version', 'Stanford3dDataset_v1.2']);
  const arrayRoot = rootOf(folder, ['stanford_indoor3d']);
  const isRaw = areas.some((area) => folder.exists(`${rawRoot}Area_${area}`));
  const rooms = isRaw ? listRaw(folder, rawRoot, report) : listArrays(folder, arrayRoot);
  const held = Number(protocol.split('-')[1]);
  const memo = createMemo<Room>(keptBytes, ({ count }) => count * 16);
  const rows = new Map<string, readonly Row[]>();
  const blocks = setting('blocks');
  return {
    name: folder.source,
    modality: 'pointcloud',
    classes,
    splits: new Map(
      ['train', 'test'].map((name) => {
        const entries = rooms.filter(({ area }) => (area === held) === (name === 'test'));
        const listed = entries.flatMap((entry) =>
          Array.from({ length: Math.max(1, blocks) }, (_, block) => ({
            file: entry.file,
            id: blocks === 0 ? entry.id : `${entry.id}#${block}`,
            group: `Area_${entry.area}`,
            target: { kind: 'none' } as const,
            entry,
          })),
        );
        requireRows(folder, name, listed);
        rows.set(name, listed);
        const split = examplesSplit(folder, name, listed, ({ entry, id }) => {
          const room = memo(entry.id, () => readRoom(folder, entry));
          const seed: Seed = [setting('seed'), hashText(id)];
          return exampleOf(room, blocks === 0 ? null : drawBlock(room, setting('points'), seed), id);
        });
        return [name, split];
      }),
    ),
    fingerprint: fingerprintRows(ruleOf(protocol, settings, options), rows),
  };
}

export const s3dis: PublishedDefinition<RawPoints> = {
  name: 's3dis',
  title: 'S3DIS',
  modality: 'pointcloud',
  task: 'name the class of each point of a room, of 13',
  metric: 'mean IoU of the classes over all points of the test area; overall and mean class accuracy',
  licence: 'research only, by a form of the authors',
  source: 'https://cvg-data.inf.ethz.ch/s3dis (Stanford3dDataset_v1.2_Aligned_Version.zip)',
  layout: [
    'Stanford3dDataset_v1.2_Aligned_Version/Area_<1..6>/<room>/Annotations/<class>_<n>.txt: lines x y z r g b',
    'or Area_<1..6>_<room>.npy, [points, 7]: x y z r g b class, as the scripts of PointNet write them',
  ],
  split: 'official: area-5 tests on Area 5; fold-<k> tests on Area k, for the six-fold mean; the other areas train',
  // 204 and 68 rooms.
  counts: { train: 204 * settings.blocks.default, test: 68 * settings.blocks.default },
  protocols: ['area-5', ...areas.map((area) => `fold-${area}`)],
  settings,
  notes: [
    `Blocks as PointNet++ trains on them: ${side} m x ${side} m around a point of the room, another place where fewer than ${leastPoints} points lie in it (at most ${tries} tries), all by the seed. The sliding test blocks of other programs are not made: score with blocks 0, whole rooms.`,
    'Features: r, g, b and the place in the room, from 0 to 1, which with the position are the nine numbers of PointNet. Positions are m from the least corner of the room.',
    'The bytes 0x00 and 0x10, which two published files have, are read as a space and a 0. "stairs" is clutter, as elsewhere.',
    'The room files <room>/<room>.txt hold the same points without classes and are not read.',
  ],
  open,
};
