// Rows of a table: the class of a row.

import { type TableDataset, tableBaseline } from '@omnigrad/data';
import { type TabularConfig, TabularTokenizer, tabularDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { classificationTask } from './classification.ts';

export const tabularStream = (dataset: TableDataset, options: Partial<TabularConfig> = {}): StreamDefinition => {
  const config: TabularConfig = { ...tabularDefaults, columns: dataset.columns, ...options };
  return defineStream({
    modality: 'tabular',
    dataset,
    tokenizer: (scope, width) => new TabularTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('species', dataset, () => tableBaseline(dataset))],
    settings: config,
  });
};
