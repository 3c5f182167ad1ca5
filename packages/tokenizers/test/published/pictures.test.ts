// Published pictures, from a copy on the disk to tokens.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openPublished,
  type PublishedDataset,
  type PublishedTarget,
  type RawImage,
  type RawPlane,
  type RawRgbDepth,
} from '@omnigrad/data';
import { afterAll, expect, test } from 'vitest';
import { writeChestXray14 } from '../../../data/test/published/fixtures/chestx-ray14.ts';
import { writeImagenet1k } from '../../../data/test/published/fixtures/imagenet-1k.ts';
import { writeInaturalist2018 } from '../../../data/test/published/fixtures/inaturalist-2018.ts';
import { writeLlvip } from '../../../data/test/published/fixtures/llvip.ts';
import { writeNyuv2 } from '../../../data/test/published/fixtures/nyuv2.ts';
import { writePlaces365 } from '../../../data/test/published/fixtures/places-365.ts';
import { writeRegdb } from '../../../data/test/published/fixtures/regdb.ts';
import { writeSunRgbd } from '../../../data/test/published/fixtures/sun-rgbd.ts';
import { writeTbXray } from '../../../data/test/published/fixtures/tb-xray.ts';
import {
  DepthTokenizer,
  depthDefaults,
  ImageTokenizer,
  InfraredTokenizer,
  imageDefaults,
  infraredDefaults,
  type Tokenizer,
  XrayTokenizer,
  xrayDefaults,
} from '../../src/index.ts';
import { make, onReferenceBackend, readTokens, width } from '../contract.ts';

onReferenceBackend();
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
const copy = (write: (folder: string) => void): string => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-tokens-'));
  made.push(folder);
  write(folder);
  return folder;
};

interface Tokenized<Raw, Arrays> {
  readonly arrays: Arrays;
  readonly targets: readonly PublishedTarget[];
  readonly inputs: readonly Raw[];
}

/** All examples of a split to arrays and tokens [B, T, width]. */
const tokenized = async <Given, Raw, Features, Arrays>(
  dataset: PublishedDataset<Given>,
  name: string,
  tokenizer: Tokenizer<Raw, Features, Arrays>,
  rawOf: (given: Given) => Raw,
): Promise<Tokenized<Raw, Arrays>> => {
  const split = dataset.splits.get(name);
  if (split === undefined) throw new Error(`no split ${name}`);
  const examples = await Promise.all(Array.from({ length: split.length }, (_, at) => split.get(at)));
  const inputs = examples.map(({ input }) => rawOf(input));
  const arrays = tokenizer.collate(inputs.map((raw, at) => tokenizer.preprocess(raw, examples[at].id)));
  const { shape, values } = readTokens(tokenizer, arrays);
  expect(shape).toEqual([examples.length, tokenizer.tokenCount, width]);
  expect(values.every(Number.isFinite)).toBe(true);
  return { arrays, inputs, targets: examples.map(({ target }) => target) };
};

const rgb = { channels: 3, patch: 8, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const classesOf = (targets: readonly PublishedTarget[], count: number): number[] =>
  targets.map((target) => {
    if (target.kind !== 'class' || target.id < 0 || target.id >= count) throw new Error(JSON.stringify(target));
    return target.id;
  });
const planeOf = (raw: RawImage | RawPlane): RawPlane => {
  if ('values' in raw) return raw;
  throw new Error('expected a plane');
};

test('iNaturalist, ImageNet and Places to tokens of pictures', async () => {
  const { tokenizer, arena } = make(
    (s) => new ImageTokenizer(s, { ...imageDefaults, ...rgb, height: 16, width: 24 }, width),
  );
  expect(tokenizer.tokenCount).toBe(6);
  const sets = [
    await openPublished('inaturalist-2018', copy(writeInaturalist2018)),
    await openPublished('imagenet-1k', copy(writeImagenet1k)),
    await openPublished('places-365', copy(writePlaces365)),
  ];
  for (const dataset of sets) {
    const { arrays, targets } = await tokenized(dataset, 'train', tokenizer, (raw) => raw);
    expect(arrays.patches.length).toBe(4 * 6 * 8 * 8 * 3);
    expect(classesOf(targets, dataset.classes.length).length).toBe(4);
  }
  arena.dispose();
});

test('SUN RGB-D and NYUv2 to tokens of disparity, and their pictures to those of pictures', async () => {
  const sun = await openPublished('sun-rgbd', copy(writeSunRgbd));
  const depth = make((s) => new DepthTokenizer(s, { ...depthDefaults, height: 16, width: 24 }, width));
  const { arrays, targets, inputs } = await tokenized<
    RawRgbDepth,
    RawRgbDepth,
    { values: Float32Array },
    { patches: Float32Array }
  >(sun, 'train', depth.tokenizer, (raw) => raw);
  // Row 0, column 1: 1 m and 3 mm before a camera of 520.5 pixels and 0.075 m; column 0 has no depth.
  expect(arrays.patches[1]).toBeCloseTo((0.075 * 520.5) / 1.003 / 75, 6);
  expect(arrays.patches[0]).toBe(0);
  expect(classesOf(targets, 19).length).toBe(4);
  const image = make((s) => new ImageTokenizer(s, { ...imageDefaults, ...rgb, height: 16, width: 24 }, width));
  expect(image.tokenizer.preprocess(inputs[0].image).values[0]).toBeCloseTo((20 / 255 - 0.485) / 0.229, 5);
  depth.arena.dispose();
  image.arena.dispose();

  const nyu = await openPublished('nyuv2', copy(writeNyuv2));
  const small = make((s) => new DepthTokenizer(s, { ...depthDefaults, height: 12, width: 16, patch: 4 }, width));
  const dense = await tokenized(nyu, 'train', small.tokenizer, (raw) => raw);
  expect(small.tokenizer.tokenCount).toBe(12);
  for (const target of dense.targets) {
    if (target.kind !== 'dense') throw new Error(target.kind);
    expect(target.ids.length).toBe(12 * 16);
    expect(target.ids.every((id) => id >= -1 && id < nyu.classes.length)).toBe(true);
  }
  small.arena.dispose();
});

test('ChestX-ray14 and TB films to tokens', async () => {
  const { tokenizer, arena } = make(
    (s) => new XrayTokenizer(s, { ...xrayDefaults, height: 16, width: 16, patch: 4 }, width),
  );
  const chest = await openPublished('chestx-ray14', copy(writeChestXray14));
  const films = await tokenized(chest, 'train', tokenizer, (raw) => raw);
  expect(films.arrays.patches[0]).toBeCloseTo((10 / 255 - 0.5056) / 0.252, 5);
  for (const target of films.targets) {
    if (target.kind !== 'labels') throw new Error(target.kind);
    expect(target.ids.every((id, at) => id < 14 && (at === 0 || id > target.ids[at - 1]))).toBe(true);
  }
  const tb = await openPublished('tb-xray', copy(writeTbXray));
  const { targets } = await tokenized(tb, 'train', tokenizer, (raw) => raw);
  expect(classesOf(targets, 2)).toEqual([0, 0, 0, 1, 1, 1]);
  arena.dispose();
});

test('RegDB and LLVIP to tokens of heat, and their partners to those of pictures', async () => {
  const regdb = await openPublished('regdb', copy(writeRegdb));
  const heat = make((s) => new InfraredTokenizer(s, { ...infraredDefaults, height: 16, width: 12, patch: 4 }, width));
  const { targets } = await tokenized(regdb, 'train', heat.tokenizer, planeOf);
  expect(targets.map((target) => (target.kind === 'identity' ? [target.id, target.camera] : []))).toEqual([
    [0, 1],
    [0, 1],
    [1, 1],
    [1, 1],
  ]);
  const visible = make(
    (s) => new ImageTokenizer(s, { ...imageDefaults, ...rgb, height: 16, width: 12, patch: 4 }, width),
  );
  await tokenized(regdb, 'train-visible', visible.tokenizer, (raw) => {
    if ('pixels' in raw) return raw;
    throw new Error('expected a picture');
  });
  heat.arena.dispose();
  visible.arena.dispose();

  const llvip = await openPublished('llvip', copy(writeLlvip));
  const crops = make((s) => new InfraredTokenizer(s, { ...infraredDefaults, height: 16, width: 8, patch: 4 }, width));
  const persons = await tokenized(llvip, 'train', crops.tokenizer, (raw) => raw);
  expect(classesOf(persons.targets, 2)).toEqual([1, 0, 1, 0, 1, 0]);
  expect(persons.arrays.patches[0]).toBeCloseTo((85 / 255 - 0.5) / 0.25, 5);
  const partners = make(
    (s) => new ImageTokenizer(s, { ...imageDefaults, ...rgb, height: 16, width: 8, patch: 4 }, width),
  );
  await tokenized(llvip, 'train', partners.tokenizer, ({ visible: partner }) => partner);
  crops.arena.dispose();
  partners.arena.dispose();
});
