// Pictures of held-out samples: what was hidden is left out, and predictions that are the targets give the original back.

import { poly13 } from '@omnigrad/data';
import { ParameterScope, type ReconstructionMask } from '@omnigrad/nn';
import { rngKey } from '@omnigrad/tensor';
import type { ReconstructionTarget } from '@omnigrad/tokenizers';
import { expect, it } from 'vitest';
import {
  depthStream,
  graphStream,
  hyperspectralStream,
  infraredStream,
  pointCloudStream,
  type StreamDefinition,
  videoStream,
  xrayStream,
} from '../src/index.ts';
import { illustrateGroups } from '../src/streams/illustrate-groups.ts';
import { illustrateNodes } from '../src/streams/illustrate-nodes.ts';

const sets = poly13({ seed: 4, rho: 1, trainCount: 4, testCount: 3 });

/** Predictions without an error. */
const perfect = (target: ReconstructionTarget): Float32Array => {
  if (target.kind === 'columns') throw new Error('no picture');
  if (target.kind !== 'ids') return target.values;
  const { ids, classes } = target;
  return Float32Array.from({ length: ids.length * classes }, (_, i) =>
    i % classes === ids[Math.floor(i / classes)] ? 1 : 0,
  );
};

const cases: readonly (readonly [StreamDefinition, string, numbers: number, hidden: number])[] = [
  [videoStream(sets.video), 'clip', 4 * 16 * 16 * 3, 6 / 8],
  [videoStream(sets.video, { normaliseTarget: false }), 'clip', 4 * 16 * 16 * 3, 6 / 8],
  [depthStream(sets.depth, { mostDisparity: 4 }), 'image', 32 * 32, 10 / 16],
  [xrayStream(sets.xray), 'image', 32 * 32, 12 / 16],
  [infraredStream(sets.infrared), 'image', 32 * 32, 10 / 16],
  [hyperspectralStream(sets.hyperspectral), 'spectrum', 32, 2 / 8],
  [pointCloudStream(sets.pointcloud), 'points', 16 * 16 * 3, 10 / 16],
];

it.each(cases)('$modality: the original, with holes, and back', (definition, kind, numbers, hidden) => {
  const stream = definition.bind(new ParameterScope(), 8);
  const batch = stream.masked('test', [0, 2], rngKey(3));
  const picture = batch.illustrate(perfect(batch.target));
  if (picture === null) throw new Error('expected a picture');
  expect(picture.kind).toBe(kind);
  expect(picture.items).toHaveLength(2);
  for (const { original, masked, reconstructed } of picture.items) {
    expect([original.length, masked.length, reconstructed.length]).toEqual([numbers, numbers, numbers]);
    expect(masked.filter((v) => v === null)).toHaveLength(Math.round(hidden * numbers));
    masked.forEach((v, i) => {
      if (v !== null) expect(v).toBe(original[i]);
    });
    // pixels are bytes: a rounding may go the other way
    reconstructed.forEach((v, i) => {
      expect(Math.abs(v - original[i])).toBeLessThan(kind === 'clip' ? 1.01 / 255 : 1e-3);
    });
  }
  const [a, b] = picture.items;
  expect(a.original).not.toEqual(b.original);
  // other predictions are seen at the hidden places, and nowhere else
  const other = batch.illustrate(perfect(batch.target).map((x) => 0.5 - x))?.items[1];
  expect(other?.masked).toEqual(b.masked);
  expect(other?.reconstructed.filter((v, i) => b.masked[i] !== null && v !== b.masked[i])).toEqual([]);
  expect(other?.reconstructed).not.toEqual(b.reconstructed);
});

it('the middle pixel of a cube is drawn, in the units of the file', () => {
  const batch = hyperspectralStream(sets.hyperspectral).bind(new ParameterScope(), 8).masked('test', [1], rngKey(3));
  const { values, bands } = sets.hyperspectral.test.get(1).input;
  const drawn = batch.illustrate(perfect(batch.target))?.items[0].original ?? [];
  drawn.forEach((v, band) => {
    expect(v).toBeCloseTo(values[4 * bands + band], 4);
  });
});

it('a graph keeps its edges, its classes and its size', () => {
  const nodes = { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] };
  const batch = graphStream(sets.graph, { nodes }).bind(new ParameterScope(), 8).masked('test', [0, 1], rngKey(3));
  const picture = batch.illustrate(perfect(batch.target));
  expect(picture).toMatchObject({ kind: 'graph', rows: 24, columns: 1, classes: 4, channels: ['class'] });
  picture?.items.forEach(({ original, masked, reconstructed, edges }, i) => {
    const raw = sets.graph.test.get(i).input;
    expect(original).toEqual(Array.from({ length: raw.nodes }, (_, node) => raw.nodeFeatures[2 * node + 1]));
    expect(edges).toEqual([...raw.edges]);
    expect(masked.filter((v) => v === null)).toHaveLength(Math.ceil(raw.nodes / 2));
    expect(reconstructed).toEqual(original);
  });
});

const mask: ReconstructionMask = {
  ...{ kind: 'reconstruction', batch: 1 },
  visible: Int32Array.of(0, 3),
  hidden: Int32Array.of(1, 2),
};

it('nodes of numbers show the first of their direction', () => {
  const arrays = {
    nodes: { numbers: Float32Array.of(3, 4, 0, 0, 0, -2, 7, 7), classes: new Int32Array(0) },
    nodeCounts: Int32Array.of(3),
    edgeCounts: Int32Array.of(1),
    ends: Int32Array.of(2, 0, 0, 0),
  };
  const numbers = [
    { mean: 0, std: 1 },
    { mean: 0, std: 1 },
  ];
  const config = { maxNodes: 4, maxEdges: 2, nodes: { numbers, classes: [] } };
  expect(illustrateNodes(arrays, mask, Float32Array.of(0, 5, -8, 6), config)).toEqual([
    { original: [0.6, 0, 0], masked: [0.6, null, null], reconstructed: [0.6, 0, -0.8], edges: [2, 0] },
  ]);
});

it('points lie around the centres of their groups, features left out', () => {
  const config = { groups: 4, groupSize: 1, features: 2 };
  const groups = Float32Array.from([0, 1, 2, 3].flatMap((g) => [g / 8, 0, 0, 9, 9]));
  const centres = Float32Array.from([0, 1, 2, 3].flatMap((g) => [0, g, 0]));
  const [item] = illustrateGroups({ groups, centres }, mask, Float32Array.of(0, 0, 0.5, 0, 0, -0.5), config);
  expect(item.original).toEqual([0, 0, 0, 0.125, 1, 0, 0.25, 2, 0, 0.375, 3, 0]);
  expect(item.masked).toEqual([0, 0, 0, null, null, null, null, null, null, 0.375, 3, 0]);
  expect(item.reconstructed).toEqual([0, 0, 0, 0, 1, 0.5, 0, 2, -0.5, 0.375, 3, 0]);
});
