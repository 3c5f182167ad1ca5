// `train`: from options to a run folder with weights, summary and report.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { modalitiesWithData } from '@omnigrad/data';
import { type Backend, BackendError, useBackend } from '@omnigrad/tensor';
import {
  diffConfig,
  type EmbeddingPoint,
  type EvaluatedTask,
  embeddings,
  evaluateTask,
  type Illustrations,
  type Interrupts,
  illustrations,
  type Loss,
  type MetricRow,
  type OmniVec2,
  openRun,
  parseRunConfig,
  type ReportData,
  type ResumePoint,
  type RunConfig,
  type RunFolder,
  type StageSummary,
  type StageTimes,
  type Summary,
  TrainingError,
  throughLosses,
  train,
  watchInterrupts,
} from '@omnigrad/training';
import { type ChosenSets, chooseSets, recordedSets, recordOf } from './data/fetched.ts';
import { loadStreams, sourceOf } from './data-packages.ts';
import { defaultConfig } from './defaults.ts';
import { type ChosenBackend, chooseBackend, type Device } from './device.ts';
import type { TrainCommand } from './options.ts';
import { modalitiesWith, publishedRecord, publishedSets, resumedPublished } from './published-data.ts';
import { createProgress, type Progress, taskTable } from './ui/index.ts';

/** Where the command writes and who asked. */
export interface TrainEnvironment {
  readonly stdout: NodeJS.WriteStream;
  /** The module whose installed packages hold the example data. */
  readonly dataFrom: string;
  /** How the user starts this program, for the line that says how to go on. */
  readonly command: string;
}

const stageTitles = {
  1: 'stage 1, masked pretraining',
  2: 'stage 2, masked pretraining of pairs',
  3: 'stage 3, supervised pairs of tasks',
} as const;

const evaluationBatch = 64;
const embeddingsEach = 60;
const picturesEach = 6;

/** runs/quickstart, or runs/quickstart-2 and so on: a second start must not meet the first one's files. */
const freeFolder = (): string => {
  const base = join('runs', 'quickstart');
  for (let n = 1; ; n++) {
    const dir = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(dir)) return dir;
  }
};

/** The folder in runs/ whose config was written last. */
const newestRun = (): string => {
  const found = existsSync('runs')
    ? readdirSync('runs')
        .map((name) => join('runs', name))
        .filter((dir) => existsSync(join(dir, 'config.json')))
        .map((dir) => ({ dir, time: statSync(join(dir, 'config.json')).mtimeMs }))
        .sort((a, b) => b.time - a.time)
    : [];
  if (found.length === 0) {
    throw new TrainingError('--resume: there is no run in runs/; name its folder, or start a new run without --resume');
  }
  return found[0].dir;
};

/** Which fetched sets and copies the run reads, beside its config: which lie in the cache may change. */
const setsFile = 'data.json';

const setsOf = (run: RunFolder, options: TrainCommand, config: RunConfig): ChosenSets => {
  const { datasets, limit } = options;
  const record = options.resume === null ? null : run.readArtifact(setsFile);
  const published =
    options.resume === null
      ? publishedSets(datasets, limit, config.modalities)
      : resumedPublished(record, datasets, limit, config.modalities);
  // Of the others, which no copy stands in for.
  const others = config.modalities.filter((modality) => published[modality] === undefined);
  if (options.resume === null) return { ...chooseSets(others, options.data ?? 'auto'), ...published };
  const recorded = recordedSets(record, others);
  if (options.data === null) return { ...recorded, ...published };
  const asked = chooseSets(others, options.data);
  const differs = others.find((modality) => recorded[modality]?.name !== asked[modality]?.name);
  if (differs === undefined) return { ...recorded, ...published };
  throw new TrainingError(
    `--resume: --data asks for other data of ${differs} than ${run.dir} began with: ${sourceOf(differs, asked)} instead of ${sourceOf(differs, recorded)}; leave --data out, or start a new run with --out`,
  );
};

/** The config of a resumed run; options that would change it are refused, field by field. */
const resumedConfig = (run: RunFolder, options: TrainCommand): RunConfig => {
  const config = parseRunConfig(run.readConfig());
  if (options.seed === null && options.modalities === null && options.minutes === null) return config;
  const asked = defaultConfig({
    seed: options.seed ?? config.seed,
    modalities: options.modalities ?? config.modalities,
    ...(options.minutes === null ? {} : { minutes: options.minutes }),
  });
  const compared = options.minutes === null ? { ...asked, stages: config.stages } : asked;
  const differences = diffConfig(config, compared);
  if (differences.length > 0) {
    throw new TrainingError(
      `--resume: the options ask for another run than ${run.dir} holds: ${differences.join('; ')}; leave them out, or start a new run with --out`,
    );
  }
  return config;
};

interface Evaluation {
  readonly tasks: readonly EvaluatedTask[];
  readonly points: readonly EmbeddingPoint[];
}

const evaluate = async (model: OmniVec2, progress: Progress): Promise<Evaluation> => {
  const tasks: EvaluatedTask[] = [];
  for (const stream of model.streams) {
    for (const task of stream.tasks) {
      progress.message(`evaluating ${task.id} on ${task.testCount} test examples`);
      tasks.push(await evaluateTask(model, stream, task, evaluationBatch));
    }
  }
  return { tasks, points: await embeddings(model, embeddingsEach) };
};

const summaryOf = (
  config: RunConfig,
  backend: string,
  stages: readonly StageSummary[],
  tasks: readonly EvaluatedTask[],
  parameters: number,
): Summary => ({
  seed: config.seed,
  backend,
  node: process.version,
  stages: [...stages],
  tasks: tasks.map(({ modality, task, result }) => ({
    modality,
    task,
    metric: result.metric,
    metricHigherIsBetter: result.higherIsBetter,
    value: result.value,
    chance: result.chance,
    baseline: result.baseline,
    baselineName: result.baselineName,
    testCount: result.testCount,
  })),
  parameters,
});

/** Where the data are from, in runs that also read others than the usual ones. */
const sourceNotes = ({ modalities }: RunConfig, sets: ChosenSets): string[] => {
  const usual = modalities.every((m) => sets[m] === undefined && modalitiesWithData.some((other) => other === m));
  return usual ? [] : [`Data: ${modalities.map((m) => `${m} from ${sourceOf(m, sets)}`).join('; ')}.`];
};

const reportOf = (
  config: RunConfig,
  sets: ChosenSets,
  summary: Summary,
  run: RunFolder,
  { tasks, points }: Evaluation,
  pictures: Illustrations,
): ReportData => ({
  title: `OmniVec2 on ${config.modalities.length} modalities`,
  summary,
  config,
  metrics: metricRows(run),
  confusions: tasks.flatMap(({ result }) => (result.confusion === undefined ? [] : [result.confusion])),
  reconstructions: [...pictures.reconstructions],
  forecasts: tasks.flatMap(({ result }) => [...(result.forecasts ?? [])]),
  texts: [...pictures.texts],
  embeddings: [...points],
  notes: [
    ...sourceNotes(config, sets),
    'Every task is scored on its held-out split by one stream alone, head(g(f(x))), without cross-attention.',
    'Reconstructions are those after stage 2: the mask decoders are dropped before stage 3.',
    ...tasks.flatMap(({ modality, task, result }) =>
      (result.others ?? []).map((o) => `${modality}/${task}: ${o.name} reaches ${o.value.toPrecision(4)}.`),
    ),
    'Sizes, rates, steps and mask ratios are this project’s own; the paper publishes none of them.',
  ],
});

const picturesFile = 'illustrations.json';

/** Written when stage 2 ended; a run whose file was lost still gets its report. */
const picturesOf = (run: RunFolder): Illustrations => {
  const found = run.readArtifact(picturesFile);
  return isIllustrations(found) ? found : { reconstructions: [], texts: [] };
};

const isIllustrations = (value: unknown): value is Illustrations =>
  typeof value === 'object' &&
  value !== null &&
  'reconstructions' in value &&
  Array.isArray(value.reconstructions) &&
  'texts' in value &&
  Array.isArray(value.texts);

/** The log as the report draws it. */
const metricRows = (run: RunFolder): MetricRow[] =>
  run.readMetrics().map((row) => ({
    stage: row.stage === 1 ? 1 : row.stage === 2 ? 2 : 3,
    step: Number(row.step),
    modality: String(row.modality),
    task: row.task === null ? null : String(row.task),
    loss: Number(row.loss),
    lr: Number(row.lr),
    gradNorm: Number(row.gradNorm),
  }));

/** Runs one training. Returns the exit code: 0 when finished, 130 or 143 when a signal stopped it after a checkpoint. */
export const runTrain = async (options: TrainCommand, env: TrainEnvironment): Promise<number> => {
  const resuming = options.resume !== null;
  const dir = resuming ? options.resume || options.out || newestRun() : (options.out ?? freeFolder());
  // Before the folder is there: a run whose GPU is missing leaves none behind.
  const chosen = await chooseBackend(options.device);
  try {
    return await runIn(dir, chosen, options, env);
  } finally {
    chosen.backend.dispose();
  }
};

const runIn = async (
  dir: string,
  chosen: ChosenBackend,
  options: TrainCommand,
  env: TrainEnvironment,
): Promise<number> => {
  const resuming = options.resume !== null;
  using run = openRun({ dir, mode: resuming ? 'resume' : 'new' });
  const progress = createProgress({ stream: env.stdout, isTty: env.stdout.isTTY === true });
  using interrupts = watchInterrupts({
    onFirst: (signal) => progress.message(`${signal}: stopping after this step; once more stops at once`),
  });
  try {
    return await trainInto(run, chosen, options, env, progress, interrupts);
  } finally {
    progress.stop();
  }
};

const trainInto = async (
  run: RunFolder,
  { backend: first, line, reopen }: ChosenBackend,
  options: TrainCommand,
  env: TrainEnvironment,
  progress: Progress,
  interrupts: Interrupts,
): Promise<number> => {
  const resuming = options.resume !== null;
  const { allowOlder, datasets } = options;
  const chosen = options.modalities ?? (datasets.length === 0 ? null : modalitiesWith(datasets));
  const config = resuming
    ? resumedConfig(run, options)
    : defaultConfig({
        seed: options.seed ?? 1,
        ...(chosen === null ? {} : { modalities: chosen }),
        ...(options.minutes === null ? {} : { minutes: options.minutes }),
      });
  let resume: ResumePoint | null = null;
  if (resuming) {
    const { checkpoint, path, skipped } = run.latestCheckpoint({ allowOlder });
    for (const fault of skipped) progress.message(`passed over: ${fault.message}`);
    const { state } = checkpoint;
    resume = { path, checkpoint };
    run.truncateMetrics((row) => Number(row.globalStep) < state.globalStep);
    progress.message(`resuming ${path}: stage ${state.stage}, step ${state.step}`);
  }
  const missing = modalitiesWithData.filter((m) => !config.modalities.includes(m));
  progress.message(
    `OmniVec2 on ${config.modalities.join(', ')}${missing.length > 0 ? ` (without ${missing.join(', ')})` : ''}; seed ${config.seed}; ${line}; run folder ${run.dir}`,
  );
  const sets = setsOf(run, options, config);
  const streams = await loadStreams(
    config.modalities,
    env.dataFrom,
    (modality, seconds) =>
      progress.message(`data: ${modality} (${sourceOf(modality, sets)}) read in ${seconds.toFixed(1)} s`),
    sets,
    (line) => progress.message(line),
  );
  // Only now, so that a run that could not read its data leaves no run behind.
  if (!resuming) {
    if (Object.keys(sets).length > 0) run.writeArtifact(setsFile, { ...recordOf(sets), ...publishedRecord(sets) });
    run.writeConfig(config);
  }

  const onLoss = (loss: Loss): void => {
    // Ends the bars of the stage, which is drawn anew.
    progress.stop();
    progress.message(lossLine(loss));
  };
  const attempt = async (backend: Backend, from: ResumePoint | null): Promise<number> => {
    const previous = useBackend(backend);
    try {
      const outcome = await train({
        config,
        streams,
        backend,
        run,
        resume: from,
        stopRequested: () => interrupts.requested !== null,
        // For comparisons: both give the same bytes.
        capture: process.env.OMNIGRAD_CAPTURE !== '0',
        workers: options.workers,
        events: {
          stageStart: ({ stage, steps, done }) =>
            progress.stageStart({ stage, title: stageTitles[stage], steps, done }),
          step: (e) => progress.step(e),
          stageEnd: (e) => progress.stageEnd(e),
          message: (text) => progress.message(text),
        },
        beforeDecodersDrop: async (model) => run.writeArtifact(picturesFile, await illustrations(model, picturesEach)),
      });
      if (outcome.status === 'interrupted') {
        progress.message(`checkpoint written: ${outcome.checkpoint}`);
        progress.message(`continue with: ${env.command} --resume ${run.dir}`);
        return interrupts.requested === 'SIGTERM' ? 143 : 130;
      }
      using model = outcome.model;
      const evaluation = await evaluate(model, progress);
      const summary = summaryOf(config, backend.name, outcome.stages, evaluation.tasks, model.arena.count);
      await finish(run, config, sets, summary, evaluation, outcome.times, env, progress);
      return 0;
    } finally {
      useBackend(previous);
    }
  };
  try {
    return await throughLosses({ run, resume, backend: first, reopen, allowOlder, onLoss }, attempt);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const what = error.message.replace(/\.$/, '');
    throw new TrainingError(`${what}; ${wayOn(run, env.command, options.device)}`, { cause: error });
  }
};

/** Writes what a finished run leaves beside its checkpoints. */
const finish = async (
  run: RunFolder,
  config: RunConfig,
  sets: ChosenSets,
  summary: Summary,
  evaluation: Evaluation,
  times: readonly StageTimes[],
  env: TrainEnvironment,
  progress: Progress,
): Promise<void> => {
  const pictures = picturesOf(run);
  run.writeSummary(summary);
  // The drawing libraries take a second to load: not before they are wanted.
  const { renderReport } = await import('./report/index.ts');
  run.writeReport(renderReport(reportOf(config, sets, summary, run, evaluation, pictures)));
  progress.stop();
  env.stdout.write(`\n${taskTable(summary.tasks)}\n${waitLine(times)}`);
  for (const path of [run.paths.summary, run.paths.report, run.paths.metrics, run.paths.checkpoints]) {
    env.stdout.write(`wrote ${path}\n`);
  }
};

/** `data wait: 1.2 % of the training time (...)`; nothing where this process trained no step. */
export const waitLine = (times: readonly StageTimes[]): string => {
  const share = (of: readonly StageTimes[]): string => {
    const [data, all] = [of.map((t) => t.dataSeconds), of.map((t) => t.seconds)].map((list) =>
      list.reduce((sum, s) => sum + s, 0),
    );
    return `${((100 * data) / all).toFixed(1)} %`;
  };
  const ran = times.filter(({ seconds }) => seconds > 0);
  if (ran.length === 0) return '';
  const each = ran.map((t) => `stage ${t.stage} ${share([t])}`).join(', ');
  return `data wait: ${share(ran)} of the training time (${each})\n`;
};

const lossLine = ({ error, resume }: Loss): string => {
  const from =
    resume === null
      ? 'begins anew, for no checkpoint was written yet'
      : `goes on from ${resume.path}: stage ${resume.checkpoint.state.stage}, step ${resume.checkpoint.state.step}`;
  return `the device was lost (${error.reason}); on a new one the run ${from}`;
};

/** What a user can do when what computes has failed. */
const wayOn = (run: RunFolder, command: string, device: Device): string => {
  const [onCpu, perhaps] = device === 'cpu' ? ['', ''] : [' --device cpu', ', perhaps with --device cpu'];
  return run.listCheckpoints().length === 0
    ? `no checkpoint was written yet: delete ${run.dir} and start anew${perhaps}`
    : `the checkpoints are intact: go on with ${command} --resume ${run.dir}${onCpu}`;
};
