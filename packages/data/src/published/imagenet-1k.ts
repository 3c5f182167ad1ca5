// ImageNet-1k (ILSVRC 2012), in the folders that its archives give, of the challenge or of Kaggle.

import type { RawImage } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { decodeMatlab } from '../formats/matlab.ts';
import { faultAt, linesOf, type Place } from './fields.ts';
import type { Folder } from './folder.ts';
import { classFolders, fingerprintRows, presentRows, type Row, reporting, requireRows, rowsSplit } from './lists.ts';
import { readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

const rule = 'class = place of the WordNet id in LOC_synset_mapping.txt, else among the sorted folders of train';

const roots = ['', 'ILSVRC/Data/CLS-LOC/', 'Data/CLS-LOC/'] as const;
const devkits = ['ILSVRC2012_devkit_t12/data/', 'data/', ''] as const;
const wnid = /^n\d{8}$/;

/** Pictures of train in CMYK, which `decodeJpeg` refuses: a property of the set as published. */
const cmyk = new Set(
  `n01739381_1309 n02077923_14822 n02447366_23489 n02492035_15739 n02747177_10752 n03018349_4028 n03062245_4620
  n03347037_9675 n03467068_12171 n03529860_11437 n03544143_17228 n03633091_5218 n03710637_5125 n03961711_5286
  n04033995_2932 n04258138_17003 n04264628_27969 n04336792_7448 n04371774_5854 n04596742_4225 n07583066_647
  n13037406_4650`
    .split(/\s+/)
    .map((name) => `${name}.JPEG`),
);

/** First of the folders `<root><name>` that is there. */
function find(folder: Folder, name: string): string | null {
  return roots.map((root) => `${root}${name}`).find((path) => folder.exists(path)) ?? null;
}

interface Classes {
  readonly wnids: readonly string[];
  readonly names: readonly string[];
}

/** Lines `n01440764 tench, Tinca tinca`. */
function readMapping(folder: Folder, file: string, report: Report): Classes {
  const wnids: string[] = [];
  const names: string[] = [];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const place: Place = { folder, file, place: `line ${number}` };
    const [, id, name] = /^(n\d{8}) (.+)$/.exec(line) ?? [];
    if (id === undefined) report(faultAt(place, 'malformed', 'a WordNet id, a space and names', quote(line)));
    else if (wnids.includes(id)) report(faultAt(place, 'bad-value', 'each WordNet id once', `${id} twice`));
    else {
      wnids.push(id);
      names.push(name);
    }
  }
  return { wnids, names };
}

/** WordNet id and names by ILSVRC2012_ID. */
function readDevkit(
  folder: Folder,
  file: string,
): ReadonlyMap<number, { readonly wnid: string; readonly words: string }> {
  const { bytes, origin } = folder.read(file);
  const synsets = decodeMatlab(bytes, origin, { variables: ['synsets'] }).get('synsets');
  const column = (name: string) => (synsets?.kind === 'struct' ? (synsets.fields.get(name) ?? []) : []);
  const [ids, wnids, words] = [column('ILSVRC2012_ID'), column('WNID'), column('words')];
  const found = new Map<number, { wnid: string; words: string }>();
  for (const [at, id] of ids.entries()) {
    const [key, text] = [wnids[at], words[at]];
    if (id.kind !== 'numeric' || key?.kind !== 'text') continue;
    found.set(Number(id.data[0]), {
      wnid: key.rows[0] ?? '',
      words: text?.kind === 'text' ? (text.rows[0] ?? '') : '',
    });
  }
  if (found.size === 0) {
    const expected = 'synsets with ILSVRC2012_ID and WNID';
    throw folder.fault({ code: 'malformed', file, expected, actual: 'other values' });
  }
  return found;
}

/** WordNet id of each picture of val, by file name without its ending. */
function valLabels(
  folder: Folder,
  report: Report,
): { readonly labels: ReadonlyMap<string, string>; readonly from: string } {
  const labels = new Map<string, string>();
  const kaggle = 'LOC_val_solution.csv';
  if (folder.exists(kaggle)) {
    for (const { line, number } of linesOf(folder.readText(kaggle).text)) {
      if (number === 1 && line.startsWith('ImageId')) continue;
      const place: Place = { folder, file: kaggle, place: `line ${number}` };
      // The boxes after the WordNet id are for localisation.
      const [, name, id] = /^(ILSVRC2012_val_\d{8}),(n\d{8})( |$)/.exec(line) ?? [];
      if (name === undefined) report(faultAt(place, 'malformed', 'ImageId,WordNet id and boxes', quote(line)));
      else if (labels.has(name)) report(faultAt(place, 'bad-value', 'each picture once', `${name} twice`));
      else labels.set(name, id);
    }
    return { labels, from: kaggle };
  }
  const truth = 'ILSVRC2012_validation_ground_truth.txt';
  const devkit = devkits.find((path) => folder.exists(`${path}${truth}`) && folder.exists(`${path}meta.mat`));
  if (devkit === undefined) {
    const expected = `${truth} and meta.mat, or ${kaggle}, or val/<WordNet id>/ folders`;
    const file = `${devkits[0]}${truth}`;
    throw folder.fault({ code: 'missing', file, expected, actual: 'none of them' });
  }
  const file = `${devkit}${truth}`;
  const meta = readDevkit(folder, `${devkit}meta.mat`);
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const synset = /^\d+$/.test(line.trim()) ? meta.get(Number(line)) : undefined;
    if (synset === undefined) {
      report(
        faultAt({ folder, file, place: `line ${number}` }, 'bad-value', 'an ILSVRC2012_ID of meta.mat', quote(line)),
      );
    } else labels.set(`ILSVRC2012_val_${String(number).padStart(8, '0')}`, synset.wnid);
  }
  return { labels, from: file };
}

function readVal(folder: Folder, path: string, wnids: readonly string[], report: Report): Row[] {
  const names = folder.list(path);
  if (names.some((name) => wnid.test(name))) return [...classFolders(folder, path, ['.jpeg'], wnids, report).rows];
  const { labels, from } = valLabels(folder, report);
  const files = new Set(names.filter((name) => name.endsWith('.JPEG')));
  const rows: Row[] = [];
  for (const [name, id] of labels) {
    const target = wnids.indexOf(id);
    if (target >= 0) rows.push({ file: `${path}/${name}.JPEG`, target: { kind: 'class', id: target } });
    else {
      const [expected, actual] = [`one of the ${wnids.length} classes`, id];
      report(folder.fault({ code: 'bad-value', file: from, place: name, expected, actual }));
    }
    files.delete(`${name}.JPEG`);
  }
  for (const name of files) {
    const [expected, actual] = [`a label in ${from}`, 'none'];
    report(folder.fault({ code: 'bad-value', file: `${path}/${name}`, expected, actual }));
  }
  return presentRows(folder, rows, report, from);
}

export const imagenet1k: PublishedDefinition<RawImage> = {
  name: 'imagenet-1k',
  title: 'ImageNet-1k (ILSVRC 2012)',
  modality: 'image',
  task: 'object, one of 1,000',
  metric: 'top-1 accuracy on val',
  licence: 'terms of access of image-net.org: non-commercial research and education',
  source:
    'image-net.org, after registration: ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar, ILSVRC2012_devkit_t12.tar.gz; or the ILSVRC competition of Kaggle',
  layout: [
    'train/<WordNet id>/<WordNet id>_<number>.JPEG',
    'val/<WordNet id>/ILSVRC2012_val_<8 digits>.JPEG',
    '  or val/ILSVRC2012_val_<8 digits>.JPEG with one of',
    '    ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt and meta.mat',
    '    LOC_val_solution.csv',
    'LOC_synset_mapping.txt (if there: order and names of the classes)',
    'train and val may lie in ILSVRC/Data/CLS-LOC/, as Kaggle has them',
  ],
  split: 'official: train 1,281,167 (22 of them left out, see below), val 50,000',
  counts: { train: 1_281_145, val: 50_000 },
  protocols: [],
  notes: [
    'Class ids follow LOC_synset_mapping.txt, or without it the sorted WordNet ids of train: both give the ids of torchvision and timm. The ILSVRC2012_ID of the devkit is another order, used only to look up WordNet ids.',
    'The 22 pictures of train that are CMYK JPEG are left out. The one PNG that ends with .JPEG is read.',
    'Bounding boxes and the test pictures, whose labels are not published, are not read.',
  ],
  async open(folder, report) {
    const train = find(folder, 'train');
    const val = find(folder, 'val');
    if (train === null && val === null) {
      throw folder.fault({
        code: 'missing',
        file: 'train',
        expected: 'the folders train and val',
        actual: 'nothing there',
      });
    }
    const mapping = 'LOC_synset_mapping.txt';
    let classes: Classes;
    if (folder.exists(mapping)) classes = readMapping(folder, mapping, report);
    else {
      const wnids = folder.list(train ?? val ?? '').filter((name) => wnid.test(name));
      classes = { wnids, names: wnids };
    }
    if (classes.wnids.length === 0) {
      const expected = `folders named by WordNet ids, or ${mapping}`;
      throw folder.fault({ code: 'empty', file: train ?? val, expected, actual: 'none' });
    }
    const rows = new Map<string, readonly Row[]>();
    const add = (name: string, path: string | null, read: (path: string) => readonly Row[]): void => {
      reporting(report, () => {
        if (path === null) {
          throw folder.fault({
            code: 'missing',
            file: name,
            expected: 'the folder of a split',
            actual: 'nothing there',
          });
        }
        const found = read(path);
        requireRows(folder, name, found);
        rows.set(name, found);
      });
    };
    if (train !== null) {
      const there = new Set(folder.list(train));
      const without = classes.wnids.filter((id) => !there.has(id));
      if (without.length > 0) {
        const [expected, actual] = [`folders of ${classes.wnids.length} classes`, `${without.length} fewer`];
        report(folder.fault({ code: 'missing', file: `${train}/${without[0]}`, expected, actual }));
      }
    }
    add('train', train, (path) =>
      classFolders(folder, path, ['.jpeg'], classes.wnids, report).rows.filter(
        ({ file }) => !cmyk.has(file.slice(file.lastIndexOf('/') + 1)),
      ),
    );
    add('val', val, (path) => readVal(folder, path, classes.wnids, report));
    const splits = new Map<string, PublishedSplit<RawImage>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, ({ file }) => readRgb(folder, file))]),
    );
    return {
      name: folder.source,
      modality: 'image',
      classes: classes.names,
      splits,
      fingerprint: fingerprintRows(rule, rows),
    };
  },
};
