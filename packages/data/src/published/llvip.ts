// LLVIP: street scenes at night, a visible and an infrared picture of the same pixels, with boxes around the persons.

import type { RawThermalPair } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { createXmlParser } from '../formats/xml.ts';
import { cropImage, cropPlane, type PixelBox } from '../pictures/fit.ts';
import { hashCounter, hashText } from '../sampling/hash.ts';
import { faultAt, type Place } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, presence, type Row, reporting, reportShared, requireRows, rowsSplit } from './lists.ts';
import { greyOf, readRaster, readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

const sides = ['train', 'test'] as const;
const maxBoxes = 1000;
/** Places tried for a background box; a picture full of persons may have none. */
const tries = 50;

interface PairRow extends Row {
  readonly visible: string;
  readonly infrared: string;
  /** Null: the whole picture. */
  readonly box: PixelBox | null;
}

interface Annotation {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PixelBox[];
}

/** One file of Pascal VOC's form: sizes and boxes [xmin, xmax) x [ymin, ymax), whole pixels. */
function readAnnotation(folder: Folder, file: string, report: Report): Annotation {
  const { text, origin } = folder.readText(file, 1024 * 1024);
  const size = new Map<string, number>();
  const boxes: { name: string; edges: Map<string, number>; line: string }[] = [];
  const parser = createXmlParser(
    origin,
    {
      open(tag, _attributes, parents) {
        if (tag !== 'object' || parents.length !== 1) return;
        const at: Place = { folder, file, place: parser.place };
        if (boxes.length >= maxBoxes) throw faultAt(at, 'too-large', `at most ${maxBoxes} boxes`, 'more');
        boxes.push({ name: '', edges: new Map(), line: parser.place });
      },
      close(tag, content, parents) {
        const parent = parents[parents.length - 1];
        const last = boxes[boxes.length - 1];
        if (parent === 'object' && tag === 'name' && last !== undefined) last.name = content.trim();
        if (parent !== 'size' && parent !== 'bndbox') return;
        const value = /^\s*\d{1,6}(\.\d+)?\s*$/.test(content) ? Math.round(Number(content)) : Number.NaN;
        if (parent === 'size') size.set(tag, value);
        else last?.edges.set(tag, value);
      },
    },
    { maxText: 10_000 },
  );
  parser.write(text);
  parser.end();
  const [width, height] = ['width', 'height'].map((name) => size.get(name) ?? 0);
  if (!(width >= 1 && height >= 1)) {
    throw faultAt({ folder, file, place: 'size' }, 'malformed', 'a width and a height', 'others', 'get the file again');
  }
  const found: PixelBox[] = [];
  for (const { name, edges, line } of boxes) {
    const at: Place = { folder, file, place: line };
    if (name !== 'person') {
      report(faultAt(at, 'bad-value', 'objects "person"', quote(name)));
      continue;
    }
    const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((edge) => edges.get(edge) ?? Number.NaN);
    if (left >= 0 && top >= 0 && right > left && bottom > top && right <= width && bottom <= height) {
      found.push({ left, top, width: right - left, height: bottom - top });
    } else {
      const actual = `${left}, ${top} to ${right}, ${bottom}`;
      report(faultAt(at, 'bad-value', `a box inside ${width} x ${height}`, actual));
    }
  }
  return { width, height, boxes: found };
}

const overlap = (a: PixelBox, b: PixelBox): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

/** A box of the size of `like` that meets no person, at a place that the name of the example draws; null after many tries. */
function background(key: string, like: PixelBox, { width, height, boxes }: Annotation): PixelBox | null {
  const seed = hashText(key);
  for (let k = 0; k < tries; k++) {
    const draw = (counter: number, choices: number): number =>
      Math.floor((hashCounter([seed, 0], counter) / 2 ** 32) * choices);
    const left = draw(2 * k, width - like.width + 1);
    const top = draw(2 * k + 1, height - like.height + 1);
    const box = { ...like, left, top };
    if (!boxes.some((other) => overlap(box, other))) return box;
  }
  return null;
}

async function readPair(folder: Folder, { infrared, visible, box }: PairRow): Promise<RawThermalPair> {
  const plane = greyOf(await readRaster(folder, infrared));
  const image = await readRgb(folder, visible);
  if (image.height !== plane.height || image.width !== plane.width) {
    const expected = `${plane.width} x ${plane.height}, as ${infrared}`;
    throw folder.fault({ code: 'bad-value', file: visible, expected, actual: `${image.width} x ${image.height}` });
  }
  if (box === null) return { ...plane, visible: image };
  if (box.left + box.width > plane.width || box.top + box.height > plane.height) {
    const expected = 'the size that its annotation says';
    throw folder.fault({ code: 'bad-value', file: infrared, expected, actual: `${plane.width} x ${plane.height}` });
  }
  return { ...cropPlane(plane, box), visible: cropImage(image, box) };
}

export const llvip: PublishedDefinition<RawThermalPair> = {
  name: 'llvip',
  title: 'LLVIP',
  modality: 'infrared',
  with: ['image'],
  task: 'protocol person: whether a crop of the infrared picture shows a person or background; protocol pairs: whole pictures without a target',
  metric: 'accuracy on test (person)',
  licence: 'terms of use of the authors: academic research, non-commercial',
  source: 'github.com/bupt-ai-cz/LLVIP, file download_dataset.md',
  layout: [
    'visible/train/<6 digits>.jpg, visible/test/<6 digits>.jpg',
    'infrared/train/<6 digits>.jpg, infrared/test/<6 digits>.jpg: the same names',
    'Annotations/<6 digits>.xml: Pascal VOC, boxes of objects "person"',
  ],
  split:
    'official: 12,025 pairs train, 3,463 test; protocol person gives a crop for each box, and one of background for each',
  protocols: ['person', 'pairs'],
  notes: [
    'The task of the authors is detection; the crops are the way in which ImageBind scores a classifier. Its background boxes are not published, so these are other ones: of the size of a person box, at a place drawn by a hash of the file name, meeting no box; where 50 places meet one, there is none.',
    'Boxes are [xmin, xmax) x [ymin, ymax). Crops have the size of their box: fitPlane and fitImage bring them to one size.',
    'Both pictures of a pair have the same pixels: an input holds the infrared one and, in `visible`, its partner.',
  ],
  async open(folder, report, { protocol = 'person' }) {
    const rows = new Map<string, readonly PairRow[]>();
    const isThere = presence(folder);
    for (const side of sides) {
      reporting(report, () => {
        const found: PairRow[] = [];
        const names = folder.list(`infrared/${side}`).filter((name) => name.endsWith('.jpg'));
        const partners = new Set(folder.list(`visible/${side}`).filter((name) => name.endsWith('.jpg')));
        for (const name of names) {
          const infrared = `infrared/${side}/${name}`;
          const visible = `visible/${side}/${name}`;
          const stem = name.slice(0, -'.jpg'.length);
          if (!partners.delete(name)) {
            report(folder.fault({ code: 'missing', file: visible, expected: 'the partner', actual: 'nothing there' }));
            continue;
          }
          if (protocol === 'pairs') {
            found.push({ file: infrared, target: { kind: 'none' }, group: stem, visible, infrared, box: null });
            continue;
          }
          const annotation = `Annotations/${stem}.xml`;
          if (!isThere(annotation)) {
            const expected = `the boxes of ${name}`;
            report(folder.fault({ code: 'missing', file: annotation, expected, actual: 'nothing there' }));
            continue;
          }
          reporting(report, () => {
            const read = readAnnotation(folder, annotation, report);
            for (const [at, box] of read.boxes.entries()) {
              const key = `${stem}#${at}`;
              const row = { group: stem, visible, infrared };
              found.push({ ...row, file: `${infrared}#${at}`, target: { kind: 'class', id: 1 }, box });
              const other = background(key, box, read);
              if (other !== null) {
                found.push({
                  ...row,
                  file: `${infrared}#${at}-background`,
                  target: { kind: 'class', id: 0 },
                  box: other,
                });
              }
            }
          });
        }
        for (const name of partners) {
          const file = `infrared/${side}/${name}`;
          report(folder.fault({ code: 'missing', file, expected: 'the partner', actual: 'nothing there' }));
        }
        requireRows(folder, side, found);
        rows.set(side, found);
      });
    }
    reportShared(folder, ['train', 'test'], rows, 'picture', report);
    const splits = new Map<string, PublishedSplit<RawThermalPair>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, (row) => readPair(folder, row))]),
    );
    return {
      name: folder.source,
      modality: 'infrared',
      classes: protocol === 'person' ? ['background', 'person'] : [],
      splits,
      fingerprint: fingerprintRows(protocol, rows),
    };
  },
};
