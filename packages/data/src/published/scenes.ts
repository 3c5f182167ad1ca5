// Indian Pines, Pavia University and Pavia Centre: one hyperspectral scene each, of which pixels are classified by the patch
// around them. The scenes have no official split; what is drawn here is said in the definitions.

import type { Channel, RawCube } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import { channelMoments } from '../datasets/statistics.ts';
import type { DataError } from '../errors.ts';
import { firstThere } from './fields.ts';
import type { Folder } from './folder.ts';
import { requireRows, rowsSplit } from './lists.ts';
import type { PublishedChannels, PublishedDefinition, PublishedOptions, Report } from './published.ts';
import { patchAround, pick, readArrays, readMap, type Scene, sceneOf } from './scene-files.ts';
import { type PixelRow, pixelOf, randomSides, type Sides, spatialSides } from './scene-splits.ts';
import { readSettings, ruleOf } from './settings.ts';

/** A definition whose dataset has the train statistics of its bands. */
export interface SceneDefinition extends PublishedDefinition<RawCube> {
  open: (...args: Parameters<PublishedDefinition<RawCube>['open']>) => Promise<PublishedChannels<RawCube>>;
}

const settings = {
  patch: { default: 7, least: 1, most: 65, meaning: 'side of the patch around a pixel, odd' },
  bands: {
    default: 0,
    least: 0,
    most: 1000,
    meaning: 'the first bands that are kept, for a tokenizer whose groups must divide them; 0: all',
  },
  perClass: { default: 50, least: 1, most: 100_000, meaning: 'random: train pixels of a class, at most half of it' },
  tile: { default: 24, least: 8, most: 1024, meaning: 'spatial: side of the squares that go to one split, in pixels' },
  seed: { default: 0, least: 0, most: 2 ** 31 - 1, meaning: 'of the split' },
} as const;
interface Files {
  /** The cube and its usual variable; the second pair is the map of classes. */
  readonly cube: readonly [string, string];
  readonly map: readonly [string, string];
}

interface Layout {
  readonly kind: 'random' | 'spatial' | 'spectralformer';
  readonly files: Files;
  readonly classes: readonly string[];
}

async function openScene(
  folder: Folder,
  report: Report,
  options: PublishedOptions,
  protocol: string,
  { kind, files, classes }: Layout,
): Promise<PublishedChannels<RawCube>> {
  const choose = readSettings(folder, settings, options);
  const side = choose('patch');
  const out = (name: string, expected: string, actual: number): DataError =>
    folder.fault({ code: 'out-of-range', file: null, place: `setting ${name}`, expected, actual: `${actual}` });
  if (side % 2 === 0) throw out('patch', 'an odd side', side);
  if (kind === 'spatial' && side > choose('tile')) throw out('patch', `at most a tile, ${choose('tile')}`, side);
  const { scene, sides } = kind === 'spectralformer' ? readThree() : readTwo();
  if (choose('bands') > scene.bands) throw out('bands', `at most ${scene.bands}`, choose('bands'));
  const bands = choose('bands') || scene.bands;

  function readTwo(): { scene: Scene; sides: Sides } {
    const cubeFile = firstThere(folder, [files.cube[0]], 'the scene');
    const mapFile = firstThere(folder, [files.map[0]], 'the classes of its pixels');
    const cube = sceneOf(pick(folder, cubeFile, readArrays(folder, cubeFile), files.cube[1], 3));
    const ids = pick(folder, mapFile, readArrays(folder, mapFile), files.map[1], 2);
    const map = readMap(folder, mapFile, ids, cube, classes.length, report);
    const choice = { perClass: choose('perClass'), tile: choose('tile'), patch: side, seed: choose('seed') };
    const drawn = kind === 'random' ? randomSides(map, cube.width, choice) : spatialSides(map, cube, choice);
    return { scene: cube, sides: drawn };
  }

  function readThree(): { scene: Scene; sides: Sides } {
    const [file] = files.cube;
    const arrays = readArrays(folder, file);
    const cube = sceneOf(pick(folder, file, arrays, 'input', 3));
    const own = (name: string): Uint8Array => {
      const found = arrays.get(name);
      if (found !== undefined) return readMap(folder, file, found, cube, classes.length, report);
      throw folder.fault({
        code: 'missing',
        file,
        expected: `a variable ${name}`,
        actual: [...arrays.keys()].join(', '),
      });
    };
    const [train, test] = [own('TR'), own('TE')];
    const both: Sides = { train: [], test: [] };
    for (const at of train.keys()) {
      const pixel = pixelOf(at, cube.width, train[at] || test[at]);
      if (train[at] > 0 && test[at] > 0) {
        const place = `row ${pixel.row}, column ${pixel.column}`;
        const expected = 'a pixel in TR or in TE';
        report(folder.fault({ code: 'bad-value', file, place, expected, actual: 'it in both' }));
      } else if (train[at] > 0) both.train.push(pixel);
      else if (test[at] > 0) both.test.push(pixel);
    }
    return { scene: cube, sides: both };
  }

  const rows = new Map(Object.entries(sides));
  for (const [name, list] of rows) requireRows(folder, name, list);
  const centres = sides.train.map(({ row, column }) => patchAround(scene, row, column, 1, bands).values);
  const moments = channelMoments(centres, bands);
  const lines = [...rows].map(([name, list]) => [
    name,
    ...list.map(({ file, target }) => `${file} ${target.kind === 'class' ? target.id : ''}`),
  ]);
  return {
    name: folder.source,
    modality: 'hyperspectral',
    classes,
    splits: new Map(
      [...rows].map(([name, list]) => [
        name,
        rowsSplit<RawCube, PixelRow>(folder, name, list, ({ row, column }) =>
          patchAround(scene, row, column, side, bands),
        ),
      ]),
    ),
    channels: moments.map((moment, band): Channel => ({ name: `band ${band}`, unit: '', ...moment })),
    fingerprint: fingerprintOf([
      ruleOf(protocol, settings, options),
      ...lines.map((line) => line.join('\n')),
      new Uint8Array(scene.values.buffer, scene.values.byteOffset, scene.values.byteLength),
    ]),
  };
}

const notes = [
  'random: neighbouring pixels share most of their patch, so a test pixel may lie in train patches; the usual protocol of the literature, and too kind. spatial: squares of the scene, and no pixel of a train patch is in a test patch; a class may be missing on a side.',
  'A patch is mirrored at the edges of the scene, the edge itself included, as in SpectralFormer. Values are those of the file, not scaled; `channels` has the statistics of the train pixels.',
];
const splitRule =
  'none is published. random: perClass pixels of each class, by a seed, train. spatial: half of the squares of the scene, by a seed, train. spectralformer: the pixels of TR train, those of TE test';

const layouts = (
  cube: readonly [string, string],
  map: readonly [string, string],
  classes: readonly string[],
): Readonly<Record<'random' | 'spatial', Layout>> => ({
  random: { kind: 'random', files: { cube, map }, classes },
  spatial: { kind: 'spatial', files: { cube, map }, classes },
});

const pines = [
  'Alfalfa',
  'Corn-notill',
  'Corn-mintill',
  'Corn',
  'Grass-pasture',
  'Grass-trees',
  'Grass-pasture-mowed',
  'Hay-windrowed',
  'Oats',
  'Soybean-notill',
  'Soybean-mintill',
  'Soybean-clean',
  'Wheat',
  'Woods',
  'Buildings-Grass-Trees-Drives',
  'Stone-Steel-Towers',
];
/** SpectralFormer puts the three small classes last. */
const pinesOfSpectralFormer = [
  ...pines.filter((name) => !/Alfalfa|mowed|Oats/.test(name)),
  'Alfalfa',
  'Grass-pasture-mowed',
  'Oats',
];

const pinesLayouts: Readonly<Record<string, Layout>> = {
  ...layouts(
    ['Indian_pines_corrected.mat', 'indian_pines_corrected'],
    ['Indian_pines_gt.mat', 'indian_pines_gt'],
    pines,
  ),
  spectralformer: {
    kind: 'spectralformer',
    files: { cube: ['IndianPine.mat', 'input'], map: ['IndianPine.mat', 'TR'] },
    classes: pinesOfSpectralFormer,
  },
};

export const indianPines: SceneDefinition = {
  name: 'indian-pines',
  title: 'Indian Pines (AVIRIS)',
  modality: 'hyperspectral',
  task: 'name the land cover of a pixel, of 16 classes',
  metric: 'overall accuracy, mean accuracy of the classes, kappa',
  licence: 'not stated; Purdue University gives it out freely',
  source:
    'https://www.ehu.eus/ccwintco/index.php/Hyperspectral_Remote_Sensing_Scenes; SpectralFormer: the data link of its page on GitHub',
  layout: [
    'Indian_pines_corrected.mat: indian_pines_corrected [145, 145, 200]',
    'Indian_pines_gt.mat: indian_pines_gt [145, 145], 0 to 16',
    'spectralformer: IndianPine.mat with input [145, 145, 200], TR and TE [145, 145]',
  ],
  split: splitRule,
  counts: { train: 693, test: 9556 },
  protocols: Object.keys(pinesLayouts),
  settings,
  notes: [
    ...notes,
    'The class ids of SpectralFormer are in another order: Alfalfa, Grass-pasture-mowed and Oats last.',
  ],
  open(folder, report, options) {
    const { protocol = 'random' } = options;
    return openScene(folder, report, options, protocol, pinesLayouts[protocol]);
  },
};

const university =
  'Asphalt,Meadows,Gravel,Trees,Painted metal sheets,Bare soil,Bitumen,Self-blocking bricks,Shadows'.split(',');
const centre = 'Water,Trees,Asphalt,Self-blocking bricks,Bitumen,Tiles,Shadows,Meadows,Bare soil'.split(',');
const universityLayouts = layouts(['PaviaU.mat', 'paviaU'], ['PaviaU_gt.mat', 'paviaU_gt'], university);
const centreLayouts = layouts(['Pavia.mat', 'pavia'], ['Pavia_gt.mat', 'pavia_gt'], centre);

const paviaLayouts: Readonly<Record<string, Layout>> = {
  'university-random': universityLayouts.random,
  'university-spatial': universityLayouts.spatial,
  'centre-random': centreLayouts.random,
  'centre-spatial': centreLayouts.spatial,
  spectralformer: {
    kind: 'spectralformer',
    files: { cube: ['Pavia.mat', 'input'], map: ['Pavia.mat', 'TR'] },
    classes: university,
  },
};

export const pavia: SceneDefinition = {
  name: 'pavia',
  title: 'Pavia University and Pavia Centre (ROSIS)',
  modality: 'hyperspectral',
  task: 'name the material of a pixel, of 9 classes',
  metric: 'overall accuracy, mean accuracy of the classes, kappa',
  licence: 'not stated; given out freely by the University of Pavia',
  source:
    'https://www.ehu.eus/ccwintco/index.php/Hyperspectral_Remote_Sensing_Scenes; SpectralFormer: the data link of its page on GitHub',
  layout: [
    'university: PaviaU.mat with paviaU [610, 340, 103], PaviaU_gt.mat with paviaU_gt, 0 to 9',
    'centre: Pavia.mat with pavia [1096, 715, 102], Pavia_gt.mat with pavia_gt, 0 to 9',
    'spectralformer: Pavia.mat with input [610, 340, 103], TR and TE: the university, under the name of the centre',
  ],
  split: splitRule,
  counts: { train: 450, test: 42_326 },
  protocols: Object.keys(paviaLayouts),
  settings,
  notes: [...notes, '103 is a prime: with settings.bands 102 the tokenizer can take bands in groups.'],
  open(folder, report, options) {
    const { protocol = 'university-random' } = options;
    return openScene(folder, report, options, protocol, paviaLayouts[protocol]);
  },
};
