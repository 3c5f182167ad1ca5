// PCQM4Mv2 of the Open Graph Benchmark: 3.7 million molecules and the gap between two of their energy levels. The table stays
// in memory as it came, 200 MB of text; a molecule becomes a graph when it is asked for.

import type { RawGraph } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import { quote } from '../errors.ts';
import { atomClasses, bondClasses, createMoleculeReader } from '../formats/molecule-features.ts';
import { decodeNpy, decodeNpz } from '../formats/npy.ts';
import { parseCount, parseDecimal } from '../formats/text-lines.ts';
import { faultAt, firstThere, linesOf, readJsonFile, rootOf } from './fields.ts';
import type { Folder } from './folder.ts';
import { readUnpacked } from './gzip.ts';
import type { PublishedDataset, PublishedDefinition, PublishedSplit, Report } from './published.ts';

/** A dataset of graphs whose features are ids: how many classes each has. */
export interface PublishedGraphs extends PublishedDataset<RawGraph> {
  readonly nodeClasses: readonly number[];
  readonly edgeClasses: readonly number[];
}

export interface GraphDefinition extends PublishedDefinition<RawGraph> {
  open: (...args: Parameters<PublishedDefinition<RawGraph>['open']>) => Promise<PublishedGraphs>;
}

const maxTableBytes = 512 * 1024 * 1024;

/** Names in split_dict, and here. */
const splitNames = [
  ['train', 'train'],
  ['valid', 'validation'],
  ['test-dev', 'test-dev'],
  ['test-challenge', 'test-challenge'],
] as const;
const hidden = ['test-dev', 'test-challenge'];

const convert =
  "write it as NumPy: python -c \"import numpy, torch; numpy.savez('split_dict.npz', **torch.load('split_dict.pt', weights_only=False))\"";

interface Molecules {
  readonly count: number;
  smiles(row: number): string;
  /** eV; NaN where it is hidden. */
  readonly gaps: Float32Array;
  readonly bytes: Uint8Array;
}

const newline = 10;
const comma = 44;

function readTable(folder: Folder, file: string, report: Report): Molecules {
  const { bytes } = readUnpacked(folder, file, maxTableBytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = text.toString('latin1', 0, Math.min(200, text.length)).split(/\r?\n/)[0];
  if (header !== 'idx,smiles,homolumogap') {
    throw faultAt({ folder, file, place: 'line 1' }, 'malformed', 'idx,smiles,homolumogap', quote(header));
  }
  let lines = 0;
  for (let at = text.indexOf(newline); at >= 0 && at + 1 < text.length; at = text.indexOf(newline, at + 1)) lines++;
  const starts = new Uint32Array(lines);
  const ends = new Uint32Array(lines);
  const gaps = new Float32Array(lines).fill(Number.NaN);
  let begin = text.indexOf(newline) + 1;
  for (let row = 0; row < lines; row++) {
    const found = text.indexOf(newline, begin);
    const stop = found < 0 ? text.length : found;
    const end = stop > begin && text[stop - 1] === 13 ? stop - 1 : stop;
    const first = text.indexOf(comma, begin);
    const second = first < 0 ? -1 : text.indexOf(comma, first + 1);
    const at = { folder, file, place: `line ${row + 2}` };
    if (first < 0 || second < 0 || second >= end || text.toString('latin1', begin, first) !== `${row}`) {
      report(
        faultAt(
          at,
          'malformed',
          `${row}, a SMILES and a gap, parted by commas`,
          quote(text.toString('latin1', begin, end)),
        ),
      );
    } else {
      starts[row] = first + 1;
      ends[row] = second;
      const cell = text.toString('latin1', second + 1, end);
      gaps[row] = cell === '' ? Number.NaN : parseDecimal(cell);
      if (cell !== '' && !Number.isFinite(gaps[row]))
        report(faultAt(at, 'bad-value', 'a gap in eV or nothing', quote(cell)));
    }
    begin = stop + 1;
  }
  return { count: lines, gaps, bytes, smiles: (row) => text.toString('latin1', starts[row], ends[row]) };
}

/** Rows of each split, from the form of the list that is there. */
function readLists(folder: Folder, root: string): Map<string, { file: string; rows: ArrayLike<number | bigint> }> {
  const lists = new Map<string, { file: string; rows: ArrayLike<number | bigint> }>();
  const [json, npz, pickle] = ['json', 'npz', 'pt'].map((ending) => `${root}split_dict.${ending}`);
  if (folder.exists(npz)) {
    const { bytes, origin } = folder.read(npz);
    for (const [name, { data }] of decodeNpz(bytes, origin)) lists.set(name, { file: npz, rows: data });
    return lists;
  }
  if (folder.exists(json)) {
    const parsed = readJsonFile(folder, json);
    const entries: [string, unknown][] = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    for (const [name, rows] of entries) {
      const isList = Array.isArray(rows) && rows.every((row) => typeof row === 'number');
      if (isList) lists.set(name, { file: json, rows });
      else
        throw faultAt({ folder, file: json, place: quote(name) }, 'malformed', 'an array of row numbers', quote(rows));
    }
    return lists;
  }
  for (const [name] of splitNames) {
    const [array, text] = [`${root}split/${name}.npy`, `${root}split/${name}.txt`];
    if (folder.exists(array)) {
      const { bytes, origin } = folder.read(array);
      lists.set(name, { file: array, rows: decodeNpy(bytes, origin).data });
    } else if (folder.exists(text)) {
      const rows = [...linesOf(folder.readText(text).text)].map(({ line }) => parseCount(line.trim()));
      lists.set(name, { file: text, rows });
    }
  }
  if (lists.size > 0) return lists;
  const isPickle = folder.exists(pickle);
  throw folder.fault({
    code: isPickle ? 'unsupported' : 'missing',
    file: isPickle ? pickle : npz,
    expected: 'the split as split_dict.npz, split_dict.json, or split/<name>.npy or .txt',
    actual: isPickle ? 'a Python pickle (nothing was executed)' : 'nothing there',
    fix: convert,
  });
}

export const pcqm4mv2: GraphDefinition = {
  name: 'pcqm4mv2',
  title: 'PCQM4Mv2 (OGB-LSC)',
  modality: 'graph',
  task: 'predict the gap between the highest occupied and the lowest unoccupied orbital of a molecule, by density functional theory',
  metric: 'MAE, eV',
  licence: 'CC BY 4.0',
  source: 'https://ogb.stanford.edu/docs/lsc/pcqm4mv2 (pcqm4m-v2.zip)',
  layout: [
    'raw/data.csv.gz: idx,smiles,homolumogap',
    'split_dict.npz, split_dict.json, or split/{train,valid,test-dev,test-challenge}.{npy,txt}: row numbers, converted from split_dict.pt',
  ],
  split:
    'official, by PubChem id: 3,378,606 train, 73,545 validation, 147,037 test-dev and 147,432 test-challenge molecules; the gaps of both tests are hidden',
  counts: { train: 3_378_606, validation: 73_545, 'test-dev': 147_037, 'test-challenge': 147_432 },
  protocols: [],
  notes: [
    `split_dict.pt is a Python pickle and is not read; ${convert}`,
    "Atoms have nine features and bonds three, ids as those of OGB (atomClasses, bondClasses). For SMILES as RDKit writes them, which those of the set are, all equal OGB's but for radicals and hybridisation of metals; aromatic is what the text has in lower case, in other SMILES what openchemlib finds.",
    'A bond comes once; OGB lists it in both directions. The 3-D positions of the train molecules (SDF) are not read.',
  ],
  async open(folder, report) {
    const root = rootOf(folder, ['pcqm4m-v2']);
    const file = firstThere(folder, [`${root}raw/data.csv.gz`, `${root}raw/data.csv`], 'the table of molecules');
    const table = readTable(folder, file, report);
    const lists = readLists(folder, root);
    const read = await createMoleculeReader();
    const owner = new Uint8Array(table.count);
    const splits = new Map<string, PublishedSplit<RawGraph>>();
    const parts: Uint8Array[] = [];
    for (const [number, [key, name]] of splitNames.entries()) {
      const list = lists.get(key);
      if (list === undefined) {
        const expected = `the rows of ${key}`;
        report(folder.fault({ code: 'missing', file: null, place: 'split', expected, actual: 'none', fix: convert }));
        continue;
      }
      const rows = checkedRows(folder, list.file, key, list.rows, table, owner, number + 1, report);
      parts.push(new Uint8Array(rows.buffer));
      splits.set(name, {
        name,
        length: rows.length,
        groups: null,
        async get(index) {
          const row = rows[index];
          if (row === undefined) {
            const expected = `an index from 0 to ${rows.length - 1}`;
            throw folder.fault({
              code: 'out-of-range',
              file: null,
              place: `split "${name}"`,
              expected,
              actual: `${index}`,
            });
          }
          const gap = table.gaps[row];
          return {
            input: read(table.smiles(row), { source: folder.source, file: `${folder.path}/${file} line ${row + 2}` }),
            target: Number.isNaN(gap) ? { kind: 'none' } : { kind: 'values', values: Float32Array.of(gap) },
            id: `${row}`,
          };
        },
      });
    }
    if ((splits.get('train')?.length ?? 0) === 0) {
      throw folder.fault({
        code: 'empty',
        file: null,
        place: 'split "train"',
        expected: 'at least one example',
        actual: 'none',
      });
    }
    return {
      name: folder.source,
      modality: 'graph',
      classes: [],
      splits,
      nodeClasses: Object.values(atomClasses),
      edgeClasses: Object.values(bondClasses),
      fingerprint: fingerprintOf(['rows', table.bytes, ...parts]),
    };
  },
};

/** Rows that are there, in one split only, and have a gap unless it is hidden; others are reported and left out. */
function checkedRows(
  folder: Folder,
  file: string,
  name: string,
  given: ArrayLike<number | bigint>,
  table: Molecules,
  owner: Uint8Array,
  number: number,
  report: Report,
): Uint32Array {
  const rows = new Uint32Array(given.length);
  let kept = 0;
  for (let at = 0; at < given.length; at++) {
    const row = Number(given[at]);
    const place = { folder, file, place: `${name}, entry ${at}` };
    if (!Number.isInteger(row) || row < 0 || row >= table.count) {
      report(faultAt(place, 'out-of-range', `a row from 0 to ${table.count - 1}`, `${given[at]}`));
    } else if (owner[row] !== 0) {
      const actual = `row ${row} in ${splitNames[owner[row] - 1][0]} and ${name}`;
      report(faultAt(place, 'bad-value', 'each row in one split, once', actual));
    } else if (Number.isNaN(table.gaps[row]) && !hidden.includes(name)) {
      owner[row] = number;
      report(faultAt(place, 'bad-value', 'a row with a gap', `row ${row}, which has none`));
    } else {
      owner[row] = number;
      rows[kept++] = row;
    }
  }
  return rows.slice(0, kept);
}
