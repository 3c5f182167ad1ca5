// Graphs: how they are built.

import { type Dataset, featureBaseline, type RawGraph } from '@omnigrad/data';
import { type GraphConfig, GraphTokenizer, graphDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { classificationTask } from './classification.ts';

const mostDegree = 8;

/** Nodes of each degree, and edges. */
const featuresOf = ({ nodes, edges }: RawGraph): number[] => {
  const degrees = new Int32Array(nodes);
  for (const node of edges) degrees[node]++;
  const counts = new Array<number>(mostDegree + 1).fill(0);
  for (const degree of degrees) counts[Math.min(mostDegree, degree)]++;
  return [...counts, edges.length / 2];
};

export const graphStream = (
  dataset: Dataset<RawGraph>,
  options: Pick<GraphConfig, 'nodes'> & Partial<GraphConfig>,
): StreamDefinition => {
  const config: GraphConfig = { ...graphDefaults, ...options };
  return defineStream({
    modality: 'graph',
    dataset,
    tokenizer: (scope, width) => new GraphTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('class', dataset, () => featureBaseline('counts of degrees', dataset, featuresOf))],
    settings: config,
  });
};
