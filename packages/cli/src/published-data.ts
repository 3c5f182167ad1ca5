// `--dataset NAME=FOLDER`: copies of published datasets that a run reads in place of the example data of their modality, and the
// streams made of them. Sizes are those of the default tokenizers, which two cores can train.

import { resolve } from 'node:path';
import {
  DataError,
  type Dataset,
  datasetOf,
  ego4dChannels,
  fitDepth,
  fitImage,
  fitPlane,
  isPublishedName,
  type Modality,
  modalities,
  modalitiesWithData,
  openPublished,
  type PublishedDataset,
  type PublishedName,
  type PublishedOptions,
  publishedDefinitions,
  publishedNames,
  type RawAudio,
  type RawDepth,
  type RawPlane,
  withImuStatistics,
} from '@omnigrad/data';
import { audioDefaults, audioStatistics, buildTextVocabulary, imageDefaults } from '@omnigrad/tokenizers';
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
import { InvalidArgumentError } from 'commander';
import { type ChosenSet, type ChosenSets, colourMoments, countsOf } from './data/fetched.ts';

/** Examples of each split that a run reads of a copy unless `--limit` says otherwise. */
export const defaultLimit = 2000;
/** More would make the classical baselines, which are fitted in memory, cost more than the training. */
export const mostLimit = 20_000;

/** As it is on the command line. */
export interface PublishedCopy {
  readonly name: PublishedName;
  readonly protocol: string | null;
  readonly folder: string;
}

/** How a copy is read: plain data, which goes to other threads and into the run's folder. */
export interface PublishedUse {
  readonly protocol: string | null;
  /** Examples of each split. */
  readonly limit: number;
}

interface Opened extends PublishedUse {
  readonly folder: string;
  readonly onProgress: (done: number, total: number) => void;
  /** BERT's word pieces. */
  readonly pieces: () => string[];
}

type Load = (copy: Opened) => Promise<StreamDefinition>;

interface Trainable {
  readonly load: Load;
  /** Those that have classes; left out: all. */
  readonly protocols?: readonly string[];
}

/** Why no stream takes the set. */
interface Refused {
  readonly refused: string;
}

const several = { refused: 'its targets are several classes at once' } as const;
const writing = { refused: 'its targets are texts to write' } as const;

/** Pixels of a picture, and of its patches: 16 tokens. */
const side = 32;
const square = { height: side, width: side } as const;
const filled = { ...square, shorter: side } as const;

const optionsOf = ({ protocol }: PublishedUse, settings: Readonly<Record<string, number>> = {}): PublishedOptions => ({
  settings,
  ...(protocol === null ? {} : { protocol }),
});

const bounds = ({ limit, onProgress }: Opened): Pick<Opened, 'limit' | 'onProgress'> => ({ limit, onProgress });

const image = (name: 'imagenet-1k' | 'inaturalist-2018' | 'places-365'): Trainable => ({
  load: async (copy) => {
    const published = await openPublished(name, copy.folder, optionsOf(copy));
    const dataset = await datasetOf(published, { ...bounds(copy), prepare: (raw) => fitImage(raw, filled) });
    return imageStream(dataset, { ...imageDefaults, ...square, channels: 3, patch: 8, ...colourMoments(dataset) });
  },
});

type VideoName =
  | 'kinetics-400'
  | 'something-something-v2'
  | 'moments-in-time'
  | 'hmdb51'
  | 'ucf101'
  | 'msr-vtt'
  | 'youcook2';

const video = (name: VideoName, protocols?: readonly string[]): Trainable => ({
  ...(protocols === undefined ? {} : { protocols }),
  load: async (copy) => {
    const published = await openPublished(name, copy.folder, optionsOf(copy, { frames: 4, ...square }));
    return videoStream(await datasetOf(published, bounds(copy)), square);
  },
});

/** Sounds that statistics are of, at most. */
const measuredSounds = 256;

const trainSounds = function* ({ train }: Dataset<RawAudio>): Generator<RawAudio> {
  for (let at = 0; at < Math.min(measuredSounds, train.length); at++) yield train.get(at).input;
};

/** Five seconds: 160 frames of 25 ms every 31 ms, in 10 x 4 tokens. */
const fiveSeconds = { ...audioDefaults, hopLength: 500, frames: 160, patchFrames: 16 };

const sounds: Trainable = {
  load: async (copy) => {
    const dataset = await datasetOf(await openPublished('esc-50', copy.folder, optionsOf(copy)), bounds(copy));
    return audioStream(dataset, { ...fiveSeconds, ...audioStatistics(trainSounds(dataset), fiveSeconds) });
  },
};

/** Characters of a text from which the vocabulary is counted, and tokens that the model sees. */
const [countedText, textLength] = [1024, 64];

const glue: Trainable = {
  protocols: publishedDefinitions.glue.protocols.filter((protocol) => protocol !== 'sts-b'),
  load: async (copy) => {
    const dataset = await datasetOf(await openPublished('glue', copy.folder, optionsOf(copy)), bounds(copy));
    const texts = Array.from({ length: dataset.train.length }, (_, at) => {
      const { text, pair = '' } = dataset.train.get(at).input;
      return `${text.slice(0, countedText)} ${pair.slice(0, countedText)}`;
    });
    const vocabulary = buildTextVocabulary({ pieces: copy.pieces(), texts, size: 4000 });
    return textStream(dataset, vocabulary, { length: textLength });
  },
};

const depth = (name: 'nyuv2' | 'sun-rgbd', protocols?: readonly string[]): Trainable => ({
  ...(protocols === undefined ? {} : { protocols }),
  load: async (copy) => {
    const published: PublishedDataset<RawDepth> = await openPublished(name, copy.folder, optionsOf(copy));
    const dataset = await datasetOf(published, { ...bounds(copy), prepare: (raw) => fitDepth(raw, square) });
    // a focal length of some 30 pixels makes disparities small
    return depthStream(dataset, { mostDisparity: 4 });
  },
});

const clouds = (name: 'modelnet40' | 'scanobjectnn'): Trainable => ({
  load: async (copy) => {
    const published = await openPublished(name, copy.folder, optionsOf(copy));
    const dataset = await datasetOf(published, {
      ...bounds(copy),
      prepare: ({ positions, count }) => ({ positions, count, features: null }),
    });
    const counts = [dataset.train, dataset.test].flatMap((split) =>
      Array.from({ length: split.length }, (_, at) => split.get(at).input.count),
    );
    return pointCloudStream(dataset, { points: counts.reduce((least, count) => Math.min(least, count), 128) });
  },
});

/** The divisor of `steps` that makes about 16 patches. */
const patchOf = (steps: number): number => {
  const divisors = Array.from({ length: steps }, (_, at) => at + 1).filter((patch) => steps % patch === 0);
  const distance = (patch: number): number => Math.abs(Math.log(steps / patch / 16));
  return divisors.reduce((best, patch) => (distance(patch) < distance(best) ? patch : best));
};

const series = (name: 'etth1' | 'exchange' | 'weather' | 'traffic'): Trainable => ({
  load: async (copy) => {
    const dataset = await datasetOf(await openPublished(name, copy.folder, optionsOf(copy)), bounds(copy));
    const { steps } = dataset.train.get(0).input;
    const names = dataset.channels.map((channel) => channel.name);
    // The one that is forecast alone in the papers; the bare files of two sets do not name it.
    const target = names.includes('OT') ? 'OT' : names[names.length - 1];
    return timeseriesStream(dataset, target, { steps, patch: patchOf(steps) });
  },
});

const table = (name: 'adult' | 'bank-marketing'): Trainable => ({
  load: async (copy) =>
    tabularStream(await datasetOf(await openPublished(name, copy.folder, optionsOf(copy)), bounds(copy))),
});

const molecules: Trainable = {
  load: async (copy) => {
    const published = await openPublished('pcqm4mv2', copy.folder, optionsOf(copy));
    const dataset = await datasetOf(published, { ...bounds(copy), targets: 'values' });
    const graphs = [dataset.train, dataset.test].flatMap((split) =>
      Array.from({ length: split.length }, (_, at) => split.get(at).input),
    );
    const most = (of: readonly number[], least: number): number => of.reduce((a, b) => Math.max(a, b), least);
    return graphStream(
      dataset,
      {
        nodes: { numbers: [], classes: published.nodeClasses },
        edges: { numbers: [], classes: published.edgeClasses },
        maxNodes: most(
          graphs.map(({ nodes }) => nodes),
          2,
        ),
        maxEdges: most(
          graphs.map(({ edges }) => edges.length / 2),
          1,
        ),
      },
      {},
      {
        features: { name: 'counts of atoms', of: countsOf(published.nodeClasses) },
        value: { name: 'gap', unit: 'eV', numberOf: (id) => dataset.targetOf(id).values[0] },
      },
    );
  },
};

const xray: Trainable = {
  load: async (copy) => {
    const published = await openPublished('tb-xray', copy.folder, optionsOf(copy));
    return xrayStream(await datasetOf(published, { ...bounds(copy), prepare: (raw) => fitPlane(raw, filled) }));
  },
};

const infrared: Trainable = {
  protocols: ['person'],
  load: async (copy) => {
    const published: PublishedDataset<RawPlane> = await openPublished('llvip', copy.folder, optionsOf(copy));
    // Boxes of persons are high and narrow: stretched, so that nothing of them is lost.
    return infraredStream(await datasetOf(published, { ...bounds(copy), prepare: (raw) => fitPlane(raw, square) }));
  },
};

const har: Trainable = {
  load: async (copy) => {
    const dataset = await datasetOf(await openPublished('uci-har', copy.folder, optionsOf(copy)), bounds(copy));
    return imuStream(dataset, { attitude: 'absolute' });
  },
};

const ego4d: Trainable = {
  load: async (copy) => {
    const published = await openPublished('ego4d-imu', copy.folder, optionsOf(copy));
    const dataset = withImuStatistics(await datasetOf(published, bounds(copy)), ego4dChannels);
    const { steps } = dataset.train.get(0).input;
    return imuStream(dataset, { attitude: 'absolute', steps, patch: patchOf(steps) });
  },
};

/** Groups of bands, each a token, at most. */
const mostGroups = 20;

const scenes = (name: 'indian-pines' | 'pavia'): Trainable => ({
  load: async (copy) => {
    const published = await openPublished(name, copy.folder, optionsOf(copy, { patch: 3 }));
    const group = Math.max(1, Math.ceil(published.channels.length / mostGroups));
    // Groups of bands must divide them: the last few are left out.
    const kept = group * Math.floor(published.channels.length / group);
    const dataset = await datasetOf(published, {
      ...bounds(copy),
      prepare: ({ values, height, width, bands }) => ({
        values: values.filter((_, at) => at % bands < kept),
        ...{ height, width, bands: kept },
      }),
    });
    return hyperspectralStream(dataset, { group });
  },
});

/** Every published dataset: how its stream is made, or why there is none. */
const sets: { readonly [Name in PublishedName]: Trainable | Refused } = {
  'imagenet-1k': image('imagenet-1k'),
  'inaturalist-2018': image('inaturalist-2018'),
  'places-365': image('places-365'),
  'kinetics-400': video('kinetics-400'),
  'something-something-v2': video('something-something-v2'),
  'moments-in-time': video('moments-in-time'),
  hmdb51: video('hmdb51'),
  ucf101: video('ucf101'),
  'msr-vtt': video('msr-vtt', ['categories']),
  youcook2: video('youcook2', ['recipes']),
  audioset: several,
  'esc-50': sounds,
  wikipedia: { refused: 'it has no targets' },
  dialogsum: writing,
  samsum: writing,
  glue,
  'sun-rgbd': depth('sun-rgbd'),
  nyuv2: depth('nyuv2', ['scene']),
  modelnet40: clouds('modelnet40'),
  'modelnet40-c': { refused: 'it has a test split alone' },
  scanobjectnn: clouds('scanobjectnn'),
  s3dis: { refused: 'its targets are a class of each point' },
  etth1: series('etth1'),
  exchange: series('exchange'),
  weather: series('weather'),
  traffic: series('traffic'),
  adult: table('adult'),
  'bank-marketing': table('bank-marketing'),
  pcqm4mv2: molecules,
  'chestx-ray14': several,
  'tb-xray': xray,
  regdb: { refused: 'its targets are persons to be found again' },
  llvip: infrared,
  'uci-har': har,
  'ego4d-imu': ego4d,
  'indian-pines': scenes('indian-pines'),
  pavia: scenes('pavia'),
};

const isTrainable = (set: Trainable | Refused): set is Trainable => 'load' in set;

/** Names that `--dataset` takes. */
export const trainableNames: readonly PublishedName[] = publishedNames.filter((name) => isTrainable(sets[name]));

const modalityOf = (name: PublishedName): Modality => publishedDefinitions[name].modality;

/** One `--dataset`, behind those before it. Throws commander's error of an argument. */
export const parseCopy = (text: string, before: readonly PublishedCopy[] = []): PublishedCopy[] => {
  const [, name, protocol = null, folder] = /^([^=:]*)(?::([^=]*))?=(.+)$/s.exec(text) ?? [];
  const refuse = (message: string): never => {
    throw new InvalidArgumentError(message);
  };
  if (folder === undefined) return refuse(`expected NAME=FOLDER or NAME:PROTOCOL=FOLDER, came "${text}".`);
  if (!isPublishedName(name)) return refuse(`unknown dataset "${name}"; choose from ${trainableNames.join(', ')}.`);
  const set = sets[name];
  if (!isTrainable(set)) {
    return refuse(
      `${name} has no stream yet: ${set.refused}; read it by datasetOf of @omnigrad/data (docs/training-on-your-data.md).`,
    );
  }
  const { protocols } = publishedDefinitions[name];
  if (protocol !== null && !protocols.includes(protocol)) {
    const choice = protocols.length === 0 ? 'leave it out' : `choose from ${protocols.join(', ')}`;
    return refuse(`${name} has no protocol "${protocol}"; ${choice}.`);
  }
  const used = protocol ?? protocols[0];
  if (set.protocols !== undefined && !set.protocols.includes(used)) {
    const ways = set.protocols.map((other) => `${name}:${other}=${folder}`).join(' or ');
    return refuse(`${name}:${used} has no class of a whole example, which its stream asks for; give ${ways}.`);
  }
  const other = before.find((copy) => modalityOf(copy.name) === modalityOf(name));
  if (other !== undefined) return refuse(`${other.name} and ${name} are both ${modalityOf(name)}; a run takes one.`);
  return [...before, { name, protocol, folder }];
};

export const parseLimit = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= mostLimit) return value;
  throw new InvalidArgumentError(`expected a whole number of examples from 1 to ${mostLimit}, came "${text}".`);
};

const fail = (place: string, expected: string, actual: string, fix: string): DataError =>
  new DataError({ code: 'missing', source: '--dataset', file: null, place, expected, actual, fix });

/** The modalities of a run that names none: those with data of npm, and those of its copies. */
export const modalitiesWith = (copies: readonly PublishedCopy[]): readonly Modality[] => {
  const wanted = new Set<Modality>([...modalitiesWithData, ...copies.map(({ name }) => modalityOf(name))]);
  return modalities.filter((modality) => wanted.has(modality));
};

/** The sets of the copies. @throws {DataError} missing: the run has no such modality */
export const publishedSets = (
  copies: readonly PublishedCopy[],
  limit: number | null,
  chosen: readonly Modality[],
): ChosenSets => {
  const out: ChosenSets = {};
  for (const { name, protocol, folder } of copies) {
    const modality = modalityOf(name);
    if (!chosen.includes(modality)) {
      throw fail(name, `${modality} among the modalities`, chosen.join(', '), 'add it to --modalities');
    }
    out[modality] = { name, dir: resolve(folder), published: { protocol, limit: limit ?? defaultLimit } };
  }
  return out;
};

/** What `resumedPublished` is given back. */
export const publishedRecord = (sets: ChosenSets): ChosenSets =>
  Object.fromEntries(Object.entries(sets).filter(([, { published }]) => published !== undefined));

/**
 * The copies that a run began with; its options may only say where they lie by now.
 * @throws {DataError} missing: the options name other data
 */
export const resumedPublished = (
  recorded: unknown,
  copies: readonly PublishedCopy[],
  limit: number | null,
  chosen: readonly Modality[],
): ChosenSets => {
  const known = recordedPublished(recorded, chosen);
  const asked = publishedSets(copies, limit, chosen);
  const out: ChosenSets = { ...known };
  for (const modality of chosen) {
    const was = known[modality];
    const given = asked[modality];
    const use = given?.published ?? was?.published;
    if (use === undefined) continue;
    const set: ChosenSet = {
      name: given?.name ?? was?.name ?? '',
      dir: given?.dir ?? was?.dir ?? '',
      published: { protocol: use.protocol, limit: limit ?? was?.published?.limit ?? use.limit },
    };
    const began = was === undefined ? 'the usual data' : publishedTitle(was);
    if (began !== publishedTitle(set)) {
      const fix = 'leave --dataset and --limit out, or start a new run with --out';
      throw fail(modality, `${began}, with which the run began`, publishedTitle(set), fix);
    }
    out[modality] = set;
  }
  return out;
};

/** Those of a run that is resumed, as `publishedRecord` gave them. */
const recordedPublished = (recorded: unknown, chosen: readonly Modality[]): ChosenSets => {
  const out: ChosenSets = {};
  if (typeof recorded !== 'object' || recorded === null) return out;
  for (const [key, value] of Object.entries(recorded)) {
    const modality = chosen.find((other) => other === key);
    if (modality !== undefined && isPublishedSet(value)) out[modality] = value;
  }
  return out;
};

const isPublishedSet = (value: unknown): value is ChosenSet => {
  if (typeof value !== 'object' || value === null || !('name' in value && 'dir' in value && 'published' in value)) {
    return false;
  }
  const { name, dir, published } = value;
  return (
    typeof name === 'string' &&
    isPublishedName(name) &&
    typeof dir === 'string' &&
    typeof published === 'object' &&
    published !== null &&
    'protocol' in published &&
    (published.protocol === null || typeof published.protocol === 'string') &&
    'limit' in published &&
    typeof published.limit === 'number'
  );
};

/** What a run's output and report call a copy. */
export const publishedTitle = ({ name, published }: ChosenSet): string =>
  `${name}${published?.protocol ? `, ${published.protocol}` : ''}, at most ${published?.limit} examples a split`;

/** Milliseconds between two lines about a copy that is read. */
const toldEvery = 10_000;

/** The stream of a copy. `tell`: takes a line now and then. @throws {DataError} of the copy */
export const publishedStream = async (
  { name, dir, published }: ChosenSet,
  pieces: () => string[],
  tell: (line: string) => void,
): Promise<StreamDefinition> => {
  const set = isPublishedName(name) ? sets[name] : null;
  if (set === null || !isTrainable(set) || published === undefined)
    throw new RangeError(`data: no stream of "${name}"`);
  let told = performance.now();
  const onProgress = (done: number, total: number): void => {
    if (performance.now() - told < toldEvery) return;
    told = performance.now();
    tell(`data: ${name}: ${done} of ${total} examples read`);
  };
  return set.load({ ...published, folder: dir, onProgress, pieces });
};
