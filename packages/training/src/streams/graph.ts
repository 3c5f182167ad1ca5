// Graphs: how they are built.

import { type Dataset, featureBaseline, type RawGraph, ridgeBaseline } from '@omnigrad/data';
import {
  type GraphAugment,
  type GraphConfig,
  GraphTokenizer,
  graphAugment,
  graphDefaults,
  graphSignFlips,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition, type TaskSpec } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { illustrateNodes } from './illustrate-nodes.ts';

const mostDegree = 8;

/** Nodes of each degree, and edges. */
const featuresOf = ({ nodes, edges }: RawGraph): number[] => {
  const degrees = new Int32Array(nodes);
  for (const node of edges) degrees[node]++;
  const counts = new Array<number>(mostDegree + 1).fill(0);
  for (const degree of degrees) counts[Math.min(mostDegree, degree)]++;
  return [...counts, edges.length / 2];
};

/** A number of each graph, asked for as a task of its own. */
export interface GraphValue {
  readonly name: string;
  readonly unit: string;
  /** By the id of an example, of either split. */
  readonly numberOf: (id: string) => number;
}

export interface GraphTasks {
  /** What the classical baselines look at. Default: counts of degrees. */
  readonly features?: { readonly name: string; readonly of: (graph: RawGraph) => number[] };
  readonly value?: GraphValue;
}

const valueTask = (
  dataset: Dataset<RawGraph>,
  { name, unit, numberOf }: GraphValue,
  features: Required<GraphTasks>['features'],
): TaskSpec<RawGraph> => {
  const values = Array.from({ length: dataset.train.length }, (_, i) => numberOf(dataset.train.get(i).id));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
  return {
    name,
    head: { kind: 'values', outputs: 1 },
    target: ({ id }) => ({ kind: 'values', values: Float32Array.of((numberOf(id) - mean) / std), weights: null }),
    score: (outputs, count) => {
      let error = 0;
      for (let i = 0; i < count; i++) error += Math.abs(mean + std * outputs[i] - numberOf(dataset.test.get(i).id));
      const classical = ridgeBaseline(features.name, dataset, features.of, numberOf);
      return {
        metric: `MAE of ${name}, ${unit}`,
        higherIsBetter: false,
        value: error / count,
        chance: classical.chance,
        baseline: classical.value,
        baselineName: classical.method,
        testCount: count,
      };
    },
  };
};

export const graphStream = (
  dataset: Dataset<RawGraph>,
  options: Pick<GraphConfig, 'nodes'> & Partial<GraphConfig>,
  more: Augmented<GraphAugment> = {},
  { features = { name: 'counts of degrees', of: featuresOf }, value }: GraphTasks = {},
): StreamDefinition => {
  const config: GraphConfig = { ...graphDefaults, ...options };
  return defineStream({
    modality: 'graph',
    dataset,
    tokenizer: (scope, width) => new GraphTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [
      // a set without classes has its number alone
      ...(dataset.classes.length === 0
        ? []
        : [classificationTask('class', dataset, () => featureBaseline(features.name, dataset, features.of))]),
      ...(value === undefined ? [] : [valueTask(dataset, value, features)]),
    ],
    settings: withAugment(config, more),
    ...augmentation(more, graphAugment),
    illustrate: (_tokenizer, arrays, mask, predictions) => {
      const { numbers, classes } = config.nodes;
      return {
        kind: 'graph',
        rows: config.maxNodes,
        columns: 1,
        ...(classes.length > 0
          ? { channels: ['class'], classes: classes[0] }
          : { channels: [`number 1 of the direction of ${numbers.length}`] }),
        items: illustrateNodes(arrays, mask, predictions, config),
      };
    },
    ...(more.augment?.flipSigns === true ? { augmentFeatures: graphSignFlips(config) } : {}),
  });
};
