// From the files of a published copy to the arrays of a tokenizer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPublished, type PublishedDataset, type RawText } from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { rngKey } from '@omnigrad/tensor';
import { afterEach, expect, test } from 'vitest';
import {
  writeHmdb51,
  writeKinetics400,
  writeMomentsInTime,
  writeSomethingSomethingV2,
  writeUcf101,
} from '../../../data/test/published/fixtures/action-videos.ts';
import { writeAudioset } from '../../../data/test/published/fixtures/audioset.ts';
import { writeMsrVtt, writeYouCook2 } from '../../../data/test/published/fixtures/described-videos.ts';
import { writeDialogsum, writeSamsum } from '../../../data/test/published/fixtures/dialogue-summaries.ts';
import { writeEsc50 } from '../../../data/test/published/fixtures/esc-50.ts';
import { writeGlue } from '../../../data/test/published/fixtures/glue.ts';
import { writeWikipedia } from '../../../data/test/published/fixtures/wikipedia.ts';
import {
  AudioTokenizer,
  audioDefaults,
  specialPieces,
  TextTokenizer,
  textDefaults,
  VideoTokenizer,
  videoDefaults,
} from '../../src/index.ts';
import { width } from '../contract.ts';

const made: string[] = [];
const copy = (write: (folder: string) => void): string => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-published-'));
  made.push(folder);
  write(folder);
  return folder;
};
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const examplesOf = async <Raw>(dataset: PublishedDataset<Raw>) => {
  const splits = [...dataset.splits.values()];
  const lists = splits.map((split) => Promise.all(Array.from({ length: split.length }, (_, at) => split.get(at))));
  return (await Promise.all(lists)).flat();
};

for (const [name, write] of [
  ['esc-50', writeEsc50],
  ['audioset', writeAudioset],
] as const) {
  test(`${name} fits the audio tokenizer`, async () => {
    const tokenizer = new AudioTokenizer(new ParameterScope(), audioDefaults, width);
    const dataset = await openPublished(name, copy(write));
    const examples = await examplesOf(dataset);
    const arrays = tokenizer.collate(examples.map(({ input, id }) => tokenizer.preprocess(input, id)));
    expect(tokenizer.tokenCount).toBe(32);
    const { mask } = tokenizer.mask(arrays, rngKey(3));
    expect([mask.batch, mask.hidden.length + mask.visible.length]).toEqual([examples.length, 32 * examples.length]);
    for (const { target } of examples) {
      const ids = target.kind === 'class' ? [target.id] : target.kind === 'labels' ? target.ids : [];
      expect(ids.length).toBeGreaterThan(0);
      for (const id of ids) expect(dataset.classes[id]).toBeDefined();
    }
  });
}

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'].flatMap((letter) => [letter, `##${letter}`]);
const vocabulary = { pieces: [...specialPieces, ...letters, '.', ',', '?', '"', '#', ':', ')', '&'] };
const tokenizer = new TextTokenizer(new ParameterScope(), { ...textDefaults, vocabulary }, width);

async function checkTexts(dataset: PublishedDataset<RawText>): Promise<string[]> {
  const examples = await examplesOf(dataset);
  const features = examples.map(({ input, id }) => tokenizer.preprocess(input, id));
  const arrays = tokenizer.collate(features);
  expect([arrays.ids.length, tokenizer.tokenCount]).toEqual([64 * examples.length, 64]);
  expect(tokenizer.mask(arrays, rngKey(3)).mask.batch).toBe(examples.length);
  return features.map(({ ids }) => tokenizer.piecesOf(ids).join(' ').replaceAll(' ##', ''));
}

test('wikipedia, dialogsum and samsum fit the text tokenizer', async () => {
  const [article] = await checkTexts(await openPublished('wikipedia', copy(writeWikipedia)));
  expect(article).toMatch(/^\[CLS\] town 0 is a market town in germany \. history it is/);
  const [dialogue] = await checkTexts(await openPublished('dialogsum', copy(writeDialogsum)));
  expect(dialogue).toBe('[CLS] # person1 # : is train number 0 here ? # person2 # : yes , it is . [SEP]');
  const [chat] = await checkTexts(await openPublished('samsum', copy(writeSamsum)));
  expect(chat).toBe('[CLS] ann : shall i bring 3 cakes ? ben : yes please : ) [SEP]');
});

test('the sentences and the pairs of GLUE fit the text tokenizer', async () => {
  const folder = copy(writeGlue);
  const first = async (protocol: string): Promise<string> =>
    (await checkTexts(await openPublished('glue', folder, { protocol })))[0];
  expect(await first('cola')).toBe('[CLS] the " cat 0 sleeps . [SEP]');
  expect(await first('sst-2')).toBe('[CLS] a fine film 0 [SEP]');
  expect(await first('qnli')).toBe('[CLS] first qnli 0 . [SEP] second qnli 0 . [SEP]');
  for (const protocol of ['mrpc', 'qqp', 'sts-b', 'mnli', 'rte', 'wnli']) {
    expect((await first(protocol)).split('[SEP]').length).toBe(3);
  }
});

const { frames, height, width: columns } = videoDefaults;

for (const [name, write] of [
  ['kinetics-400', writeKinetics400],
  ['something-something-v2', writeSomethingSomethingV2],
  ['moments-in-time', writeMomentsInTime],
  ['hmdb51', writeHmdb51],
  ['ucf101', writeUcf101],
  ['msr-vtt', writeMsrVtt],
  ['youcook2', writeYouCook2],
] as const) {
  test(`${name} fits the video tokenizer`, async () => {
    const videos = new VideoTokenizer(new ParameterScope(), videoDefaults, width);
    const dataset = await openPublished(name, copy(write), { settings: { frames, height, width: columns } });
    for (const split of dataset.splits.values()) {
      const examples = await Promise.all(Array.from({ length: split.length }, (_, at) => split.get(at)));
      const arrays = videos.collate(examples.map(({ input, id }) => videos.preprocess(input, id)));
      const { mask } = videos.mask(arrays, rngKey(3));
      expect(videos.tokenCount).toBe(8);
      expect([mask.batch, mask.hidden.length + mask.visible.length]).toEqual([split.length, 8 * split.length]);
      for (const { target } of examples) {
        if (target.kind === 'class') expect(dataset.classes[target.id]).toBeDefined();
        else if (target.kind === 'texts') {
          const sentences = tokenizer.collate(target.texts.map((text) => tokenizer.preprocess({ text })));
          expect(sentences.lengths.every((length) => length > 2)).toBe(true);
        } else expect([target.kind, split.name]).toEqual(['none', 'test']);
      }
    }
  });
}
