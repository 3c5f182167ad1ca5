// Palmer penguins from `vega-datasets`: species from island, four measurements and sex. Missing values stay missing.

import { DataError, quote } from '../errors.ts';
import { openDirectory, parseJson, readDataText } from '../formats/read-file.ts';
import type { Column, Example, RawTable, TableDataset } from './dataset.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';
import { presentMoments } from './statistics.ts';

const source = 'penguins';
const classes: readonly string[] = ['Adelie', 'Chinstrap', 'Gentoo'];
const fields = [
  { name: 'Island', kind: 'categorical' },
  { name: 'Beak Length (mm)', kind: 'numeric' },
  { name: 'Beak Depth (mm)', kind: 'numeric' },
  { name: 'Flipper Length (mm)', kind: 'numeric' },
  { name: 'Body Mass (g)', kind: 'numeric' },
  { name: 'Sex', kind: 'categorical' },
] as const;
const testFraction = 0.3;
const split = '70/30 in each species, by a hash of the row';
const fix = 'reinstall vega-datasets';

/** @throws {DataError} */
export function loadPenguins(dir: string): TableDataset {
  const directory = openDirectory(source, dir, 'vega-datasets');
  const { text, bytes, origin } = readDataText(directory, 'data/penguins.json');
  const fail = (place: string | null, expected: string, actual: string): DataError =>
    new DataError({ ...origin, code: 'bad-value', place, expected, actual, fix });

  const rows = parseJson(text, origin, fix);
  if (!Array.isArray(rows)) throw fail(null, 'an array of rows', quote(rows));
  const examples = rows.map((row: unknown, index): Example<RawTable> => {
    const place = `row ${index}`;
    if (typeof row !== 'object' || row === null) throw fail(place, 'an object', quote(row));
    const cells = new Map<string, unknown>(Object.entries(row));
    const species = cells.get('Species');
    const label = typeof species === 'string' ? classes.indexOf(species) : -1;
    if (label < 0) throw fail(`${place}, column "Species"`, `one of ${classes.join(', ')}`, quote(species));
    const values = fields.map(({ name, kind }) => {
      const value = cells.get(name);
      // One bird's sex is recorded as "."; the field notes mean: not known.
      if (value === null || (name === 'Sex' && value === '.')) return null;
      if (kind === 'numeric' && typeof value === 'number' && Number.isFinite(value)) return value;
      if (kind === 'categorical' && typeof value === 'string' && value !== '') return value;
      throw fail(
        `${place}, column ${quote(name)}`,
        kind === 'numeric' ? 'a finite number or null' : 'a text or null',
        quote(value),
      );
    });
    return { input: { values }, label, id: `row-${index}` };
  });

  const keys = examples.map(({ input, id }) => `${id} ${JSON.stringify(input.values)}`);
  const heldOut = stratifiedHeldOut(
    keys,
    examples.map(({ label }) => label),
    testFraction,
  );
  const train = examples.filter((_, row) => !heldOut[row]);
  const test = examples.filter((_, row) => heldOut[row]);
  return {
    name: source,
    modality: 'tabular',
    classes,
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    columns: fields.map(({ name, kind }, at): Column => {
      const values = train.map(({ input }) => input.values[at]);
      if (kind === 'numeric')
        return { name, kind, ...presentMoments(values.map((value) => (typeof value === 'number' ? value : null))) };
      const present = values.filter((value) => typeof value === 'string');
      return { name, kind, categories: [...new Set(present)].sort() };
    }),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), bytes]),
  };
}
