// UCF101: actions in clips from YouTube. Twenty-five groups of clips a class, each of one scene, keep train and test apart.

import type { RawVideo } from '../datasets/dataset.ts';
import { type DataError, quote } from '../errors.ts';
import { clipSettings } from './clips.ts';
import { faultAt, firstThere, linesOf, type Place, uniqueFiles, wholeNumber } from './fields.ts';
import type { Folder } from './folder.ts';
import { presentRows, type Row, reporting, reportSharedGroups } from './lists.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { clipDataset } from './video-classes.ts';

const listFolders = ['ucfTrainTestlist', 'UCF101TrainTestSplits-RecognitionTask/ucfTrainTestlist'] as const;
const maxClasses = 101;

const listFile = (folder: Folder, name: string, what: string): string =>
  firstThere(
    folder,
    listFolders.map((place) => `${place}/${name}`),
    what,
  );

function readClasses(folder: Folder, report: Report): string[] {
  const file = listFile(folder, 'classInd.txt', 'the list of classes');
  const classes: string[] = [];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    reporting(report, () => {
      const match = /^\s*(\d+)\s+(\S+)\s*$/.exec(line);
      if (match === null) throw faultAt(at, 'malformed', 'a number and a class', quote(line));
      const expected = classes.length + 1;
      if (expected > maxClasses) throw faultAt(at, 'malformed', `at most ${maxClasses} classes`, 'more');
      if (Number(match[1]) !== expected) throw faultAt(at, 'bad-value', `number ${expected}`, match[1]);
      if (classes.includes(match[2])) throw faultAt(at, 'bad-value', 'each class once', `${quote(match[2])} twice`);
      classes.push(match[2]);
    });
  }
  return classes;
}

interface Clip extends Row {
  readonly at: Place;
}

function readList(
  folder: Folder,
  file: string,
  classes: readonly string[],
  root: string,
  labelled: boolean,
  report: (fault: DataError) => void,
): Clip[] {
  return [...linesOf(folder.readText(file).text)].flatMap(({ line, number }) => {
    const at: Place = { folder, file, place: `line ${number}` };
    const clip = reporting(report, () => {
      // "Archery/v_Archery_g08_c01.avi 3" in lists of train, without the number in those of test.
      const match = /^(([^/\s]+)\/v_\w+_(g\d\d)_c\d\d\.avi)(?:\s+(\d+))?\s*$/.exec(line);
      if (match === null || (match[4] !== undefined) !== labelled) {
        const expected = `<Class>/v_<Class>_g<NN>_c<NN>.avi${labelled ? ' <number>' : ''}`;
        throw faultAt(at, 'malformed', expected, quote(line));
      }
      const [, path, name, group, label] = match;
      const id = classes.indexOf(name);
      if (id < 0) throw faultAt(at, 'bad-value', 'a class of classInd.txt', quote(name));
      if (label !== undefined && wholeNumber(label, 1, classes.length, 'a number', at) !== id + 1) {
        throw faultAt(at, 'bad-value', `${id + 1}, the number of ${name}`, label);
      }
      return { file: `${root}${path}`, target: { kind: 'class', id }, group: `${name} ${group}`, at } as const;
    });
    return clip ?? [];
  });
}

export const ucf101: PublishedDefinition<RawVideo> = {
  name: 'ucf101',
  title: 'UCF101',
  modality: 'video',
  task: 'recognise 101 human actions',
  metric: 'top-1 accuracy, the mean of the three splits',
  licence: 'none stated; the videos are from YouTube',
  source: 'https://www.crcv.ucf.edu/data/UCF101.php (videos, and the splits for action recognition)',
  layout: [
    'UCF-101/<Class>/v_<Class>_g<NN>_c<NN>.avi',
    'ucfTrainTestlist/classInd.txt',
    'ucfTrainTestlist/trainlist0<k>.txt',
    'ucfTrainTestlist/testlist0<k>.txt',
  ],
  split: 'official: three pairs of lists, one a protocol',
  counts: { train: 9537, test: 3783 },
  protocols: ['split-1', 'split-2', 'split-3'],
  settings: clipSettings,
  notes: [
    'A group is a class and gNN: clips of one scene. Groups on both sides of a split are a fault.',
    'Numbers of classes count from 1 in the lists and from 0 here.',
    'The class folders may also lie beside ucfTrainTestlist.',
  ],
  async open(folder, report, options) {
    const setting = readSettings(folder, clipSettings, options);
    const protocol = options.protocol ?? 'split-1';
    const k = protocol.slice('split-'.length);
    const classes = readClasses(folder, report);
    const root = folder.exists('UCF-101') ? 'UCF-101/' : '';
    const rows = new Map<string, Clip[]>();
    for (const [name, labelled] of [
      ['train', true],
      ['test', false],
    ] as const) {
      const file = listFile(folder, `${name}list0${k}.txt`, `the list of ${name} clips`);
      const list = readList(folder, file, classes, root, labelled, report);
      const unique = uniqueFiles(list, report);
      rows.set(name, presentRows(folder, unique, report, file));
    }
    reportSharedGroups(
      folder,
      new Map([...rows].map(([name, list]) => [name, list.map(({ group }) => group)])),
      'group',
      report,
    );
    return clipDataset(folder, protocol, classes, rows, setting);
  },
};
