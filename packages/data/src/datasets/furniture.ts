// Furniture of Sweet Home 3D, two sets of the same meshes: points on their surfaces, and what a simulated Kinect sees of
// them. Each thing lies on one side of the split, with all its views.

import { streamOf } from '../poly13/random.ts';
import { hashText } from '../sampling/hash.ts';
import { sampleSurface } from '../sampling/surface.ts';
import type { Dataset, Example, RawDepth, RawPoints } from './dataset.ts';
import { furnitureClassNames, readFurniture } from './furniture-catalogue.ts';
import { depthBaseline, depthFocal, depthSide, depthView } from './mesh-depth.ts';
import {
  byteTensor,
  encodePrepared,
  floatTensor,
  intTensor,
  type Preparation,
  type PreparedFile,
  readPrepared,
} from './prepared.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';

const packageName = 'furniture';
const pointsFile = 'points.safetensors';
const depthFile = 'depth.safetensors';
/** Points of a cloud. */
const pointCount = 1024;
/** Views of a thing by the depth camera. */
const viewCount = 6;
/** m, of the largest side: what a depth camera in a room is shown. */
const smallestSeen = 0.4;
const largestSeen = 2.6;
/** Flat in a wall, or out of doors. */
const notSeen = new Set(['door', 'vehicle', 'wall plate', 'window']);

const depthClassNames = furnitureClassNames.filter((name) => !notSeen.has(name));

const testFraction = 0.3;
const pointsSplit = '70/30 in each class, by a hash of the thing';
const depthSplit = 'as furniture-points: all views of a thing on one side';

/** Reads the unpacked Debian package sweethome3d-furniture; about 10 s. */
export const furniturePreparation: Preparation = {
  version: 1,
  prepare: async (dir, progress) => {
    const ids: string[] = [];
    const names: string[] = [];
    const labels: number[] = [];
    const clouds: Float32Array[] = [];
    const viewIds: string[] = [];
    const viewsOf: number[] = [];
    const viewLabels: number[] = [];
    const views: Float32Array[] = [];
    for (const { id, name, label, mesh } of readFurniture(dir, progress)) {
      const key = hashText(id);
      ids.push(id);
      names.push(name);
      labels.push(label);
      clouds.push(sampleSurface(mesh, pointCount, [key, 1]).positions);
      const side = largestSide(mesh.positions, mesh.faces);
      const seenAs = depthClassNames.indexOf(furnitureClassNames[label]);
      if (seenAs < 0 || side < smallestSeen || side > largestSeen) continue;
      for (let view = 0; view < viewCount; view++) {
        viewIds.push(`${id}@${view}`);
        viewsOf.push(ids.length - 1);
        viewLabels.push(seenAs);
        views.push(depthView(mesh, streamOf(key, view, 'furniture depth')).depth);
      }
    }
    // Here and not where it is read, so that both sets have a thing on the same side.
    const heldOut = stratifiedHeldOut(ids, labels, testFraction).map(Number);
    const points = encodePrepared(
      {
        positions: floatTensor(joined(clouds), [ids.length, pointCount, 3]),
        labels: intTensor(Int32Array.from(labels), [ids.length]),
        heldOut: byteTensor(Uint8Array.from(heldOut), [ids.length]),
      },
      { ids, names },
    );
    const depth = encodePrepared(
      {
        depth: floatTensor(joined(views), [viewIds.length, depthSide, depthSide]),
        labels: intTensor(Int32Array.from(viewLabels), [viewIds.length]),
        heldOut: byteTensor(
          Uint8Array.from(viewsOf, (thing) => heldOut[thing]),
          [viewIds.length],
        ),
      },
      { ids: viewIds },
    );
    return new Map([
      [pointsFile, points],
      [depthFile, depth],
    ]);
  },
};

/**
 * 1,024 points spread evenly over the surface of each thing, m, z up. `dir`: the folder of the fetched set. Positions are
 * views of one array: do not write.
 * @throws {DataError}
 */
export function loadFurniturePoints(dir: string): Dataset<RawPoints> {
  const source = 'furniture-points';
  const file = readPrepared(source, dir, pointsFile, packageName);
  const { ids, labels } = membersOf(file);
  const positions = file.floats('positions', [ids.length, pointCount, 3]);
  const examples = ids.map((id, row): Example<RawPoints> => {
    const cloud = positions.subarray(row * pointCount * 3, (row + 1) * pointCount * 3);
    return { input: { positions: cloud, count: pointCount, features: null }, label: labels[row], id };
  });
  return datasetOf(source, 'pointcloud', furnitureClassNames, examples, pointsSplit, file);
}

/** 32 x 32 depth maps of a simulated Kinect, six views a thing. @throws {DataError} as `loadFurniturePoints` */
export function loadFurnitureDepth(dir: string): Dataset<RawDepth> {
  const source = 'furniture-depth';
  const file = readPrepared(source, dir, depthFile, packageName);
  const { ids, labels } = membersOf(file);
  const all = file.floats('depth', [ids.length, depthSide, depthSide]);
  const size = depthSide * depthSide;
  const examples = ids.map((id, row): Example<RawDepth> => {
    const depth = all.subarray(row * size, (row + 1) * size);
    const input = { depth, height: depthSide, width: depthSide, focalLength: depthFocal, baseline: depthBaseline };
    return { input, label: labels[row], id };
  });
  return datasetOf(source, 'depth', depthClassNames, examples, depthSplit, file);
}

function membersOf(file: PreparedFile): { ids: string[]; labels: Int32Array } {
  const ids = file.texts('ids');
  return { ids, labels: file.integers('labels', [ids.length]) };
}

function datasetOf<Raw>(
  name: string,
  modality: 'pointcloud' | 'depth',
  classes: readonly string[],
  examples: readonly Example<Raw>[],
  split: string,
  file: PreparedFile,
): Dataset<Raw> {
  const heldOut = file.bytesOf('heldOut', [examples.length]);
  const train = examples.filter((_, row) => heldOut[row] === 0);
  const test = examples.filter((_, row) => heldOut[row] !== 0);
  return {
    name,
    modality,
    classes,
    task: 'thing',
    train: splitOf(name, 'train', classes.length, train),
    test: splitOf(name, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), file.bytes]),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function largestSide(positions: Float32Array, faces: Uint32Array): number {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const vertex of faces) {
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis], positions[vertex * 3 + axis]);
      high[axis] = Math.max(high[axis], positions[vertex * 3 + axis]);
    }
  }
  return Math.max(...high.map((value, axis) => value - low[axis]));
}
