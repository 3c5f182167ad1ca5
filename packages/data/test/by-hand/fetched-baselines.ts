// Reads the sets that `omnigrad data fetch all` put into a folder, and prints the tables of the README: counts, classes and the
// classical baseline of each.
//   npx tsx --conditions=omnigrad-source packages/data/test/by-hand/fetched-baselines.ts <folder of the cache>

import { join } from 'node:path';
import {
  audioBaseline,
  type BaselineResult,
  type Dataset,
  featureBaseline,
  footballColumns,
  imageBaseline,
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
  moleculeColumns,
  type RawCube,
  type RawDepth,
  type RawGraph,
  type RawPlane,
  type RawPoints,
  type RawVideo,
  ridgeBaseline,
  textBaseline,
} from '../../src/index.ts';

const [cache] = process.argv.slice(2);
if (cache === undefined) throw new Error('pass the folder of the cache');

const pooled = (values: ArrayLike<number>, height: number, width: number): number[] => {
  const out: number[] = [];
  for (let y = 0; y + 1 < height; y += 2)
    for (let x = 0; x + 1 < width; x += 2) {
      const at = y * width + x;
      out.push((values[at] + values[at + 1] + values[at + width] + values[at + width + 1]) / 4);
    }
  return out;
};

const plane = ({ values, height, width }: RawPlane): number[] => pooled(values, height, width);
const disparity = ({ depth, height, width }: RawDepth): number[] =>
  pooled(
    depth.map((z) => (z === 0 ? 0 : 1 / z)),
    height,
    width,
  );
const spectrum = ({ values, bands }: RawCube): number[] =>
  Array.from({ length: bands }, (_, band) => {
    let sum = 0;
    for (let at = band; at < values.length; at += bands) sum += values[at];
    return (sum * bands) / values.length;
  });
const frames = ({ pixels, frames: count, height, width }: RawVideo): number[] => {
  const size = height * width;
  const grey = Float64Array.from(
    { length: count * size },
    (_, at) => (pixels[3 * at] + pixels[3 * at + 1] + pixels[3 * at + 2]) / 765,
  );
  return Array.from({ length: count }, (_, frame) => pooled(grey.subarray(frame * size), height, width)).flat();
};
const points = ({ positions, count }: RawPoints): number[] => {
  const axes = [0, 1, 2];
  const mean = axes.map((axis) => {
    let sum = 0;
    for (let at = axis; at < positions.length; at += 3) sum += positions[at] / count;
    return sum;
  });
  const away = Array.from({ length: count }, (_, at) =>
    Math.hypot(...axes.map((axis) => positions[3 * at + axis] - mean[axis])),
  );
  const size = away.reduce((sum, d) => sum + d, 0) / count;
  away.sort((a, b) => a - b);
  const spread = axes.map((axis) => {
    let sum = 0;
    for (let at = axis; at < positions.length; at += 3) sum += (positions[at] - mean[axis]) ** 2;
    return Math.sqrt(sum / count) / size;
  });
  return [...Array.from({ length: 10 }, (_, k) => away[Math.floor(((k + 0.5) * count) / 10)] / size), ...spread];
};
const ids =
  (columns: readonly number[]) =>
  ({ nodes, edges, nodeFeatures }: RawGraph): number[] => {
    const counts = columns.map((size) => new Array<number>(size).fill(0));
    for (let node = 0; node < nodes; node++)
      for (const [at, row] of counts.entries()) row[nodeFeatures[node * columns.length + at]]++;
    return [...counts.flat(), nodes, edges.length / 2];
  };

const show = (dataset: Dataset<unknown>, seconds: number, results: readonly BaselineResult[]): void => {
  const counts = (split: Dataset<unknown>['train']): string => {
    const of = dataset.classes.map(() => 0);
    for (let row = 0; row < split.length; row++) of[split.get(row).label]++;
    return dataset.classes.map((name, at) => `${name} ${of[at]}`).join(', ');
  };
  console.log(
    `\n${dataset.name} (${dataset.modality}): ${dataset.train.length} + ${dataset.test.length}, read in ${seconds.toFixed(2)} s`,
  );
  console.log(`  ${dataset.split}; ${dataset.fingerprint}`);
  console.log(`  train: ${counts(dataset.train)}\n  test: ${counts(dataset.test)}`);
  for (const { method, metric, value, chance } of results) {
    console.log(`  ${method} | ${metric} | ${value.toFixed(3)} | ${chance.toFixed(3)}`);
  }
};

const run = <Raw>(load: () => Dataset<Raw>, ...fit: readonly ((dataset: Dataset<Raw>) => BaselineResult)[]): void => {
  const began = performance.now();
  const dataset = load();
  const seconds = (performance.now() - began) / 1000;
  show(
    dataset,
    seconds,
    fit.map((each) => each(dataset)),
  );
};
const of =
  <Raw>(method: string, features: (raw: Raw) => number[]) =>
  (dataset: Dataset<Raw>): BaselineResult =>
    featureBaseline(method, dataset, features);

const set = (name: string): string => join(cache, name);
run(() => loadFurniturePoints(set('furniture')), of('distances and spread', points));
run(() => loadFurnitureDepth(set('furniture')), of('2 x 2 pooled disparity', disparity));
const molecules = loadMolecules(set('molecules'));
run(
  () => molecules,
  of('counts of atoms', ids(moleculeColumns.nodes)),
  (dataset) => ridgeBaseline('counts of atoms', dataset, ids(moleculeColumns.nodes), molecules.activityOf),
);
run(() => loadFootball(set('football')), of('counts of conferences', ids(footballColumns.nodes)));
run(() => loadCranium(set('cranium')), of('2 x 2 pooled pixels', plane));
run(() => loadLandsat(set('landsat')), of('2 x 2 pooled pixels', plane));
run(() => loadMixedSpectra(set('mixed-spectra')), of('mean spectrum', spectrum));
run(() => loadMovingStamps(set('stamps')), of('2 x 2 pooled frames', frames));
run(() => loadStamps(set('stamps')).image, imageBaseline);
run(() => loadStamps(set('stamps')).text, textBaseline);
run(() => loadStamps(set('stamps')).audio, audioBaseline);
run(() => loadFashionMnist(set('fashion-mnist')), imageBaseline);
