// Augmentation by numbers: the same key gives the same sample, no strength gives the sample itself, and what each change must
// keep it keeps.

import { readFileSync } from 'node:fs';
import type {
  RawAudio,
  RawCube,
  RawDepth,
  RawGraph,
  RawImage,
  RawImu,
  RawPlane,
  RawPoints,
  RawSeries,
  RawVideo,
} from '@omnigrad/data';
import { foldKey, type RngKey, rngKey } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { brightened, contrasted, drawColour } from '../src/image/colour.ts';
import { randAugmented } from '../src/image/rand-augment.ts';
import {
  type Augment,
  audioAugment,
  audioMasking,
  depthAugment,
  graphAugment,
  graphSignFlips,
  hyperspectralAugment,
  imageAugment,
  imageMix,
  imuAugment,
  infraredAugment,
  pointCloudAugment,
  timeseriesAugment,
  usualAudioAugment,
  usualDepthAugment,
  usualGraphAugment,
  usualHyperspectralAugment,
  usualImageAugment,
  usualImageMix,
  usualImuAugment,
  usualInfraredAugment,
  usualPointCloudAugment,
  usualTimeseriesAugment,
  usualVideoAugment,
  usualXrayAugment,
  videoAugment,
  xrayAugment,
} from '../src/index.ts';
import { drawBox, mirrored, resizeBox } from '../src/shared/crop.ts';
import { Draws } from '../src/shared/draws.ts';

const keys = (count: number): RngKey[] => Array.from({ length: count }, (_, i) => foldKey(rngKey(3), i));
const wave = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => scale * (Math.sin(0.7 * i) + Math.cos(0.13 * i * i)));
/** The rule of tools/golden/augment_files.py. */
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (37 * i + ((i * i) % 91)) % 256);

const image = (channels = 3): RawImage => ({ pixels: bytes(7 * 9 * channels), height: 7, width: 9, channels });
const video: RawVideo = { pixels: bytes(4 * 6 * 8 * 3), frames: 4, height: 6, width: 8, channels: 3 };
const depth: RawDepth = { depth: wave(48).map(Math.abs), height: 6, width: 8, focalLength: 40, baseline: 0.075 };
const plane: RawPlane = { values: Uint16Array.from(bytes(48)), height: 6, width: 8, black: 10, white: 200 };
const audio: RawAudio = { samples: wave(400), sampleRate: 16000 };
const points: RawPoints = { positions: wave(600), count: 200, features: wave(800, 2) };
const series: RawSeries = {
  ...{ history: wave(40), future: wave(10, 2), steps: 20, horizon: 5, channels: 2, dayOfYear: 9 },
};
const imu: RawImu = { window: wave(60), steps: 10, channels: 6 };
const graph: RawGraph = {
  ...{ nodes: 6, directed: false, edges: Int32Array.of(0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 0, 2, 1, 3) },
  nodeFeatures: wave(12),
  edgeFeatures: wave(7),
};
const cube: RawCube = { values: wave(45), height: 3, width: 3, bands: 5 };

interface Case<Raw> {
  readonly raw: Raw;
  readonly strong: Augment<Raw>;
  readonly none: Augment<Raw>;
}
/** The whole of a picture, in its own shape. */
const whole = (ratio: number) => ({ scale: [1, 1], ratio: [ratio, ratio] }) as const;
const closed = <Raw>(c: Case<Raw>) => ({
  none: (key: RngKey) => [c.none(c.raw, key), c.raw],
  strong: (key: RngKey): unknown => c.strong(c.raw, key),
  raw: (): unknown => c.raw,
});

describe.each([
  [
    'image',
    closed({
      raw: image(),
      strong: imageAugment({
        ...{ crop: { scale: [0.3, 0.9] }, flip: 0.5, rand: { ops: 2, magnitude: 0.5 } },
        colour: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
        erase: { probability: 0.5, area: [0.1, 0.3] },
      }),
      none: imageAugment({
        ...{ crop: whole(9 / 7), flip: 0, colour: {}, rand: { ops: 3, magnitude: 0 } },
        erase: { probability: 0, area: [0.1, 0.2] },
      }),
    }),
  ],
  [
    'video',
    closed({
      raw: video,
      strong: videoAugment({ ...usualVideoAugment, colour: { hue: 0.2 } }),
      none: videoAugment({ crop: whole(8 / 6), flip: 0, tempo: 0, colour: {} }),
    }),
  ],
  [
    'depth',
    closed({ raw: depth, strong: depthAugment(usualDepthAugment), none: depthAugment({ crop: { scale: [1, 1] } }) }),
  ],
  [
    'xray',
    closed({ raw: plane, strong: xrayAugment(usualXrayAugment), none: xrayAugment({ crop: whole(8 / 6), window: 0 }) }),
  ],
  [
    'infrared',
    closed({
      raw: plane,
      strong: infraredAugment(usualInfraredAugment),
      none: infraredAugment({ crop: whole(8 / 6) }),
    }),
  ],
  ['audio', closed({ raw: audio, strong: audioAugment(usualAudioAugment), none: audioAugment({ roll: 0, gain: 0 }) })],
  [
    'point cloud',
    closed({
      raw: points,
      strong: pointCloudAugment({ ...usualPointCloudAugment, vectors: [1] }),
      none: pointCloudAugment({ scale: [1, 1], jitter: { std: 0, clip: 1 }, dropout: { most: 0, least: 1 } }),
    }),
  ],
  [
    'series',
    closed({ raw: series, strong: timeseriesAugment(usualTimeseriesAugment), none: timeseriesAugment({ jitter: 0 }) }),
  ],
  [
    'IMU',
    closed({ raw: imu, strong: imuAugment({ ...usualImuAugment, jitter: 0.1 }), none: imuAugment({ scale: 0 }) }),
  ],
  ['graph', closed({ raw: graph, strong: graphAugment({ dropEdges: 0.4 }), none: graphAugment({ dropEdges: 0 }) })],
  [
    'hyperspectral',
    closed({
      raw: cube,
      strong: hyperspectralAugment(usualHyperspectralAugment),
      none: hyperspectralAugment({ rotate: false, flip: 0, light: 0, noise: 0 }),
    }),
  ],
] as const)('%s', (_name, { none, strong, raw }) => {
  test('the key decides, the sample stays, and no strength changes nothing', () => {
    const before = structuredClone(raw());
    const made = keys(6).map(strong);
    expect(keys(6).map(strong)).toEqual(made);
    expect(new Set(made.map((one) => JSON.stringify(one))).size).toBeGreaterThan(3);
    expect(raw()).toEqual(before);
    for (const key of keys(6)) {
      const [same, wanted] = none(key);
      expect(same).toEqual(wanted);
    }
  });
});

interface Golden {
  readonly crop: {
    readonly box: readonly [number, number, number, number];
    readonly rgb: number[];
    readonly grey: number[];
  };
  readonly brightness: { readonly factor: number; readonly rgb: number[] };
  readonly contrast: { readonly factor: number; readonly rgb: number[]; readonly grey: number[] };
  readonly saturation: { readonly factor: number; readonly rgb: number[] };
  readonly hue: { readonly turn: number; readonly rgb: number[] };
  readonly rotate: { readonly degrees: number; readonly grey: number[] };
}
const golden: Golden = JSON.parse(readFileSync(new URL('./goldens/augment.json', import.meta.url), 'utf8'));
const gap = (a: ArrayLike<number>, b: readonly number[]): number =>
  a.length === b.length ? Math.max(...b.map((x, i) => Math.abs(x - a[i]))) : Infinity;

describe('as torchvision', () => {
  const size = { height: 7, width: 9 };
  test('crops are resized', () => {
    const [top, left, height, width] = golden.crop.box;
    const box = { top, left, height, width };
    expect(gap(resizeBox(image(3).pixels, { ...size, channels: 3 }, box), golden.crop.rgb)).toBeLessThan(1e-3);
    expect(gap(resizeBox(image(1).pixels, { ...size, channels: 1 }, box), golden.crop.grey)).toBeLessThan(1e-3);
  });

  test('colours change', () => {
    const rgb = Float32Array.from(image(3).pixels);
    expect(gap(brightened(rgb, 3, golden.brightness.factor), golden.brightness.rgb)).toBeLessThan(1e-3);
    expect(gap(contrasted(rgb, 3, golden.contrast.factor), golden.contrast.rgb)).toBeLessThan(0.02);
    const grey = Float32Array.from(image(1).pixels);
    expect(gap(contrasted(grey, 1, golden.contrast.factor), golden.contrast.grey)).toBeLessThan(0.02);
    // a draw that lands on the golden's factor: bytes are rounded
    const at = (share: number): Draws =>
      Object.assign(new Draws([0, 0]), { uniform: (a = 0, b = 1) => a + (b - a) * share });
    const saturation = drawColour({ saturation: 1 }, at(golden.saturation.factor / 2), 3)(image(3).pixels);
    expect(gap(saturation, golden.saturation.rgb)).toBeLessThan(0.51);
    const hue = drawColour({ hue: 0.5 }, at(golden.hue.turn + 0.5), 3)(image(3).pixels);
    expect(gap(hue, golden.hue.rgb)).toBeLessThan(0.51);
  });

  test('pictures are turned', () => {
    // the first change of RandAugment, with its sign
    const [first, minus] = [
      { below: () => 0, chance: () => true },
      { below: () => 0, chance: () => false },
    ].map((choice) =>
      randAugmented(
        image(1).pixels,
        { ...size, channels: 1 },
        { ops: 1, magnitude: golden.rotate.degrees / 30 },
        Object.assign(new Draws([0, 0]), choice),
      ),
    );
    expect(Math.min(gap(first, golden.rotate.grey), gap(minus, golden.rotate.grey))).toBeLessThan(0.6);
  });
});

describe('draws', () => {
  test('have the moments of their distributions', () => {
    const draws = new Draws(rngKey(1));
    const momentsOf = (draw: () => number) => {
      const list = Array.from({ length: 20000 }, draw);
      const mean = list.reduce((a, b) => a + b) / list.length;
      return [mean, list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length];
    };
    const near = ([mean, variance]: number[], wanted: readonly [number, number], within: number): void => {
      expect(Math.abs(mean - wanted[0])).toBeLessThan(within);
      expect(Math.abs(variance - wanted[1])).toBeLessThan(within);
    };
    near(
      momentsOf(() => draws.uniform(-1, 3)),
      [1, 16 / 12],
      0.04,
    );
    near(
      momentsOf(() => draws.normal()),
      [0, 1],
      0.03,
    );
    near(
      momentsOf(() => draws.below(5)),
      [2, 2],
      0.05,
    );
    near(
      momentsOf(() => draws.gamma(2.5)),
      [2.5, 2.5],
      0.12,
    );
    near(
      momentsOf(() => draws.gamma(0.4)),
      [0.4, 0.4],
      0.03,
    );
    near(
      momentsOf(() => draws.beta(0.8, 0.8)),
      [0.5, 0.25 / 2.6],
      0.01,
    );
    near(
      momentsOf(() => draws.beta(2, 6)),
      [0.25, 12 / (64 * 9)],
      0.01,
    );
  });

  test('boxes lie inside, and have the areas and shapes that were asked for', () => {
    const draws = new Draws(rngKey(2));
    const areas: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const box = drawBox(draws, 100, 160, { scale: [0.2, 0.6], ratio: [0.5, 2] });
      expect(Math.min(box.top, box.left)).toBeGreaterThanOrEqual(0);
      expect(box.top + box.height).toBeLessThanOrEqual(100);
      expect(box.left + box.width).toBeLessThanOrEqual(160);
      expect(box.width / box.height).toBeGreaterThan(0.48);
      expect(box.width / box.height).toBeLessThan(2.05);
      areas.push((box.width * box.height) / 16000);
    }
    expect(Math.min(...areas)).toBeGreaterThan(0.19);
    expect(Math.max(...areas)).toBeLessThan(0.61);
    expect(areas.reduce((a, b) => a + b) / 2000).toBeCloseTo(0.39, 1);
    // what cannot fit: the largest in the middle
    expect(drawBox(draws, 10, 100, { scale: [1, 1], ratio: [1, 1] })).toEqual({
      top: 0,
      left: 45,
      height: 10,
      width: 10,
    });
  });
});

describe('what is kept', () => {
  test('a mirror twice is the picture; erasing changes one box alone', () => {
    const { pixels } = image();
    const size = { height: 7, width: 9, channels: 3 };
    for (const axis of ['horizontal', 'vertical'] as const) {
      expect(mirrored(pixels, size, axis)).not.toEqual(pixels);
      expect(mirrored(mirrored(pixels, size, axis), size, axis)).toEqual(pixels);
    }
    expect(imageAugment({ flip: 1 })(image(), keys(1)[0]).pixels).toEqual(mirrored(pixels, size));
    const erase = imageAugment({ erase: { probability: 1, area: [0.2, 0.3] } });
    const grey: RawImage = { ...image(1), pixels: new Uint8Array(40 * 50).fill(7), height: 40, width: 50 };
    for (const key of keys(20)) {
      const changed = erase(grey, key).pixels.map((x) => Number(x !== 7));
      const rows = Array.from({ length: 40 }, (_, y) => changed.subarray(50 * y, 50 * y + 50));
      const tall = rows.filter((row) => row.includes(1)).length;
      const wide = Math.max(...rows.map((row) => row.lastIndexOf(1) - row.indexOf(1) + 1));
      expect((tall * wide) / 2000).toBeGreaterThan(0.18);
      expect((tall * wide) / 2000).toBeLessThan(0.32);
      // one byte in 256 is what it was
      expect(changed.reduce((a, b) => a + b) / (tall * wide)).toBeGreaterThan(0.95);
    }
  });

  test('frames of a clip change alike, and their order is kept', () => {
    const frame = bytes(6 * 8 * 3);
    const still = {
      ...video,
      pixels: Uint8Array.from({ length: 4 * frame.length }, (_, i) => frame[i % frame.length]),
    };
    const change = videoAugment({ ...usualVideoAugment, colour: { brightness: 0.5, hue: 0.3 } });
    for (const key of keys(5)) {
      const { pixels } = change(still, key);
      for (let f = 1; f < 4; f++) {
        expect(pixels.subarray(f * frame.length, (f + 1) * frame.length)).toEqual(pixels.subarray(0, frame.length));
      }
    }
    const numbered = {
      ...video,
      pixels: Uint8Array.from({ length: video.pixels.length }, (_, i) => Math.floor(i / 144)),
    };
    const orders = keys(30).map((key) => {
      const { pixels } = videoAugment({ tempo: 0.9 })(numbered, key);
      return [0, 1, 2, 3].map((f) => pixels[144 * f]);
    });
    for (const order of orders) expect(order).toEqual([...order].sort());
    expect(new Set(orders.map(String))).toContain('0,1,2,3');
    expect(new Set(orders.map(String)).size).toBeGreaterThan(2);
  });

  test('depths are those that were measured, seen through a longer lens', () => {
    const seen = new Set(depth.depth);
    for (const key of keys(10)) {
      const out = depthAugment({ crop: { scale: [0.3, 0.6] }, flip: 0.5 })(depth, key);
      for (const z of out.depth) expect(seen.has(z)).toBe(true);
      expect(out.focalLength / depth.focalLength).toBeGreaterThan(1 / Math.sqrt(0.75));
      expect(out.focalLength / depth.focalLength).toBeLessThan(1 / Math.sqrt(0.2));
      expect(out.baseline).toBe(depth.baseline);
    }
  });

  test('planes keep their kind of number; an X-ray is never mirrored', () => {
    const ramp: RawPlane = { ...plane, values: Uint16Array.from({ length: 48 }, (_, i) => 1000 * (i % 8)) };
    for (const key of keys(20)) {
      const { values, black, white } = xrayAugment(usualXrayAugment)(ramp, key);
      expect(values).toBeInstanceOf(Uint16Array);
      expect(values[7]).toBeGreaterThan(values[0]);
      expect(Math.abs(black - 10)).toBeLessThanOrEqual(19);
      expect(Math.abs(white - 200)).toBeLessThanOrEqual(19);
    }
    const turned = keys(20).filter((key) => {
      const { values } = infraredAugment({ flip: 0.5 })(ramp, key);
      return values[7] < values[0];
    });
    expect(turned.length).toBeGreaterThan(3);
    expect(turned.length).toBeLessThan(17);
    const heat: RawPlane = { ...plane, values: wave(48) };
    expect(infraredAugment({ flip: 1 })(heat, keys(1)[0]).values).toEqual(
      mirrored(wave(48), { height: 6, width: 8, channels: 1 }),
    );
  });

  test('a rolled sound has all its values, as loud as the gain says; bars of the spectrogram are silent', () => {
    for (const key of keys(10)) {
      const { samples } = audioAugment({ roll: 1, gain: 6 })(audio, key);
      const [a, b] = [samples, audio.samples].map((x) => Float32Array.from(x).sort());
      const gain = 20 * Math.log10(b[0] === 0 ? 1 : a[0] / b[0]);
      expect(Math.abs(gain)).toBeLessThanOrEqual(6);
      const factor = 10 ** (gain / 20);
      expect(
        gap(
          a,
          Array.from(b, (x) => factor * x),
        ),
      ).toBeLessThan(1e-5);
    }
    const [frames, nMels] = [40, 20];
    const values = wave(frames * nMels).map((x) => x || 1);
    const mask = audioMasking({ timeMask: 0.25, frequencyMask: 0.5 }, { frames, nMels });
    let [most, hidden] = [0, 0];
    for (const key of keys(40)) {
      const out = mask({ values }, key).values;
      const silentFrames = Array.from({ length: frames }, (_, t) =>
        out.subarray(t * nMels, (t + 1) * nMels).every((x) => x === 0),
      );
      const silentBands = Array.from({ length: nMels }, (_, m) =>
        silentFrames.every((_t, t) => out[t * nMels + m] === 0),
      );
      out.forEach((x, i) => {
        const silent = silentFrames[Math.floor(i / nMels)] || silentBands[i % nMels];
        expect(x).toBe(silent ? 0 : values[i]);
        hidden += Number(silent);
      });
      const [t, m] = [silentFrames, silentBands].map((list) => list.filter(Boolean).length);
      expect(t).toBeLessThanOrEqual(10);
      expect(m).toBeLessThanOrEqual(10);
      most = Math.max(most, t);
    }
    expect(most).toBeGreaterThan(7);
    expect(hidden / (40 * frames * nMels)).toBeGreaterThan(0.2);
    expect(mask({ values }, keys(1)[0])).toEqual(mask({ values }, keys(1)[0]));
  });

  test('a turned cloud keeps its distances and its heights; a thinned one its points', () => {
    const distance = (p: Float32Array, i: number, j: number): number =>
      Math.hypot(...[0, 1, 2].map((k) => p[3 * i + k] - p[3 * j + k]));
    for (const [n, key] of keys(6).entries()) {
      const up = (['x', 'y', 'z'] as const)[n % 3];
      const change = pointCloudAugment({ rotate: Math.PI, up, scale: [2, 2], translate: 3, vectors: [1] });
      const { positions, features, count } = change(points, key);
      expect(count).toBe(200);
      const upright = 'xyz'.indexOf(up);
      const shift = positions[upright] - 2 * points.positions[upright];
      for (let i = 1; i < 30; i++) {
        expect(distance(positions, 0, i)).toBeCloseTo(2 * distance(points.positions, 0, i), 4);
        expect(positions[3 * i + upright] - 2 * points.positions[3 * i + upright]).toBeCloseTo(shift, 4);
        const [a, b] = [features, points.features].map((f) => f?.subarray(4 * i, 4 * i + 4) ?? []);
        // what is no vector stays, and vectors keep their length
        expect(a[0]).toBe(b[0]);
        expect(Math.hypot(a[1], a[2], a[3])).toBeCloseTo(Math.hypot(b[1], b[2], b[3]), 4);
      }
    }
    const rows = new Map(Array.from({ length: 200 }, (_, i) => [points.positions[3 * i], i]));
    const counts = keys(30).map((key) => {
      const { positions, features, count } = pointCloudAugment({ dropout: { most: 0.9, least: 64 } })(points, key);
      expect([positions.length, features?.length]).toEqual([3 * count, 4 * count]);
      for (let i = 0; i < count; i++) {
        const from = rows.get(positions[3 * i]) ?? -1;
        expect(features?.[4 * i + 3]).toBe(points.features?.[4 * from + 3]);
      }
      return count;
    });
    expect(Math.min(...counts)).toBe(64);
    expect(Math.max(...counts)).toBeGreaterThan(150);
    const jitter = pointCloudAugment({ jitter: { std: 1, clip: 0.25 } })(points, keys(1)[0]).positions;
    const off = jitter.map((x, i) => Math.abs(x - points.positions[i]));
    expect(Math.max(...off)).toBeLessThan(0.2501);
    expect(off.filter((x) => x > 0.2499).length / 600).toBeGreaterThan(0.7);
  });

  test('a series swings as its history does, and its future has no noise', () => {
    for (const key of keys(5)) {
      const { history, future } = timeseriesAugment({ scale: 0.5 })(series, key);
      for (const c of [0, 1]) {
        const of = (x: Float32Array): number[] => Array.from(x).filter((_, i) => i % 2 === c);
        const [before, after] = [of(series.history), of(history)];
        const mean = before.reduce((a, b) => a + b) / before.length;
        const factor = (after[0] - mean) / (before[0] - mean);
        expect(Math.abs(factor - 1)).toBeGreaterThan(1e-4);
        const wanted = [...before, ...of(series.future)].map((x) => mean + factor * (x - mean));
        expect(gap([...after, ...of(future)], wanted)).toBeLessThan(1e-4);
      }
    }
    const long = { ...series, history: wave(4000), steps: 2000 };
    const noisy = timeseriesAugment({ jitter: 0.1 })(long, keys(1)[0]);
    expect(noisy.future).toEqual(long.future);
    const variance = (x: ArrayLike<number>): number => Array.from(x).reduce((a, v) => a + v * v, 0) / x.length;
    const noise = noisy.history.map((x, i) => x - long.history[i]);
    expect(Math.sqrt(variance(noise) / variance(long.history))).toBeCloseTo(0.1, 2);
  });

  test('a turned sensor measures the same lengths and angles; angles of attitude are left', () => {
    const dot = (w: Float32Array, at: number, other: number): number =>
      [0, 1, 2].reduce((sum, k) => sum + w[at + k] * w[other + k], 0);
    for (const key of keys(6)) {
      const { window } = imuAugment({ rotate: 1, vectors: [0, 3] })(imu, key);
      const alone = imuAugment({ rotate: 1 })(imu, key).window;
      for (let step = 0; step < 10; step++) {
        const at = 6 * step;
        for (const [a, b] of [
          [at, at],
          [at + 3, at + 3],
          [at, at + 3],
          [at, (at + 6) % 60],
        ] as const) {
          expect(dot(window, a, b)).toBeCloseTo(dot(imu.window, a, b), 4);
        }
        expect(alone.subarray(at, at + 3)).toEqual(window.subarray(at, at + 3));
        expect(alone.subarray(at + 3, at + 6)).toEqual(imu.window.subarray(at + 3, at + 6));
      }
    }
  });

  test('a graph keeps edges with their features; eigenvectors keep all but their sign', () => {
    let kept = 0;
    for (const key of keys(200)) {
      const { edges, edgeFeatures, nodeFeatures } = graphAugment({ dropEdges: 0.3 })(graph, key);
      kept += edges.length / 2;
      expect(nodeFeatures).toBe(graph.nodeFeatures);
      expect(edgeFeatures?.length).toBe(edges.length / 2);
      edgeFeatures?.forEach((x, e) => {
        const from = graph.edgeFeatures?.indexOf(x) ?? -1;
        expect(Array.from(edges.subarray(2 * e, 2 * e + 2))).toEqual(
          Array.from(graph.edges.subarray(2 * from, 2 * from + 2)),
        );
      });
    }
    expect(kept / 1400).toBeGreaterThan(0.66);
    expect(kept / 1400).toBeLessThan(0.74);
    const rows = { numbers: new Float32Array(0), classes: new Int32Array(0) };
    const features = {
      nodeCount: 5,
      edgeCount: 0,
      nodes: rows,
      edges: rows,
      ends: new Int32Array(0),
      places: wave(40),
    };
    const flip = graphSignFlips({ identifiers: { kind: 'laplacian', width: 4, flipSigns: true } });
    const signs = keys(20).map((key) => {
      const { places } = flip(features, key);
      const own = [0, 1, 2, 3].map((k) => Math.sign(places[k] * features.places[k]));
      expect(Array.from(places)).toEqual(Array.from(features.places, (x, i) => own[i % 4] * x));
      return own.join();
    });
    expect(new Set(signs).size).toBeGreaterThan(5);
  });

  test('a window of spectra keeps its spectra, wherever they lie', () => {
    const spectra = (values: Float32Array): string[] =>
      Array.from({ length: 9 }, (_, p) => values.subarray(5 * p, 5 * p + 5).join());
    const places = new Set<string>();
    for (const key of keys(60)) {
      const { values } = hyperspectralAugment({ rotate: true, flip: 0.5 })(cube, key);
      const found = spectra(values);
      expect([...found].sort()).toEqual(spectra(cube.values).sort());
      expect(found[4]).toBe(spectra(cube.values)[4]);
      places.add(found.join());
    }
    // the eight symmetries of the square
    expect(places.size).toBe(8);
    const flat: RawCube = { values: new Float32Array(4000).fill(2), height: 1, width: 800, bands: 5 };
    const noisy = hyperspectralAugment({ noise: 0.1 })(flat, keys(1)[0]).values;
    expect(Math.sqrt(noisy.reduce((sum, x) => sum + (x - 2) ** 2, 0) / 4000)).toBeCloseTo(0.2, 2);
  });
});

describe('mixed images', () => {
  const raws: RawImage[] = [11, 60, 140, 250].map((value) => ({
    ...{ pixels: new Uint8Array(20 * 30).fill(value), height: 20, width: 30, channels: 1 },
  }));

  test('mixup blends two of the batch by the share of the label', () => {
    for (const key of keys(10)) {
      const { samples, partners, shares } = imageMix({ mixup: 0.8, cutmix: 0 })(raws, key);
      expect([...partners].sort()).toEqual([0, 1, 2, 3]);
      samples.forEach(({ pixels }, i) => {
        const wanted = shares[i] * raws[i].pixels[0] + (1 - shares[i]) * raws[partners[i]].pixels[0];
        expect(Math.abs(pixels[0] - wanted)).toBeLessThan(0.51);
        expect(new Set(pixels).size).toBe(1);
      });
    }
  });

  test('CutMix pastes as much as the label says', () => {
    const seen: number[] = [];
    for (const key of keys(20)) {
      const { samples, partners, shares } = imageMix({ mixup: 0, cutmix: 1 })(raws, key);
      samples.forEach(({ pixels }, i) => {
        if (partners[i] === i) return;
        const own = pixels.filter((x) => x === raws[i].pixels[0]).length;
        expect(own / 600).toBeCloseTo(shares[i], 6);
        expect(pixels.filter((x) => x === raws[partners[i]].pixels[0]).length).toBe(600 - own);
        seen.push(shares[i]);
      });
    }
    expect(Math.min(...seen)).toBeLessThan(0.4);
    expect(Math.max(...seen)).toBeGreaterThan(0.9);
  });

  test('keeps the batch where nothing is asked, and refuses unequal sizes', () => {
    const none = imageMix({ ...usualImageMix, probability: 0 })(raws, keys(1)[0]);
    expect(none.samples).toEqual(raws);
    expect([...none.shares]).toEqual([1, 1, 1, 1]);
    const before = structuredClone(raws);
    expect(imageMix(usualImageMix)(raws, keys(1)[0])).toEqual(imageMix(usualImageMix)(raws, keys(1)[0]));
    expect(raws).toEqual(before);
    const swapped =
      keys(20).find((key) => imageMix(usualImageMix)(raws.slice(0, 2), key).partners[0] === 1) ?? keys(1)[0];
    expect(() => imageMix(usualImageMix)([raws[0], image(1)], swapped)).toThrow(
      'imageMix: expected images of one size, came 20 x 30 x 1 and 7 x 9 x 1; resize them first',
    );
  });
});

test('strengths that cannot be are refused in one line', () => {
  const bad: readonly (readonly [() => unknown, string])[] = [
    [() => imageAugment({ flip: 2 }), 'imageAugment: flip: expected a number from 0 to 1, came 2'],
    [
      () => imageAugment({ crop: { scale: [0.9, 0.1] } }),
      'imageAugment: crop.scale: expected two ascending numbers from 0.000001 to 1, came 0.9 and 0.1',
    ],
    [
      () => imageAugment({ colour: { hue: 0.7 } }),
      'imageAugment: colour.hue: expected a number from 0 to 0.5, came 0.7',
    ],
    [
      () => imageAugment({ rand: { ops: 1.5, magnitude: 1 } }),
      'imageAugment: rand.ops: expected a whole number from 0 to 16, came 1.5',
    ],
    [() => imageMix({ mixup: -1, cutmix: 0 }), 'imageMix: mixup: expected a number from 0 to 1000, came -1'],
    [() => videoAugment({ tempo: Number.NaN }), 'videoAugment: tempo: expected a number from 0 to 0.999, came NaN'],
    [() => xrayAugment({ window: 0.5 }), 'xrayAugment: window: expected a number from 0 to 0.499, came 0.5'],
    [() => audioAugment({ gain: -1 }), 'audioAugment: gain: expected a number from 0 to 60, came -1'],
    [
      () => pointCloudAugment({ vectors: [2] })(points, keys(1)[0]),
      'pointCloudAugment: vectors: expected columns with two more behind them among 4 features, came 2',
    ],
    [
      () => imuAugment({ vectors: [4] })(imu, keys(1)[0]),
      'imuAugment: vectors: expected channels with two more behind them among 6, came 4',
    ],
    [
      () => graphAugment({ ...usualGraphAugment, dropEdges: 1.1 }),
      'graphAugment: dropEdges: expected a number from 0 to 1, came 1.1',
    ],
    [
      () => graphSignFlips({ identifiers: { kind: 'orthonormal', width: 4, seed: 1 } }),
      'graphSignFlips: flipSigns: expected identifiers of kind laplacian, came orthonormal; only eigenvectors have a free sign',
    ],
    [
      () => timeseriesAugment({ jitter: -0.1 }),
      'timeseriesAugment: jitter: expected a number from 0 to 100, came -0.1',
    ],
    [
      () => hyperspectralAugment({ light: -0.1 }),
      'hyperspectralAugment: light: expected a number from 0 to 100, came -0.1',
    ],
    [
      () => imageAugment({ ...usualImageAugment, erase: { probability: 1, area: [0, 2] } }),
      'imageAugment: erase.area: expected two ascending numbers from 0.000001 to 1, came 0 and 2',
    ],
  ];
  for (const [make, line] of bad) expect(make).toThrow(line);
});
