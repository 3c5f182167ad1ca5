// What a table tokenizer must be told. Values the paper does not state are this project's own.

import type { Column } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkMaskConfig, type MaskConfig } from '../shared/draw-mask.ts';
import { checkMoments } from '../shared/errors.ts';

export interface TabularConfig {
  /** As a TableDataset has them; token t is column t. */
  readonly columns: readonly Column[];
  readonly mask: MaskConfig;
}

/** Everything but the columns, which come with the dataset. */
export const tabularDefaults: Omit<TabularConfig, 'columns'> = {
  mask: { kind: 'random', ratio: 0.3, method: 'replace' },
};

/** Classes of each column, 0 for a numeric one. */
export const categoriesOf = (columns: readonly Column[]): readonly number[] =>
  columns.map((column) => (column.kind === 'numeric' ? 0 : column.categories.length));

/** Throws ArgumentError for a configuration that cannot work. */
export const checkTabular = ({ columns, mask }: TabularConfig): void => {
  for (const column of columns) {
    if (column.kind === 'numeric') checkMoments('TabularTokenizer', [column]);
    else if (column.categories.length === 0) {
      throw new ArgumentError('TabularTokenizer', `column ${column.name} has no categories; leave it out`);
    }
  }
  checkMaskConfig('TabularTokenizer', mask, columns.length);
};
