// Streams of fetched sets, and which of them a run takes: a rule, so that the same cache and options give the same run.

import {
  DataError,
  type Dataset,
  footballColumns,
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
  type Modality,
  modalitiesWithData,
  moleculeColumns,
  type RawGraph,
  type RawImage,
} from '@omnigrad/data';
import { buildTextVocabulary, imageDefaults } from '@omnigrad/tokenizers';
import {
  audioStream,
  depthStream,
  graphStream,
  hyperspectralStream,
  imageStream,
  infraredStream,
  pointCloudStream,
  type StreamDefinition,
  textStream,
  videoStream,
  xrayStream,
} from '@omnigrad/training';
import type { PublishedUse } from '../published-data.ts';
import { cachedSet, cacheFolder } from './cache.ts';
import { findSource } from './sources.ts';

interface FetchedStream {
  /** As in `fetchSources`. */
  readonly set: string;
  readonly modality: Modality;
  /** What a run's output and report call it: simulated is said. */
  readonly title: string;
  /** `dir`: the set in the cache. `pieces`: BERT's word pieces. */
  readonly load: (dir: string, pieces: () => string[]) => StreamDefinition;
}

/** Counts of each id of each column, and of nodes and edges. */
export const countsOf =
  (columns: readonly number[]) =>
  ({ nodes, edges, nodeFeatures }: RawGraph): number[] => {
    const counts = columns.map((ids) => new Array<number>(ids).fill(0));
    for (let node = 0; node < nodes; node++) {
      for (const [at, ids] of counts.entries()) ids[nodeFeatures[node * columns.length + at]]++;
    }
    return [...counts.flat(), nodes, edges.length / 2];
  };

/** Over the train split, each channel on 0 to 1. */
export const colourMoments = ({ train }: Dataset<RawImage>): { mean: number[]; std: number[] } => {
  const { channels } = train.get(0).input;
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  let count = 0;
  for (let row = 0; row < train.length; row++) {
    const { pixels } = train.get(row).input;
    for (let at = 0; at < pixels.length; at++) {
      sums[at % channels] += pixels[at] / 255;
      squares[at % channels] += (pixels[at] / 255) ** 2;
    }
    count += pixels.length / channels;
  }
  const mean = Array.from(sums, (sum) => sum / count);
  return { mean, std: mean.map((m, c) => Math.sqrt(Math.max(0, squares[c] / count - m * m)) || 1) };
};

/** Where a modality has several, the first that is in the cache counts. */
const fetchedStreams: readonly FetchedStream[] = [
  {
    set: 'stamps',
    modality: 'video',
    title: 'moving-stamps, simulated motion of real pictures',
    load: (dir) => videoStream(loadMovingStamps(dir), { height: 24, width: 24 }),
  },
  {
    set: 'furniture',
    modality: 'depth',
    title: 'furniture-depth, a simulated sensor before real CAD',
    // a focal length of 32 pixels makes disparities small
    load: (dir) => depthStream(loadFurnitureDepth(dir), { mostDisparity: 4 }),
  },
  {
    set: 'furniture',
    modality: 'pointcloud',
    title: 'furniture-points',
    load: (dir) => pointCloudStream(loadFurniturePoints(dir)),
  },
  {
    set: 'molecules',
    modality: 'graph',
    title: 'molecules',
    load: (dir) => {
      const dataset = loadMolecules(dir);
      const nodes = { numbers: [], classes: moleculeColumns.nodes };
      const edges = { numbers: [], classes: moleculeColumns.edges };
      return graphStream(
        dataset,
        { nodes, edges, maxNodes: 42, maxEdges: 46 },
        {},
        {
          features: { name: 'counts of atoms', of: countsOf(moleculeColumns.nodes) },
          value: { name: 'activity', unit: '-log10 of mol/l', numberOf: dataset.activityOf },
        },
      );
    },
  },
  {
    set: 'football',
    modality: 'graph',
    title: 'football',
    load: (dir) => {
      const nodes = { numbers: [], classes: footballColumns.nodes };
      const features = { name: 'counts of conferences', of: countsOf(footballColumns.nodes) };
      return graphStream(loadFootball(dir), { nodes, maxNodes: 14, maxEdges: 64 }, {}, { features });
    },
  },
  {
    set: 'cranium',
    modality: 'xray',
    title: 'cranium, simulated projections of a real CT',
    load: (dir) => xrayStream(loadCranium(dir)),
  },
  {
    set: 'landsat',
    modality: 'infrared',
    title: 'landsat',
    load: (dir) => infraredStream(loadLandsat(dir), { height: 16, width: 16, patch: 4 }),
  },
  {
    set: 'mixed-spectra',
    modality: 'hyperspectral',
    title: 'mixed-spectra, a simulated scene of measured spectra',
    load: (dir) => hyperspectralStream(loadMixedSpectra(dir), { group: 10 }),
  },
  {
    set: 'fashion-mnist',
    modality: 'image',
    title: 'fashion-mnist',
    load: (dir) => imageStream(loadFashionMnist(dir), { ...imageDefaults, mean: [0.286], std: [0.353] }),
  },
  {
    set: 'stamps',
    modality: 'image',
    title: 'stamps, pictures',
    load: (dir) => {
      const dataset = loadStamps(dir).image;
      const size = { height: 32, width: 32, channels: 3, patch: 8 };
      return imageStream(dataset, { ...imageDefaults, ...size, ...colourMoments(dataset) });
    },
  },
  {
    set: 'stamps',
    modality: 'text',
    title: 'stamps, English captions',
    load: (dir, pieces) => {
      const dataset = loadStamps(dir).text;
      const texts = Array.from({ length: dataset.train.length }, (_, i) => dataset.train.get(i).input.text);
      return textStream(dataset, buildTextVocabulary({ pieces: pieces(), texts, size: 2000 }), { length: 24 });
    },
  },
  {
    set: 'stamps',
    modality: 'audio',
    title: 'stamps, French speech',
    load: (dir) => audioStream(loadStamps(dir).audio),
  },
];

/** A set and where it lies: plain data, which goes to other threads. */
export interface ChosenSet {
  readonly name: string;
  readonly dir: string;
  /** Of a copy of a published dataset in `dir`; `name` is then its name. */
  readonly published?: PublishedUse;
}

export type ChosenSets = Partial<Record<Modality, ChosenSet>>;

const streamOf = (set: string, modality: Modality): FetchedStream => {
  const found = fetchedStreams.find((stream) => stream.set === set && stream.modality === modality);
  if (found === undefined) throw new RangeError(`data: set "${set}" has no ${modality}`);
  return found;
};

export const fetchedStream = (modality: Modality, { name, dir }: ChosenSet, pieces: () => string[]): StreamDefinition =>
  streamOf(name, modality).load(dir, pieces);

export const fetchedTitle = (modality: Modality, { name }: ChosenSet): string => streamOf(name, modality).title;

/** Names that `--data` takes beside its rules. */
export const trainableSets: readonly string[] = [...new Set(fetchedStreams.map(({ set }) => set))];

/** `auto`, `poly13`, `real`, or names of sets. */
export type DataChoice = 'auto' | 'poly13' | 'real' | readonly string[];

const fail = (place: string, expected: string, actual: string, fix: string): DataError =>
  new DataError({ code: 'missing', source: '--data', file: null, place, expected, actual, fix });

const hasOwnData = (modality: Modality): boolean => modalitiesWithData.some((other) => other === modality);

/**
 * - `auto`: a modality whose real data npm does not bring takes its first set that is in the cache, else Poly-13;
 * - `real`: the same, but without such a set it is an error;
 * - `poly13`: no fetched set at all;
 * - names: those sets, in all of the run's modalities that they have; the others as `auto`.
 *
 * @throws {DataError} missing: a set that was not fetched or has no modality of the run; malformed: a damaged one
 */
export const chooseSets = (
  modalities: readonly Modality[],
  choice: DataChoice,
  env: NodeJS.ProcessEnv = process.env,
): ChosenSets => {
  if (choice === 'poly13') return {};
  const names = typeof choice === 'string' ? [] : choice;
  const cache = cacheFolder(env);
  const folders = new Map<string, string | null>();
  const folderOf = (name: string): string | null => {
    const source = findSource(name);
    if (source === null) return null;
    const known = folders.get(name) ?? cachedSet(source, cache);
    folders.set(name, known);
    return known;
  };
  const chosen: ChosenSets = {};
  const used = new Set<string>();
  for (const modality of modalities) {
    const streams = fetchedStreams.filter((stream) => stream.modality === modality);
    const asked = streams.filter(({ set }) => names.includes(set));
    if (asked.length > 1) {
      const sets = asked.map(({ set }) => set).join(' and ');
      throw fail(modality, 'one set', sets, 'name one of them');
    }
    for (const { set } of asked) {
      const dir = folderOf(set);
      if (dir === null) throw fail(modality, `the set ${set} in ${cache}`, 'nothing', `omnigrad data fetch ${set}`);
      chosen[modality] = { name: set, dir };
      used.add(set);
    }
    if (asked.length > 0 || hasOwnData(modality)) continue;
    for (const { set } of streams) {
      const dir = folderOf(set);
      if (dir === null || chosen[modality] !== undefined) continue;
      chosen[modality] = { name: set, dir };
    }
    if (choice === 'real' && chosen[modality] === undefined) {
      const sets = streams.map(({ set }) => set);
      throw fail(modality, `${sets.join(' or ')} in ${cache}`, 'nothing', `omnigrad data fetch ${sets[0]}`);
    }
  }
  const idle = names.find((name) => !used.has(name));
  if (idle !== undefined) {
    const has = fetchedStreams.filter(({ set }) => set === idle).map(({ modality }) => modality);
    throw fail(idle, `${has.join(' or ')} among the modalities`, modalities.join(', '), 'add it to --modalities');
  }
  return chosen;
};

/** A run that used fetched sets goes on with the same. @throws {DataError} missing, malformed */
export const recordedSets = (
  recorded: unknown,
  modalities: readonly Modality[],
  env: NodeJS.ProcessEnv = process.env,
): ChosenSets => {
  if (typeof recorded !== 'object' || recorded === null) return {};
  const chosen: ChosenSets = {};
  for (const modality of modalities) {
    const name: unknown = Object.entries(recorded).find(([key]) => key === modality)?.[1];
    if (typeof name !== 'string') continue;
    const known = fetchedStreams.some(({ set, modality: of }) => set === name && of === modality);
    const source = known ? findSource(name) : null;
    const dir = source === null ? null : cachedSet(source, cacheFolder(env));
    if (dir === null) {
      throw fail(modality, `the set ${name}, with which the run began`, 'nothing', `omnigrad data fetch ${name}`);
    }
    chosen[modality] = { name, dir };
  }
  return chosen;
};

/** What `recordedSets` is given back; copies of published sets are recorded apart. */
export const recordOf = (sets: ChosenSets): Record<string, string> =>
  Object.fromEntries(
    Object.entries(sets).flatMap(([modality, { name, published }]) =>
      published === undefined ? [[modality, name]] : [],
    ),
  );
