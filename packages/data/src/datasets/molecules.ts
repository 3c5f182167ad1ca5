// 1,017 molecules with a measured activity (ChEMBL document 2321810, in the Debian package rdkit-data): how strongly each
// acts, from its atoms and bonds. They are variations of one scaffold, so neighbours in the test split are many.

import { DataError, quote } from '../errors.ts';
import { parseCsv } from '../formats/csv.ts';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataText } from '../formats/read-file.ts';
import { createSmilesReader } from '../formats/smiles.ts';
import type { TableColumn } from '../formats/table.ts';
import type { Dataset, Example, RawGraph } from './dataset.ts';
import { packGraphs, unpackGraphs } from './graph-store.ts';
import { encodePrepared, fetchedName, floatTensor, type Preparation, readPrepared } from './prepared.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';

const source = 'molecules';
const file = 'molecules.safetensors';
const folder = 'usr/share/RDKit/Contrib/FreeWilson/data';
const elementNumbers = [6, 7, 8, 9, 16, 17, 35];
/** One more for all other elements. */
const elementCount = elementNumbers.length + 1;
const mostHydrogens = 3;

/** How the columns of nodes and of edges are to be read: ids, each below its count. */
export const moleculeColumns = {
  /** C, N, O, F, S, Cl, Br, other; charge below, at or above 0; hydrogens 0 to 3; aromatic; in a ring. */
  nodes: [elementCount, 3, mostHydrogens + 1, 2, 2],
  /** Single, double, triple; aromatic; in a ring. */
  edges: [3, 2, 2],
} as const;

/** -log10 of a concentration in mol/l: 6 is a micromole, 7 a tenth of it. */
const borders = [6, 7] as const;
const classes = ['below 6', '6 to 7', '7 or more'] as const;
const testFraction = 0.3;
const split = '70/30 in each class, by a hash of the number of the molecule';

export interface MoleculeDataset extends Dataset<RawGraph> {
  /** -log10 of the concentration, mol/l, of the example with this id. @throws {DataError} out-of-range */
  activityOf(id: string): number;
}

/** Reads the unpacked Debian package rdkit-data. */
export const moleculesPreparation: Preparation = {
  version: 1,
  prepare: async (dir, progress) => {
    const directory = openDirectory(source, dir, 'rdkit-data');
    const smiles = readDataText(directory, `${folder}/CHEMBL2321810.smi`);
    const measured = readDataText(directory, `${folder}/CHEMBL2321810_act.csv`);
    const table = parseCsv(measured.text, measured.origin, {
      header: true,
      columns: [
        { name: 'Name', type: 'text' },
        { name: 'Act', type: 'number' },
      ],
    });
    const activities = new Map<string, number>();
    for (const [row, name] of table.texts('Name').entries()) activities.set(name, table.numbers('Act')[row]);
    const read = await createSmilesReader();
    const ids: string[] = [];
    const graphs: RawGraph[] = [];
    const values: number[] = [];
    const lines = smiles.text.split('\n').filter((line) => line.trim() !== '');
    for (const [row, line] of lines.entries()) {
      const [text, id] = line.trim().split(/\s+/);
      const activity = activities.get(id);
      if (activity === undefined) {
        const fail = failer(smiles.origin, 'fetch rdkit-data again');
        throw fail('bad-value', `line ${row + 1}`, 'a molecule with an activity', quote(id));
      }
      const { nodes, edges, nodeFeatures, edgeFeatures } = read(text, smiles.origin);
      ids.push(id);
      values.push(activity);
      graphs.push({
        nodes,
        directed: false,
        edges,
        nodeFeatures: columns(nodeFeatures, nodes, [
          ['atomicNumber', (value) => (elementNumbers.indexOf(value) + elementCount) % elementCount],
          ['charge', (value) => Math.sign(value) + 1],
          ['hydrogens', (value) => Math.min(mostHydrogens, value)],
          ['aromatic', (value) => value],
          ['ring', (value) => value],
        ]),
        edgeFeatures: columns(edgeFeatures, edges.length / 2, [
          ['order', (value) => Math.min(3, Math.max(1, value)) - 1],
          ['aromatic', (value) => value],
          ['ring', (value) => value],
        ]),
      });
      if (row % 100 === 0) progress(row, lines.length);
    }
    const tensors = { ...packGraphs(graphs), activities: floatTensor(Float32Array.from(values), [ids.length]) };
    return new Map([[file, encodePrepared(tensors, { ids })]]);
  },
};

/** `[rows, columns]`, each value through its function. */
function columns(
  features: ReadonlyMap<string, TableColumn>,
  rows: number,
  wanted: readonly (readonly [string, (value: number) => number])[],
): Float32Array {
  const out = new Float32Array(rows * wanted.length);
  for (const [at, [name, of]] of wanted.entries()) {
    const column = features.get(name);
    if (column === undefined || !('missing' in column)) continue;
    for (let row = 0; row < rows; row++) out[row * wanted.length + at] = of(Number(column.values[row]));
  }
  return out;
}

/** `dir`: the folder of the fetched set. @throws {DataError} */
export function loadMolecules(dir: string): MoleculeDataset {
  const prepared = readPrepared(source, dir, file, source);
  const fail = (expected: string, actual: string): DataError =>
    failer(prepared.origin, `reinstall ${fetchedName(source)}`)('malformed', 'graphs', expected, actual);
  const graphs = unpackGraphs(prepared, moleculeColumns.nodes.length, moleculeColumns.edges.length, fail);
  const ids = prepared.texts('ids');
  const values = prepared.floats('activities', [graphs.length]);
  if (ids.length !== graphs.length) throw fail(`${graphs.length} ids`, `${ids.length}`);
  const activities = new Map(ids.map((id, row) => [id, values[row]]));
  const examples = ids.map((id, row): Example<RawGraph> => ({ input: graphs[row], label: classOf(values[row]), id }));
  const heldOut = stratifiedHeldOut(
    ids,
    examples.map(({ label }) => label),
    testFraction,
  );
  const train = examples.filter((_, row) => !heldOut[row]);
  const test = examples.filter((_, row) => heldOut[row]);
  return {
    name: source,
    modality: 'graph',
    classes,
    task: 'strength',
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), prepared.bytes]),
    activityOf: (id) => {
      const value = activities.get(id);
      if (value !== undefined) return value;
      const expected = 'the id of a molecule of this set';
      const details = { source, file: null, place: null, expected, actual: quote(id), fix: 'ask for one that exists' };
      throw new DataError({ code: 'out-of-range', ...details });
    },
  };
}

function classOf(activity: number): number {
  return borders.filter((border) => activity >= border).length;
}
