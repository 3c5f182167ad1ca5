// The run that `npm start` makes: sizes for two cores and three minutes. All of it is this project's own choice; the
// paper publishes none of these numbers.

import { type Modality, modalitiesWithData } from '@omnigrad/data';
import { parseRunConfig, type RunConfig, type StageConfig } from '@omnigrad/training';

/** What the default step counts were measured to take on the reference machine (2 cores, Node 20), in minutes. */
export const nominalMinutes = 3;

const defaultSteps = [480, 300, 2000] as const;

const stage = (steps: number, batch: number, learningRate: number): StageConfig => ({
  steps,
  batch,
  learningRate,
  minLearningRate: learningRate / 50,
  warmup: Math.min(100, Math.floor(steps / 10)),
  weightDecay: 0.05,
  beta2: 0.99,
  clipNorm: 1,
});

export interface DefaultOptions {
  readonly seed: number;
  readonly modalities?: readonly Modality[];
  /**
   * Nominal training time. It scales the number of steps by a fixed rate and looks at no clock, so that the same options
   * give the same bytes on every machine.
   */
  readonly minutes?: number;
}

export const defaultConfig = ({
  seed,
  modalities: chosen = modalitiesWithData,
  // as many steps for each modality, however many there are
  minutes = nominalMinutes * Math.max(1, chosen.length / modalitiesWithData.length),
}: DefaultOptions): RunConfig => {
  const steps = defaultSteps.map((n) => Math.max(2 * chosen.length, Math.round((n * minutes) / nominalMinutes)));
  return parseRunConfig({
    seed,
    modalities: [...chosen],
    model: {
      width: 64,
      trunk: { layers: 2, heads: 8, feedForward: 256 },
      reduction: [64, 64, 48],
      g: { layers: 1, heads: 4, feedForward: 144 },
      crossHeads: 4,
      decodeCross: true,
      decoder: { width: 48, layers: 1, heads: 4, feedForward: 96 },
      norm: 'pre',
      normEps: 1e-5,
      dropout: 0,
      partnerDrop: 0.75,
    },
    switchEvery: 1,
    stages: [stage(steps[0], 32, 1e-3), stage(steps[1], 64, 1e-3), stage(steps[2], 64, 3e-3)],
    taskWeights: taskWeightsOf(chosen),
    checkpointEvery: 200,
  });
};

/** Tasks with much data and much to learn are drawn more often. */
const weights: Readonly<Record<string, number>> = {
  'image/digit': 10,
  'image/inpaint': 2,
  'tabular/species': 0.5,
  'imu/walking': 0.5,
};

const taskWeightsOf = (chosen: readonly Modality[]): Record<string, number> =>
  Object.fromEntries(Object.entries(weights).filter(([id]) => chosen.some((m) => id.startsWith(`${m}/`))));
