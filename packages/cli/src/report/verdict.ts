// Did the model beat the classical baseline? One rule for the page and for the terminal.

import type { TaskSummary } from '@omnigrad/training';
import { nothing, percent, significant } from './numbers.ts';

export type Verdict = 'beat' | 'tie' | 'below' | 'unknown';

const lowerIsBetter = /\b(mae|mse|rmse|errors?|loss|perplexity|distance|nll)\b/i;
const fractions = /\b(accuracy|f1|auc|auroc|precision|recall)\b/i;

export const isHigherBetter = (task: TaskSummary): boolean =>
  task.metricHigherIsBetter ?? !lowerIsBetter.test(task.metric);

/** The best value there is, or null where the metric has no end that we know. */
export const perfectValue = (task: TaskSummary): number | null => {
  if (!isHigherBetter(task)) return 0;
  return fractions.test(task.metric) && task.value <= 1 ? 1 : null;
};

/** Fractions as a percentage, with a second decimal where the split is large enough to carry it. */
export const formatMetric = (task: TaskSummary, value: number): string => {
  if (!Number.isFinite(value)) return nothing;
  const isFraction = fractions.test(task.metric) && Math.abs(value) <= 1;
  return isFraction ? percent(value, task.testCount >= 1000 ? 2 : 1) : significant(value);
};

/** A tie is the same number to the digits that are shown; anything finer would be noise of the split. */
export const verdictOf = (task: TaskSummary): Verdict => {
  if (!Number.isFinite(task.value) || !Number.isFinite(task.baseline)) return 'unknown';
  if (formatMetric(task, task.value) === formatMetric(task, task.baseline)) return 'tie';
  return task.value > task.baseline === isHigherBetter(task) ? 'beat' : 'below';
};
