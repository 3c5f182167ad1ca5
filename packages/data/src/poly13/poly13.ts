// Poly-13: one latent sample, seen by thirteen sensors. Nothing is stored; sample i of a modality is made when it is asked
// for, from (seed, i, modality) alone.

import type {
  Channel,
  Column,
  Dataset,
  Example,
  ImuDataset,
  RawAudio,
  RawCube,
  RawDepth,
  RawGraph,
  RawImage,
  RawImu,
  RawPlane,
  RawPoints,
  RawSeries,
  RawTable,
  RawText,
  RawVideo,
  SeriesDataset,
  TableDataset,
} from '../datasets/dataset.ts';
import { relativeAttitude } from '../datasets/imu-attitude.ts';
import { createSplit, fingerprintOf } from '../datasets/split.ts';
import { channelMoments, presentMoments } from '../datasets/statistics.ts';
import { DataError } from '../errors.ts';
import type { Modality } from '../modality.ts';
import { renderDepth, renderImage, renderInfrared, renderVideo, renderXray } from './cameras.ts';
import { type Appearance, appearanceOf, classCount, firstTestIndex, latentOf, semanticsOf } from './latent.ts';
import { renderPoints } from './points.ts';
import { renderAudio, renderImu, renderSeries } from './signals.ts';
import { solids } from './solids.ts';
import { renderCube } from './spectra.ts';
import { facings, makers, materials, renderGraph, renderTable, renderText, tableColumns } from './symbols.ts';

export interface Poly13Options {
  /** A whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** 1: all modalities mean the same by a class and its factors; 0: each has its own, permuted. */
  readonly rho: number;
  readonly trainCount: number;
  readonly testCount: number;
}

/** What each modality's samples are. */
export interface Poly13Raw {
  readonly image: RawImage;
  readonly text: RawText;
  readonly audio: RawAudio;
  readonly tabular: RawTable;
  readonly timeseries: RawSeries;
  readonly imu: RawImu;
  readonly video: RawVideo;
  readonly depth: RawDepth;
  readonly pointcloud: RawPoints;
  readonly graph: RawGraph;
  readonly xray: RawPlane;
  readonly infrared: RawPlane;
  readonly hyperspectral: RawCube;
}

/** Sample i of every modality is of the same latent, so that they are pairs, triples, ... by index. */
export type Poly13 = { readonly [M in Modality]: Dataset<Poly13Raw[M]> } & {
  readonly tabular: TableDataset;
  readonly timeseries: SeriesDataset;
  readonly imu: ImuDataset;
};

/** Raised whenever a sample comes out otherwise. */
const version = 1;
const source = 'poly13';
const classes = solids.map(({ name }) => name);
/** Statistics are of so many train examples, or of all where there are fewer: making every sample would take minutes. */
const sampled = 512;

/**
 * Cheap: samples are made by `get(i).input`, each time anew, and the statistics of tables and signals when first asked for.
 * @throws {DataError} out-of-range
 */
export function poly13(options: Poly13Options): Poly13 {
  checkOptions(options);
  const make = <M extends Modality>(modality: M, render: (seen: Appearance) => Poly13Raw[M]): Dataset<Poly13Raw[M]> =>
    datasetOf(options, modality, render);
  return {
    image: make('image', renderImage),
    text: make('text', renderText),
    audio: make('audio', renderAudio),
    tabular: withColumns(make('tabular', renderTable)),
    timeseries: withChannels(make('timeseries', renderSeries)),
    imu: withImuChannels(make('imu', renderImu)),
    video: make('video', renderVideo),
    depth: make('depth', renderDepth),
    pointcloud: make('pointcloud', renderPoints),
    graph: make('graph', renderGraph),
    xray: make('xray', renderXray),
    infrared: make('infrared', renderInfrared),
    hyperspectral: make('hyperspectral', renderCube),
  };
}

function datasetOf<Raw>(
  { seed, rho, trainCount, testCount }: Poly13Options,
  modality: Modality,
  render: (seen: Appearance) => Raw,
): Dataset<Raw> {
  const semantics = semanticsOf(seed, rho, modality);
  const exampleAt = (name: 'train' | 'test', row: number): Example<Raw> => {
    const latent = latentOf(seed, name === 'train' ? row : firstTestIndex + row);
    return {
      // Labels are often wanted alone, and are then free.
      get input() {
        return render(appearanceOf(seed, semantics, modality, latent));
      },
      label: latent.label,
      id: `${name}-${row}`,
    };
  };
  const split = `generated: ${trainCount} train, ${testCount} test`;
  return {
    name: source,
    modality,
    classes,
    train: createSplit(source, 'train', classCount, trainCount, (row) => exampleAt('train', row)),
    test: createSplit(source, 'test', classCount, testCount, (row) => exampleAt('test', row)),
    split,
    fingerprint: fingerprintOf([`poly13 version ${version}, seed ${seed}, rho ${rho}, ${modality}`, split]),
  };
}

function withColumns(dataset: Dataset<RawTable>): TableDataset {
  const categories = new Map<string, readonly string[]>([
    ['material', materials],
    ['facing', facings],
    ['maker', makers],
  ]);
  const columns = once((): readonly Column[] => {
    const rows = firstInputs(dataset).map(({ values }) => values);
    return tableColumns.map((name, at) => {
      const known = categories.get(name);
      if (known !== undefined) return { name, kind: 'categorical', categories: known };
      const values = rows.map((row) => row[at]).map((value) => (typeof value === 'number' ? value : null));
      return { name, kind: 'numeric', ...presentMoments(values) };
    });
  });
  return {
    ...dataset,
    get columns() {
      return columns();
    },
  };
}

function withChannels(dataset: Dataset<RawSeries>): SeriesDataset {
  const channels = once(() =>
    channelsOf(
      firstInputs(dataset).map(({ history }) => history),
      ['leading', 'following'],
      ['1', '1'],
    ),
  );
  return {
    ...dataset,
    get channels() {
      return channels();
    },
  };
}

function withImuChannels(dataset: Dataset<RawImu>): ImuDataset {
  const names = ['force x', 'force y', 'force z', 'turn x', 'turn y', 'turn z'];
  const units = ['m/s^2', 'm/s^2', 'm/s^2', 'rad/s', 'rad/s', 'rad/s'];
  const raw = once(() =>
    channelsOf(
      firstInputs(dataset).map(({ window }) => window),
      names,
      units,
    ),
  );
  const relative = once(() => channelsOf(firstInputs(dataset).map(relativeAttitude), names, units));
  return {
    ...dataset,
    get rawChannels() {
      return raw();
    },
    get channels() {
      return relative();
    },
  };
}

function channelsOf(blocks: readonly Float32Array[], names: readonly string[], units: readonly string[]): Channel[] {
  return channelMoments(blocks, names.length).map((moments, at) => ({ name: names[at], unit: units[at], ...moments }));
}

function firstInputs<Raw>({ train }: Dataset<Raw>): Raw[] {
  return Array.from({ length: Math.min(sampled, train.length) }, (_, row) => train.get(row).input);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function checkOptions({ seed, rho, trainCount, testCount }: Poly13Options): void {
  const fail = (place: string, expected: string, actual: number): DataError =>
    new DataError({
      code: 'out-of-range',
      source,
      file: null,
      place,
      expected,
      actual: `${actual}`,
      fix: `choose another ${place}`,
    });
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw fail('seed', 'a whole number from 0 to 2^32 - 1', seed);
  if (!(rho >= 0 && rho <= 1)) throw fail('rho', 'a number from 0 to 1', rho);
  for (const [place, count] of Object.entries({ trainCount, testCount })) {
    if (!Number.isInteger(count) || count < 1 || count > firstTestIndex)
      throw fail(place, 'a whole number from 1 to 2^30', count);
  }
}
