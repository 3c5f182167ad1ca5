// ESC-50: environmental sounds of five seconds in five official folds.

import type { RawAudio } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { type CsvRow, faultAt, readCsvRows, uniqueBy, wholeNumber } from './fields.ts';
import type { Folder } from './folder.ts';
import {
  fingerprintRows,
  presentRows,
  type Row,
  reporting,
  reportSharedGroups,
  requireRows,
  rowsSplit,
} from './lists.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { readSettings } from './settings.ts';
import { readSound, soundSettings } from './sounds.ts';

const list = 'meta/esc50.csv';
const classCount = 50;
const foldCount = 5;

interface Clip extends Row {
  readonly fold: number;
  readonly classId: number;
  readonly category: string;
  readonly row: CsvRow;
}

function readClip(row: CsvRow): Clip {
  const { at, cell } = row;
  const fold = wholeNumber(cell('fold'), 1, foldCount, 'a fold', at);
  const classId = wholeNumber(cell('target'), 0, classCount - 1, 'a target', at);
  const name = cell('filename');
  // <fold>-<source clip>-<take>-<target>.wav says again what the columns say.
  const match = /^(\d)-([\w]+)-([A-Z])-(\d+)\.wav$/.exec(name);
  if (match === null || Number(match[1]) !== fold || Number(match[4]) !== classId) {
    throw faultAt(at, 'bad-value', `a file name ${fold}-<clip>-<take>-${classId}.wav`, quote(name));
  }
  const category = cell('category');
  if (category === '') throw faultAt(at, 'bad-value', 'a category', 'an empty cell');
  const target = { kind: 'class', id: classId } as const;
  return { file: `audio/${name}`, target, group: match[2], fold, classId, category, row };
}

/** Names by class id; a copy without any row of a class has no name for it. */
function classNames(clips: readonly Clip[], report: Report): string[] {
  const names: string[] = [];
  for (const { classId, category, row } of clips) {
    names[classId] ??= category;
    const known = names[classId];
    if (known === category) continue;
    report(faultAt(row.at, 'bad-value', `the category ${quote(known)} of target ${classId}`, quote(category)));
  }
  return Array.from({ length: classCount }, (_, id) => names[id] ?? `target ${id}`);
}

function reportSharedClips(folder: Folder, clips: readonly Clip[], report: Report): void {
  const folds = new Map<string, (string | undefined)[]>();
  for (const { fold, group } of clips) folds.set(`fold ${fold}`, [...(folds.get(`fold ${fold}`) ?? []), group]);
  reportSharedGroups(folder, folds, 'source clip', report);
}

export const esc50: PublishedDefinition<RawAudio> = {
  name: 'esc-50',
  title: 'ESC-50',
  modality: 'audio',
  task: 'tell 50 classes of environmental sounds apart',
  metric: 'accuracy, the mean of the five folds',
  licence: 'CC BY-NC 3.0',
  source: 'https://github.com/karolpiczak/ESC-50',
  layout: ['meta/esc50.csv', 'audio/<fold>-<clip>-<take>-<target>.wav'],
  split: 'official: five folds; fold <k> is the test split of protocol fold-<k>, the other four are its train split',
  counts: { train: 1600, test: 400 },
  protocols: ['fold-1', 'fold-2', 'fold-3', 'fold-4', 'fold-5'],
  settings: soundSettings,
  notes: [
    'A group is a source clip of Freesound; takes of one clip lie in one fold.',
    'The columns of esc50.csv are filename, fold, target, category, esc10, src_file, take; the last three are not read.',
  ],
  async open(folder, report, options) {
    const sampleRate = readSettings(folder, soundSettings, options)('sampleRate');
    const test = Number((options.protocol ?? 'fold-1').slice('fold-'.length));
    const parsed = readCsvRows(folder, list, ['filename', 'fold', 'target', 'category'], report).flatMap(
      (row) => reporting(report, () => readClip(row)) ?? [],
    );
    const clips = uniqueBy(
      parsed,
      ({ file }) => file,
      ({ row }) => row.at,
      report,
    );
    const classes = classNames(clips, report);
    reportSharedClips(folder, clips, report);
    const present = presentRows(folder, clips, report, list);
    const rows = new Map([
      ['train', present.filter(({ fold }) => fold !== test)],
      ['test', present.filter(({ fold }) => fold === test)],
    ]);
    const read = ({ file }: Row): Promise<RawAudio> => readSound(folder, file, sampleRate);
    const splits = new Map(
      [...rows].map(([name, list]) => {
        requireRows(folder, name, list);
        return [name, rowsSplit(folder, name, list, read)];
      }),
    );
    return {
      name: folder.source,
      modality: 'audio',
      classes,
      splits,
      fingerprint: fingerprintRows(`fold ${test}`, rows),
    };
  },
};
