// What all classification tasks share: accuracy, chance, confusion, and the classical baseline of the same split.

import type { BaselineResult, Dataset } from '@omnigrad/data';
import { accuracy, argmaxRows, confusionMatrix } from '@omnigrad/heads';
import type { TaskSpec } from '../stream.ts';

/** Classes of a confusion matrix at most: a larger one would fill the report, and nobody could read it. */
const maxConfusion = 128;

/** Class of the dataset's own label, under the dataset's own name for it where it has one, scored by accuracy beside `baseline`, which is fitted when the score is asked for. */
export const classificationTask = <Raw>(
  usualName: string,
  dataset: Dataset<Raw>,
  baseline: () => BaselineResult,
): TaskSpec<Raw> => {
  const name = dataset.task ?? usualName;
  const classes = dataset.classes.length;
  return {
    name,
    head: { kind: 'classification', classes },
    mixable: true,
    target: (example) => ({ kind: 'class', id: example.label }),
    score: (outputs, count) => {
      const truth = Int32Array.from({ length: count }, (_, i) => dataset.test.get(i).label);
      const predicted = argmaxRows(outputs, classes);
      const classical = baseline();
      return {
        metric: 'accuracy',
        higherIsBetter: true,
        value: accuracy(predicted, truth),
        chance: classical.chance,
        baseline: classical.value,
        baselineName: classical.method,
        testCount: count,
        ...(classes > maxConfusion
          ? {}
          : {
              confusion: {
                modality: dataset.modality,
                task: name,
                classes: [...dataset.classes],
                matrix: confusionMatrix(predicted, truth, classes),
              },
            }),
      };
    },
  };
};
