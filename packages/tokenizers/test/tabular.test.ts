import type { Column, RawTable } from '@omnigrad/data';
import { evaluation, ParameterScope, type ReconstructionMask } from '@omnigrad/nn';
import { scope } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { type TabularArrays, TabularTokenizer, tabularDefaults } from '../src/index.ts';
import { tabularTarget } from '../src/tabular/target.ts';
import { describeContract, make, onReferenceBackend, positionsOf, width } from './contract.ts';

const columns: readonly Column[] = [
  { name: 'island', kind: 'categorical', categories: ['Biscoe', 'Dream', 'Torgersen'] },
  { name: 'beak', kind: 'numeric', mean: 40, std: 5 },
  { name: 'flipper', kind: 'numeric', mean: 200, std: 10 },
  { name: 'sex', kind: 'categorical', categories: ['FEMALE', 'MALE'] },
  { name: 'mass', kind: 'numeric', mean: 4000, std: 800 },
  { name: 'depth', kind: 'numeric', mean: 17, std: 2 },
];
const config = { ...tabularDefaults, columns };
const rows: readonly RawTable[] = [
  { values: ['Biscoe', 45, 210, 'MALE', 4800, 15] },
  { values: ['Dream', 35, null, 'FEMALE', 3200, 18] },
  { values: ['Torgersen', 50, 190, null, 4000, null] },
  { values: ['Dream', 41, 205, 'MALE', 3600, 19] },
  { values: ['Biscoe', 38, 199, 'FEMALE', null, 16] },
  { values: ['Torgersen', 44, 180, 'MALE', 4100, 20] },
];

const disturb = (arrays: TabularArrays, mask: ReconstructionMask): TabularArrays => {
  const [values, ids, missing] = [arrays.values.slice(), arrays.ids.slice(), arrays.missing.slice()];
  const count = mask.hidden.length / mask.batch;
  mask.hidden.forEach((column, i) => {
    const at = Math.floor(i / count) * columns.length + column;
    const spec = columns[column];
    if (spec.kind === 'numeric') values[at] += 3;
    else ids[at] = (ids[at] + 1) % spec.categories.length;
    // A value that is missing appears, one that is there goes missing in every other row.
    missing[at] = missing[at] === 1 || i % 2 === 0 ? 0 : 1;
  });
  return { batch: arrays.batch, values, ids, missing };
};

for (const method of ['replace', 'drop'] as const) {
  describeContract(`tabular, ${method}`, {
    make: (s) => new TabularTokenizer(s, { columns, mask: { kind: 'random', ratio: 0.3, method } }, width),
    raws: rows,
    hiddenCount: 2,
    disturb,
    targetIsClean: (arrays, { mask, target }) => {
      if (target.kind !== 'columns') throw new Error('expected columns');
      expect([...target.columns]).toEqual([...mask.hidden]);
      expect(target.categories).toEqual([3, 0, 0, 2, 0, 0]);
      target.columns.forEach((column, i) => {
        const at = Math.floor(i / 2) * 6 + column;
        const isNumeric = columns[column].kind === 'numeric';
        const present = arrays.missing[at] === 0;
        expect(target.weights[i]).toBe(isNumeric && present ? 1 : 0);
        expect(target.values[i]).toBe(isNumeric && present ? arrays.values[at] : 0);
        expect(target.ids[i]).toBe(!isNumeric && present ? arrays.ids[at] : -100);
      });
    },
  });
}

describe('tabular numbers', () => {
  onReferenceBackend();

  test('numbers are standardised, classes are ids, missing and unknown values are flagged', () => {
    const { tokenizer } = make((s) => new TabularTokenizer(s, config, width));
    const { values, ids, missing } = tokenizer.preprocess({ values: ['Dream', 45, null, 'MALE', 4800, 15] });
    expect([[...values], [...ids], [...missing]]).toEqual([
      [0, 1, 0, 0, 1, -1],
      [1, 0, 0, 1, 0, 0],
      [0, 0, 1, 0, 0, 0],
    ]);
    const unknown = tokenizer.preprocess({ values: ['Atlantis', 45, null, 'MALE', 4800, 15] });
    expect([unknown.ids[0], unknown.missing[0]]).toEqual([0, 1]);
  });

  test('tokens are x · W + b, E[c] + b or m + b, in the order of the columns', () => {
    const { tokenizer, arena } = make((s) => new TabularTokenizer(s, config, 1));
    if (tokenizer.numeric === null || tokenizer.categorical === null) throw new Error('expected both kinds');
    arena.write(tokenizer.numeric, [10, 20, 30, 40]);
    arena.write(tokenizer.categorical.weight, [1, 2, 3, 5, 7]);
    arena.write(tokenizer.missing, [0.5]);
    arena.write(positionsOf(tokenizer), [100, 200, 300, 400, 500, 600]);
    arena.write(tokenizer.embedding.modality, [1000]);
    if (tokenizer.embedding.maskToken !== null) arena.write(tokenizer.embedding.maskToken, [-1]);
    const arrays = tokenizer.collate([tokenizer.preprocess({ values: ['Dream', 45, null, 'MALE', 4800, 15] })]);
    const mask = {
      kind: 'reconstruction',
      hidden: Int32Array.of(2, 3),
      visible: Int32Array.of(0, 1, 4, 5),
      batch: 1,
    } as const;
    scope(() => {
      expect([...tokenizer.forward(arrays, evaluation).x.readSync()]).toEqual([1102, 1210, 1300.5, 1407, 1530, 1560]);
      expect([...tokenizer.forward(arrays, evaluation, mask).x.readSync()]).toEqual([
        1102, 1210, 1299, 1399, 1530, 1560,
      ]);
    });
    const target = tabularTarget(arrays, mask, config);
    if (target.kind !== 'columns') throw new Error('expected columns');
    expect([[...target.values], [...target.weights], [...target.ids]]).toEqual([
      [0, 0],
      [0, 0],
      [-100, 1],
    ]);
    arena.dispose();
  });

  test('a table of one kind of column works', () => {
    for (const kind of ['numeric', 'categorical'] as const) {
      const some = columns.filter((column) => column.kind === kind);
      const { tokenizer, arena } = make((s) => new TabularTokenizer(s, { ...config, columns: some }, width));
      const blank = tokenizer.collate([tokenizer.preprocess({ values: some.map(() => null) })]);
      expect(scope(() => [...tokenizer.forward(blank, evaluation).x.shape])).toEqual([1, some.length, width]);
      arena.dispose();
    }
  });

  test('errors', () => {
    const { tokenizer } = make((s) => new TabularTokenizer(s, config, width));
    expect(() => tokenizer.preprocess({ values: [1] }, 'row-3')).toThrow(
      'TabularTokenizer: sample "row-3": expected 6 values, came 1; give one value a column, null where it is missing',
    );
    expect(() => tokenizer.preprocess({ values: ['Dream', Number.NaN, 1, 'MALE', 1, 1] })).toThrow(
      'TabularTokenizer: expected a finite number in column beak, came NaN; use null for a missing value',
    );
    expect(() => tokenizer.preprocess({ values: ['Dream', '45', 1, 'MALE', 1, 1] })).toThrow(
      'TabularTokenizer: expected a finite number in column beak, came "45"; use null for a missing value',
    );
    expect(() => tokenizer.preprocess({ values: ['Dream', 45, 1, 2, 1, 1] })).toThrow(
      'TabularTokenizer: expected a text in column sex, came 2; use null for a missing value',
    );
    const empty: Column = { name: 'colour', kind: 'categorical', categories: [] };
    expect(
      () => new TabularTokenizer(new ParameterScope(), { ...config, columns: [...columns, empty] }, width),
    ).toThrow('TabularTokenizer: column colour has no categories; leave it out');
    expect(
      () => new TabularTokenizer(new ParameterScope(), { ...config, columns: columns.slice(0, 1) }, width),
    ).toThrow('TabularTokenizer: 1 token cannot be split into hidden and visible; use smaller patches');
  });
});
