// What threads of the prefetch tests make their streams of.

import { DataError, loadPenguins, loadSeattleWeather, type Modality, type RawTable } from '@omnigrad/data';
import { TabularTokenizer, tabularDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition, tabularStream, timeseriesStream } from '../src/index.ts';
import { messages, packages } from './small-model.ts';

const self = import.meta.url;
const makers: Partial<Readonly<Record<Modality, () => StreamDefinition>>> = {
  text: messages,
  tabular: () => tabularStream(loadPenguins(`${packages}vega-datasets`)),
  timeseries: () => timeseriesStream(loadSeattleWeather(`${packages}vega-datasets`), 'temp_max'),
};

/** A stream of the small model. */
export const smallStream = ({ modality }: { readonly modality: Modality }): StreamDefinition => {
  const make = makers[modality];
  if (make === undefined) throw new Error(`no small stream of ${modality}`);
  return { ...make(), recipe: { module: self, name: 'smallStream', options: { modality } } };
};

export interface BrokenOptions {
  /** The train row that cannot be read. */
  readonly broken: number;
  /** Changes the fingerprint: the data of another day. */
  readonly day: string;
}

const brokenRow = (row: number): DataError =>
  new DataError({
    code: 'malformed',
    source: 'rows',
    file: '/data/rows.csv',
    place: `row ${row}`,
    expected: 'a number',
    actual: '"x\n"',
    fix: 'mend the file',
  });

/** A table of one column with one row that cannot be read. */
export const brokenStream = (options: BrokenOptions): StreamDefinition => {
  const example = (i: number) => ({ input: { values: [i, i % 3] } satisfies RawTable, label: -1, id: `row-${i}` });
  const columns = ['first', 'second'].map((name) => ({ name, kind: 'numeric', mean: 0, std: 1 }) as const);
  const stream = defineStream({
    modality: 'tabular',
    dataset: {
      ...{ name: 'rows', modality: 'tabular', classes: [], split: 'by position', fingerprint: options.day },
      train: {
        name: 'train',
        length: 32,
        get: (i) => {
          if (i === options.broken) throw brokenRow(i);
          return example(i);
        },
      },
      test: { name: 'test', length: 4, get: example },
    },
    tokenizer: (scope, width) => new TabularTokenizer(scope, { ...tabularDefaults, columns }, width),
    cacheFeatures: false,
    tasks: [],
    settings: columns,
  });
  return { ...stream, recipe: { module: self, name: 'brokenStream', options } };
};

/** An export that makes no stream. */
export const nothing = (): null => null;
