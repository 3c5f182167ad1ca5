// MSR-VTT: ten thousand clips with twenty sentences each, for captions, retrieval, or their category.

import type { RawVideo } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { clipSettings, videosIn } from './clips.ts';
import {
  arrayOf,
  faultAt,
  firstThere,
  numberField,
  type Place,
  readCsvRows,
  readJsonFile,
  recordOf,
  textField,
} from './fields.ts';
import type { Folder } from './folder.ts';
import { type Row, reporting } from './lists.ts';
import { completeSetting, partlyThere } from './partly-there.ts';
import type { PublishedDefinition, PublishedTarget, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const settings = { ...clipSettings, ...completeSetting };

/** By their numbers in the lists. */
const categories = [
  'music',
  'people',
  'gaming',
  'sports/actions',
  'news/events/politics',
  'education',
  'tv shows',
  'movie/comedy',
  'animation',
  'vehicles/autos',
  'howto',
  'travel',
  'science/technology',
  'animals/pets',
  'kids/family',
  'documentary',
  'food/drink',
  'cooking',
  'beauty/fashion',
  'advertisement',
] as const;

const splitNames: Readonly<Record<string, string>> = { train: 'train', validate: 'validation', test: 'test' };
const videoFolders = ['videos', 'TrainValVideo', 'TestVideo'];

interface Video {
  readonly id: string;
  readonly split: string;
  readonly category: number;
  readonly sentences: string[];
  readonly at: Place;
}

/** {"videos": [{video_id, split, category}], "sentences": [{video_id, caption}]}; sen_id, times and urls are not read. */
function readInfo(folder: Folder, file: string, videos: Map<string, Video>, report: Report): void {
  const whole: Place = { folder, file, place: 'the file' };
  const record = recordOf(readJsonFile(folder, file), whole);
  for (const [index, entry] of arrayOf(record.videos, { ...whole, place: 'field "videos"' }).entries()) {
    const at: Place = { folder, file, place: `entry ${index} of "videos"` };
    reporting(report, () => {
      const fields = recordOf(entry, at);
      const id = textField(fields, 'video_id', at);
      const name = textField(fields, 'split', at);
      const category = numberField(fields, 'category', at);
      if (!/^video\d+$/.test(id)) throw faultAt(at, 'bad-value', 'a name video<number>', quote(id));
      if (!Object.hasOwn(splitNames, name)) throw faultAt(at, 'bad-value', 'train, validate or test', quote(name));
      if (!Number.isInteger(category) || category < 0 || category >= categories.length) {
        throw faultAt(at, 'bad-value', `a category from 0 to ${categories.length - 1}`, `${category}`);
      }
      if (videos.has(id)) throw faultAt(at, 'bad-value', 'each video once', `${quote(id)} twice`);
      videos.set(id, { id, split: splitNames[name], category, sentences: [], at });
    });
  }
  for (const [index, entry] of arrayOf(record.sentences, { ...whole, place: 'field "sentences"' }).entries()) {
    const at: Place = { folder, file, place: `entry ${index} of "sentences"` };
    reporting(report, () => {
      const fields = recordOf(entry, at);
      const id = textField(fields, 'video_id', at);
      const video = videos.get(id);
      if (video === undefined) throw faultAt(at, 'bad-value', 'a video of the list', quote(id));
      video.sentences.push(textField(fields, 'caption', at));
    });
  }
}

interface Clip extends Row {
  readonly at: Place;
  readonly there: boolean;
}

const jsfusion = 'MSRVTT_JSFUSION_test.csv';
const nineThousand = 'MSRVTT_train.9k.csv';

/** The thousand videos of test, each with one sentence; train is all others, or those of the list of 9,000. */
function retrievalSides(
  folder: Folder,
  videos: ReadonlyMap<string, Video>,
  report: Report,
): Map<string, { video: Video; texts: readonly string[] }[]> {
  const test = new Map<string, { video: Video; texts: readonly string[] }>();
  const known = (id: string, at: Place): Video => {
    const video = videos.get(id);
    if (video !== undefined) return video;
    throw faultAt(at, 'bad-value', 'a video of the JSON lists', quote(id));
  };
  for (const { at, cell } of readCsvRows(folder, jsfusion, ['video_id', 'sentence'], report)) {
    reporting(report, () => {
      const video = known(cell('video_id'), at);
      if (test.has(video.id)) throw faultAt(at, 'bad-value', 'each video once', `${quote(video.id)} twice`);
      if (cell('sentence') === '') throw faultAt(at, 'bad-value', 'a sentence', 'an empty cell');
      test.set(video.id, { video, texts: [cell('sentence')] });
    });
  }
  const train = new Map<string, Video>();
  if (folder.exists(nineThousand)) {
    for (const { at, cell } of readCsvRows(folder, nineThousand, ['video_id'], report)) {
      reporting(report, () => {
        const video = known(cell('video_id'), at);
        if (test.has(video.id))
          throw faultAt(at, 'bad-value', 'a video in one split', `${video.id} also in ${jsfusion}`);
        train.set(video.id, video);
      });
    }
  } else for (const video of videos.values()) if (!test.has(video.id)) train.set(video.id, video);
  return new Map([
    ['train', [...train.values()].map((video) => ({ video, texts: video.sentences }))],
    ['test', [...test.values()]],
  ]);
}

export const msrVtt: PublishedDefinition<RawVideo> = {
  name: 'msr-vtt',
  title: 'MSR-VTT',
  modality: 'video',
  with: ['text'],
  task: 'find a clip by a sentence and the reverse, describe it, or name its category of 20',
  metric:
    'recall at 1, 5 and 10 and median rank (retrieval); BLEU-4, METEOR, ROUGE-L, CIDEr (captions); accuracy (categories)',
  licence: 'for research; the videos belong to those who uploaded them',
  source:
    'https://www.microsoft.com/en-us/research/publication/msr-vtt-a-large-video-description-dataset-for-bridging-video-and-language/',
  layout: [
    'train_val_videodatainfo.json',
    'test_videodatainfo.json',
    'videos/<video_id>.mp4, or TrainValVideo/ and TestVideo/',
    'protocol 1k-a: MSRVTT_JSFUSION_test.csv, and MSRVTT_train.9k.csv if it is there',
  ],
  split: 'official: 6,513 train, 497 validation, 2,990 test; 1k-a: 9,000 train, 1,000 test',
  counts: { train: 6513, validation: 497, test: 2990 },
  protocols: ['captions', '1k-a', 'categories'],
  settings,
  notes: [
    'The target of captions is all sentences of a clip, of 1k-a the sentence of its list for test, of categories the class.',
    'A clip without a file is left out, since no copy must have all of them; setting complete=1 makes it a fault.',
    'Without MSRVTT_train.9k.csv, train of 1k-a is all clips that are not in its test list.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, settings, options);
    const protocol = options.protocol ?? 'captions';
    const videos = new Map<string, Video>();
    for (const name of ['train_val_videodatainfo.json', 'test_videodatainfo.json']) {
      readInfo(folder, firstThere(folder, [name, `annotations/${name}`], 'a list of clips'), videos, report);
    }
    for (const { id, sentences, at } of videos.values()) {
      if (sentences.length === 0) report(faultAt(at, 'bad-value', `a sentence about ${id}`, 'none'));
    }
    const files = videosIn(folder, videoFolders);
    const rowOf = (video: Video, target: PublishedTarget): Clip => {
      const file = files.get(video.id);
      return { file: file ?? `videos/${video.id}.mp4`, target, at: video.at, there: file !== undefined };
    };
    const sides =
      protocol === '1k-a'
        ? retrievalSides(folder, videos, report)
        : new Map(
            Object.values(splitNames).map((name) => [
              name,
              [...videos.values()]
                .filter(({ split }) => split === name)
                .map((video) => ({ video, texts: video.sentences })),
            ]),
          );
    const rows = new Map(
      [...sides].map(([name, list]) => [
        name,
        list.map(({ video, texts }) =>
          rowOf(video, protocol === 'categories' ? { kind: 'class', id: video.category } : { kind: 'texts', texts }),
        ),
      ]),
    );
    partlyThere(
      [...rows.values()].flatMap((list) => list.filter(({ there }) => !there)),
      setting('complete') === 1,
      report,
    );
    const present = new Map([...rows].map(([name, list]) => [name, list.filter(({ there }) => there)]));
    return clipDataset(folder, protocol, protocol === 'categories' ? categories : [], present, setting);
  },
};
