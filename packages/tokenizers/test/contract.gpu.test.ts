// CPU equals WebGPU, for every tokenizer: the tokens of a masked batch, the loss of its target, and the gradient of each parameter.

import { createCpuBackend } from '@omnigrad/cpu';
import type { Column, RawGraph, RawPlane } from '@omnigrad/data';
import type { ParameterScope } from '@omnigrad/nn';
import { createWebGpuBackend } from '@omnigrad/webgpu';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  AudioTokenizer,
  audioDefaults,
  DepthTokenizer,
  depthDefaults,
  type GraphConfig,
  GraphTokenizer,
  graphDefaults,
  HyperspectralTokenizer,
  hyperspectralDefaults,
  ImageTokenizer,
  ImuTokenizer,
  InfraredTokenizer,
  imageDefaults,
  imuDefaults,
  infraredDefaults,
  PointCloudTokenizer,
  pointCloudDefaults,
  specialPieces,
  TabularTokenizer,
  TextTokenizer,
  TimeseriesTokenizer,
  type Tokenizer,
  tabularDefaults,
  textDefaults,
  timeseriesDefaults,
  VideoTokenizer,
  videoDefaults,
  XrayTokenizer,
  xrayDefaults,
} from '../src/index.ts';
import { type Reconstructed, reconstructOn, relativeGaps, width } from './contract.ts';

/** Relative to the largest number of the tokens, or of a parameter's gradient; 6e-7 came at most (SwiftShader, 2026-11-27). */
const tolerance = 1e-4;

const cpu = createCpuBackend();
let gpu: Awaited<ReturnType<typeof createWebGpuBackend>>;
beforeAll(async () => {
  gpu = await createWebGpuBackend({ software: true });
});
afterAll(() => {
  for (const backend of [cpu, gpu]) {
    expect(backend.memory().inUse).toBe(0);
    backend.dispose();
  }
});

const wave = (seed: number, i: number): number => 0.5 + 0.5 * Math.sin(0.7 * i * seed + seed);
const floats = (seed: number, length: number): Float32Array => Float32Array.from({ length }, (_, i) => wave(seed, i));
const bytes = (seed: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 255 * wave(seed, i));
const channels = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => ({ name, mean: 0.5, std: 1 + i }));
const seeds = [1, 2];
const film = (seed: number): RawPlane => ({ values: bytes(seed, 64), height: 8, width: 8, black: 0, white: 255 });
const plane = { height: 8, width: 8, patch: 4 };
const columns: readonly Column[] = [
  { name: 'kind', kind: 'categorical', categories: ['x', 'y', 'z'] },
  { name: 'size', kind: 'numeric', mean: 2, std: 2 },
  { name: 'mass', kind: 'numeric', mean: 1, std: 1 },
  { name: 'sex', kind: 'categorical', categories: ['f', 'm'] },
];
const words = 'the cat sat on a mat . it was warm'.split(' ');

const graphOf = (config: GraphConfig, seed: number): RawGraph => {
  const each = config.nodes.numbers.length + config.nodes.classes.length;
  const isClass = config.nodes.classes.length > 0;
  return {
    nodes: 6,
    directed: false,
    edges: Int32Array.of(0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 1, 3, 1, 4),
    nodeFeatures: floats(seed, 6 * each).map((x) => (isClass ? Math.floor(3.99 * x) : x)),
    edgeFeatures: null,
  };
};
const molecules: GraphConfig = {
  ...graphDefaults,
  maxNodes: 8,
  maxEdges: 8,
  nodes: { numbers: [], classes: [4] },
  identifiers: { kind: 'laplacian', width: 4, flipSigns: true },
};
const measured: GraphConfig = {
  ...molecules,
  nodes: { numbers: [0, 1, 2].map(() => ({ mean: 0, std: 1 })), classes: [] },
};

/** The types inside stay inside. */
type Run = (on: Parameters<typeof reconstructOn>[0]) => Promise<Reconstructed>;
const caseOf =
  <Raw, Features, Arrays>(
    make: (scope: ParameterScope) => Tokenizer<Raw, Features, Arrays>,
    raw: (seed: number) => Raw,
  ): Run =>
  (on) =>
    reconstructOn(on, { make, raws: seeds.map(raw) });

const cases: Readonly<Record<string, Run>> = {
  image: caseOf(
    (s) => new ImageTokenizer(s, { ...imageDefaults, ...plane }, width),
    (seed) => ({ pixels: bytes(seed, 64), height: 8, width: 8, channels: 1 }),
  ),
  text: caseOf(
    (s) =>
      new TextTokenizer(
        s,
        { ...textDefaults, length: 16, vocabulary: { pieces: [...specialPieces, ...words] } },
        width,
      ),
    (seed) => ({ text: words.slice(0, 5 + 2 * seed).join(' ') }),
  ),
  audio: caseOf(
    (s) => new AudioTokenizer(s, { ...audioDefaults, frames: 8, nMels: 16, patchFrames: 4, patchMels: 4 }, width),
    (seed) => ({ samples: floats(seed, 4000), sampleRate: 16_000 }),
  ),
  tabular: caseOf(
    (s) =>
      new TabularTokenizer(
        s,
        { ...tabularDefaults, columns, mask: { kind: 'random', ratio: 0.5, method: 'replace' } },
        width,
      ),
    (seed) => ({ values: ['y', seed, null, 'm'] }),
  ),
  'time series': caseOf(
    (s) =>
      new TimeseriesTokenizer(s, { ...timeseriesDefaults, steps: 24, patch: 4, channels, instanceNorm: 'mean' }, width),
    (seed) => ({
      ...{ history: floats(seed, 24 * 6), future: floats(seed, 6), steps: 24, horizon: 1, channels: 6 },
      dayOfYear: 40 * seed,
    }),
  ),
  IMU: caseOf(
    (s) => new ImuTokenizer(s, { ...imuDefaults, steps: 32, patch: 4, channels }, width),
    (seed) => ({ window: floats(seed, 32 * 6), steps: 32, channels: 6 }),
  ),
  video: caseOf(
    (s) => new VideoTokenizer(s, { ...videoDefaults, ...plane, divided: { blocks: 1, heads: 2 } }, width),
    (seed) => ({ pixels: bytes(seed, 4 * 64 * 3), frames: 4, height: 8, width: 8, channels: 3 }),
  ),
  depth: caseOf(
    (s) => new DepthTokenizer(s, { ...depthDefaults, ...plane }, width),
    (seed) => ({ depth: floats(seed, 64).map((x) => 0.5 + x), height: 8, width: 8, focalLength: 300, baseline: 0.1 }),
  ),
  'point cloud': caseOf(
    (s) =>
      new PointCloudTokenizer(
        s,
        { ...pointCloudDefaults, points: 32, groups: 6, groupSize: 8, hidden: 4, positionHidden: 8 },
        width,
      ),
    (seed) => ({ positions: floats(seed, 120), count: 40, features: null }),
  ),
  'graph of classes': caseOf(
    (s) => new GraphTokenizer(s, molecules, width),
    (seed) => graphOf(molecules, seed),
  ),
  'graph of numbers': caseOf(
    (s) => new GraphTokenizer(s, measured, width),
    (seed) => graphOf(measured, seed),
  ),
  'X-ray': caseOf((s) => new XrayTokenizer(s, { ...xrayDefaults, ...plane }, width), film),
  'infrared, replaced': caseOf(
    (s) =>
      new InfraredTokenizer(
        s,
        { ...infraredDefaults, ...plane, mask: { kind: 'random', ratio: 0.5, method: 'replace' } },
        width,
      ),
    film,
  ),
  hyperspectral: caseOf(
    (s) =>
      new HyperspectralTokenizer(
        s,
        {
          ...hyperspectralDefaults,
          bands: 16,
          mean: new Array<number>(16).fill(0.5),
          std: new Array<number>(16).fill(1),
        },
        width,
      ),
    (seed) => ({ values: floats(seed, 144), height: 3, width: 3, bands: 16 }),
  ),
};

it.each(Object.entries(cases))('%s: the CPU and the GPU agree', async (_name, run) => {
  const [want, got] = [await run(cpu), await run(gpu)];
  expect([...got.keys()]).toEqual([...want.keys()]);
  expect(want.size).toBeGreaterThan(4);
  for (const values of want.values()) expect(values.some((x) => x !== 0)).toBe(true);
  const gaps = [...relativeGaps(want, got)];
  expect(gaps.filter(([, gap]) => !(gap <= tolerance))).toEqual([]);
});
