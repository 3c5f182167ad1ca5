// Fits the classical baseline of each Poly-13 modality and prints the table of docs/poly13.md:
//   npx tsx --conditions=omnigrad-source packages/data/test/by-hand/poly13-baselines.ts [rho] [modality ...]

import {
  bagOfWords,
  channelMomentsOfWindows,
  type FeatureSet,
  melMoments,
  pooledPixels,
  standardise,
  tableColumns,
} from '../../src/baselines/features.ts';
import {
  accuracy,
  type Dataset,
  fitLogisticRegression,
  labelsOf,
  type Modality,
  modalities,
  type Poly13,
  poly13,
  type RawCube,
  type RawDepth,
  type RawGraph,
  type RawPlane,
  type RawPoints,
  type RawSeries,
  type RawVideo,
} from '../../src/index.ts';

const [rho = '1', ...only] = process.argv.slice(2);
const sets = poly13({ seed: 1, rho: Number(rho), trainCount: 2000, testCount: 1000 });

/** `fill` writes the features of one sample. */
function features<Raw>(dataset: Dataset<Raw>, of: (raw: Raw) => ArrayLike<number>): FeatureSet {
  const make = (split: Dataset<Raw>['train']): Float64Array => {
    const rows = Array.from({ length: split.length }, (_, row) => Array.from(of(split.get(row).input)));
    return Float64Array.from(rows.flat());
  };
  const train = make(dataset.train);
  return standardise({ train, test: make(dataset.test), dimensions: train.length / dataset.train.length });
}

/** Means over squares. */
function pooled(values: ArrayLike<number>, height: number, width: number, side: number): number[] {
  const out: number[] = [];
  for (let row = 0; row + side <= height; row += side)
    for (let column = 0; column + side <= width; column += side) {
      let sum = 0;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) sum += values[(row + y) * width + column + x];
      out.push(sum / side ** 2);
    }
  return out;
}

const plane = (dataset: Dataset<RawPlane>): FeatureSet =>
  features(dataset, ({ values, height, width, black, white }) =>
    pooled(
      Array.from(values, (value) => (value - black) / (white - black)),
      height,
      width,
      2,
    ),
  );

const depth = (dataset: Dataset<RawDepth>): FeatureSet =>
  features(dataset, (raw) =>
    pooled(
      raw.depth.map((z) => (z === 0 ? 0 : 1 / z)),
      raw.height,
      raw.width,
      2,
    ),
  );

/** Grey, each frame, and the change from one frame to the next. */
const video = (dataset: Dataset<RawVideo>): FeatureSet =>
  features(dataset, ({ pixels, frames, height, width, channels }) => {
    const size = height * width;
    const grey = Float64Array.from({ length: frames * size }, (_, at) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += pixels[at * channels + channel];
      return sum / (255 * channels);
    });
    const still = Array.from({ length: frames }, (_, frame) =>
      pooled(grey.subarray(frame * size, (frame + 1) * size), height, width, 2),
    );
    const change = Array.from({ length: frames - 1 }, (_, frame) =>
      pooled(
        Float64Array.from({ length: size }, (_, at) =>
          Math.abs(grey[(frame + 1) * size + at] - grey[frame * size + at]),
        ),
        height,
        width,
        4,
      ),
    );
    return [...still.flat(), ...change.flat()];
  });

/** Spread along the axes and how far points lie from the middle, in deciles, by size. */
const points = (dataset: Dataset<RawPoints>): FeatureSet =>
  features(dataset, ({ positions, count }) => {
    const mean = [0, 1, 2].map((axis) => {
      let sum = 0;
      for (let point = 0; point < count; point++) sum += positions[3 * point + axis] / count;
      return sum;
    });
    const at = (point: number, axis: number): number => positions[3 * point + axis] - mean[axis];
    const away = Array.from({ length: count }, (_, point) => Math.hypot(at(point, 0), at(point, 1), at(point, 2)));
    const sorted = away.sort((a, b) => a - b);
    const size = sorted.reduce((sum, value) => sum + value, 0) / count;
    const deciles = Array.from({ length: 10 }, (_, k) => sorted[Math.floor(((k + 0.5) * count) / 10)] / size);
    const moments: number[] = [];
    for (const [a, b] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      let sum = 0;
      for (let point = 0; point < count; point++) sum += (at(point, a) * at(point, b)) / (count * size * size);
      moments.push(sum);
    }
    const heights = Array.from({ length: count }, (_, point) => at(point, 2) / size).sort((a, b) => a - b);
    return [
      ...deciles,
      ...moments,
      ...Array.from({ length: 10 }, (_, k) => heights[Math.floor(((k + 0.5) * count) / 10)]),
    ];
  });

const cube = (dataset: Dataset<RawCube>): FeatureSet =>
  features(dataset, ({ values, bands, height, width }) =>
    Array.from({ length: bands }, (_, band) => {
      let sum = 0;
      for (let pixel = 0; pixel < height * width; pixel++) sum += values[pixel * bands + band] / (height * width);
      return sum;
    }),
  );

/** The likeness of the series to itself, days later. */
const series = (dataset: Dataset<RawSeries>): FeatureSet =>
  features(dataset, ({ history, steps, channels }) =>
    Array.from({ length: channels }, (_, channel) => {
      const values = Float64Array.from({ length: steps }, (_, step) => history[step * channels + channel]);
      const mean = values.reduce((sum, value) => sum + value, 0) / steps;
      const centred = values.map((value) => value - mean);
      const power = centred.reduce((sum, value) => sum + value * value, 0);
      const cubes = centred.reduce((sum, value) => sum + value ** 3, 0);
      const lags = Array.from({ length: 28 }, (_, lag) => {
        let sum = 0;
        for (let step = 0; step + lag + 1 < steps; step++) sum += centred[step] * centred[step + lag + 1];
        return sum / power;
      });
      return [...lags, cubes / steps / (power / steps) ** 1.5];
    }).flat(),
  );

/** Nodes, edges, how many nodes have each degree, triangles, and how many have each id. */
const graph = (dataset: Dataset<RawGraph>): FeatureSet =>
  features(dataset, ({ nodes, edges, nodeFeatures }) => {
    const degree = new Int32Array(nodes);
    for (const node of edges) degree[node]++;
    const degrees = new Float64Array(10);
    for (const d of degree) degrees[Math.min(9, d)] += 1 / nodes;
    const ids = new Float64Array(4);
    for (let node = 0; node < nodes; node++) ids[nodeFeatures[2 * node + 1]] += 1 / nodes;
    const near = new Set<number>();
    for (let at = 0; at < edges.length; at += 2) {
      near.add(edges[at] * nodes + edges[at + 1]);
      near.add(edges[at + 1] * nodes + edges[at]);
    }
    let triangles = 0;
    for (let at = 0; at < edges.length; at += 2)
      for (let node = 0; node < nodes; node++)
        if (near.has(edges[at] * nodes + node) && near.has(edges[at + 1] * nodes + node)) triangles += 1 / 3;
    return [nodes, edges.length / 2, ...degrees, ...ids, triangles];
  });

const baselines: Record<Modality, { readonly features: string; readonly make: (sets: Poly13) => FeatureSet }> = {
  image: { features: '2 x 2 pooled pixels', make: ({ image }) => standardise(pooledPixels(image)) },
  text: { features: 'bag of 500 words', make: ({ text }) => bagOfWords(text, 500) },
  audio: { features: 'mean and deviation of 40 log-mels', make: ({ audio }) => melMoments(audio) },
  tabular: { features: 'standardised columns', make: ({ tabular }) => tableColumns(tabular) },
  timeseries: { features: 'autocorrelation to 28 days and skewness', make: ({ timeseries }) => series(timeseries) },
  imu: { features: 'mean, deviation and range', make: ({ imu }) => channelMomentsOfWindows(imu) },
  video: { features: '2 x 2 pooled frames and their changes', make: (all) => video(all.video) },
  depth: { features: '2 x 2 pooled disparity', make: (all) => depth(all.depth) },
  pointcloud: { features: 'moments, deciles of distance and height', make: ({ pointcloud }) => points(pointcloud) },
  graph: { features: 'counts of degrees, ids and triangles', make: (all) => graph(all.graph) },
  xray: { features: '2 x 2 pooled pixels', make: ({ xray }) => plane(xray) },
  infrared: { features: '2 x 2 pooled pixels', make: ({ infrared }) => plane(infrared) },
  hyperspectral: { features: 'mean spectrum', make: ({ hyperspectral }) => cube(hyperspectral) },
};

const options = { l2: 3e-3, epochs: 40, batchSize: 100, learningRate: 0.01 };

console.log('| modality | features of the logistic regression | train | test | ms a sample |\n|---|---|---|---|---|');
for (const modality of modalities) {
  if (only.length > 0 && !only.includes(modality)) continue;
  const dataset: Dataset<unknown> = sets[modality];
  // Warm, as a long run is.
  for (let row = 200; row < 400; row++) dataset.train.get(row).input;
  const start = performance.now();
  for (let row = 0; row < 200; row++) dataset.train.get(row).input;
  const each = (performance.now() - start) / 200;
  const { train, test } = baselines[modality].make(sets);
  const labels = labelsOf(dataset.train);
  const model = fitLogisticRegression(train, labels, dataset.classes.length, options);
  const score = (rows: Float64Array, truth: Int32Array): string => accuracy(model.predict(rows), truth).toFixed(3);
  const scores = `${score(train, labels)} | ${score(test, labelsOf(dataset.test))}`;
  console.log(`| ${modality} | ${baselines[modality].features} | ${scores} | ${each.toFixed(1)} |`);
}

// What rho is for: a model of one modality, asked about another that it never saw.
if (only.length === 0) {
  const labels = labelsOf(sets.xray.train);
  const model = fitLogisticRegression(plane(sets.xray).train, labels, sets.xray.classes.length, options);
  const truth = labelsOf(sets.infrared.test);
  console.log(`x-ray's model on x-ray: ${accuracy(model.predict(plane(sets.xray).test), truth).toFixed(3)}`);
  console.log(`x-ray's model on infrared: ${accuracy(model.predict(plane(sets.infrared).test), truth).toFixed(3)}`);
}
