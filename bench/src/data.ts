// What data cost: samples a second of each step on the host, and the share of a training that waits for batches, prepared
// between the steps and by other threads.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultConfig, loadStreams } from '@omnigrad/cli';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Modality, modalities, modalitiesWithData } from '@omnigrad/data';
import { useBackend } from '@omnigrad/tensor';
import { BatchPool, openRun, type StageTimes, type StreamDefinition, train } from '@omnigrad/training';
import { batchSize, type DataCase, generatedCases, realCases } from './data-cases.ts';
import { median } from './summary.ts';
import { left, right, showMs, showPercent, tableLines } from './table.ts';

/** The quickstart has the packages of the real sets. */
const quickstart = fileURLToPath(new URL('../../examples/quickstart/package.json', import.meta.url));

const budgetMs = 250;
/** Warm-up calls: enough that the optimising compiler has seen the function. */
const warmUp = 40;

/** Milliseconds of processor time of this process: where others use the machine too, the wall clock says little of small work. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Median microseconds of a call, over slices of at least 10 ms. */
const microsecondsOf = (call: (i: number) => unknown): number => {
  let i = 0;
  let sink: unknown = null;
  for (const until = processorMs() + budgetMs / 2; i < warmUp && processorMs() < until; i++) sink = call(i);
  const began = processorMs();
  let calls = 0;
  while (processorMs() - began < 10 || calls === 0) {
    sink = call(i++);
    calls++;
  }
  const times: number[] = [];
  const until = processorMs() + budgetMs;
  do {
    const start = processorMs();
    for (let k = 0; k < calls; k++) sink = call(i++);
    times.push((processorMs() - start) / calls);
  } while (processorMs() < until);
  if (sink === undefined) throw new Error('a case gave nothing');
  return 1000 * median(times);
};

interface CaseRow {
  readonly benchmark: 'data';
  readonly modality: Modality;
  readonly set: string;
  /** Samples a second. */
  readonly load: number;
  readonly preprocess: number;
  readonly batch: number;
  readonly augment: number | null;
  /** Milliseconds of a batch of 32 whose samples are loaded and prepared anew. */
  readonly batchMs: number;
}

const measureCase = (c: DataCase): CaseRow => {
  const load = microsecondsOf(c.load);
  const preprocess = microsecondsOf(c.preprocess);
  const batch = microsecondsOf(c.batch);
  const augment = c.augment === null ? null : microsecondsOf(c.augment);
  return {
    ...{ benchmark: 'data', modality: c.modality, set: c.set },
    load: 1e6 / load,
    preprocess: 1e6 / preprocess,
    batch: (1e6 * batchSize) / batch,
    augment: augment === null ? null : 1e6 / augment,
    batchMs: (batchSize * (load + preprocess) + batch) / 1000,
  };
};

interface WaitRow {
  readonly benchmark: 'data-wait';
  readonly modalities: number;
  readonly workers: number;
  readonly steps: number;
  readonly seconds: number;
  readonly dataSeconds: number;
  readonly stages: readonly StageTimes[];
}

const measureWait = async (
  streams: readonly StreamDefinition[],
  minutes: number,
  workers: number,
): Promise<WaitRow> => {
  const config = defaultConfig({ seed: 1, modalities: streams.map(({ modality }) => modality), minutes });
  const backend = createCpuBackend();
  const previous = useBackend(backend);
  const dir = mkdtempSync(join(tmpdir(), 'omnigrad-bench-data-'));
  await using pool = workers === 0 ? null : new BatchPool({ streams, width: config.model.width, workers });
  await pool?.ready();
  try {
    using run = openRun({ dir, mode: 'new' });
    run.writeConfig(config);
    const outcome = await train({
      ...{ config, streams, backend, run, resume: null, events: {} },
      workers: pool ?? 0,
      stopRequested: () => false,
    });
    if (outcome.status === 'interrupted') throw new Error('nobody asked the run to stop');
    outcome.model.dispose();
    const total = (of: (t: StageTimes) => number): number => outcome.times.reduce((sum, t) => sum + of(t), 0);
    return {
      ...{ benchmark: 'data-wait', modalities: streams.length, workers },
      steps: config.stages.reduce((sum, { steps }) => sum + steps, 0),
      seconds: total(({ seconds }) => seconds),
      dataSeconds: total(({ dataSeconds }) => dataSeconds),
      stages: outcome.times,
    };
  } finally {
    useBackend(previous);
    backend.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** The run of the middle wall-clock time. */
const middle = (rows: readonly WaitRow[]): WaitRow =>
  [...rows].sort((a, b) => a.seconds - b.seconds)[Math.floor(rows.length / 2)];

/** Nominal minutes of a run of six modalities; thirteen get as many steps each. */
const minutesOfSix = 0.2;
const workerCounts = [0, 1, 2] as const;

const perSecond = (rate: number | null): string =>
  rate === null
    ? '-'
    : rate >= 1e6
      ? `${(rate / 1e6).toFixed(1)} M`
      : rate >= 1e4
        ? `${(rate / 1e3).toFixed(0)} k`
        : rate.toFixed(0);

const caseTable = (rows: readonly CaseRow[]): string[] =>
  tableLines(
    [
      left('modality'),
      left('set'),
      ...['load', 'preprocess', 'collate + mask', 'augment', `batch of ${batchSize}`].map(right),
    ],
    rows.map((row) => [
      ...[row.modality, row.set],
      ...[row.load, row.preprocess, row.batch, row.augment].map(perSecond),
      showMs(row.batchMs),
    ]),
  );

const waitTable = (rows: readonly WaitRow[]): string[] =>
  tableLines(
    [
      right('modalities'),
      right('workers'),
      ...['steps/s', 'data wait', 'a step', 'stage 1', 'stage 2', 'stage 3'].map(right),
    ],
    rows.map((row) => [
      ...[String(row.modalities), String(row.workers), (row.steps / row.seconds).toFixed(2)],
      showPercent(row.dataSeconds / row.seconds),
      showMs((1000 * row.dataSeconds) / row.steps),
      ...row.stages.map(({ seconds, dataSeconds }) => showPercent(dataSeconds / seconds)),
    ]),
  );

/** Prints both tables, or one JSON object a line. */
export const dataBenchmark = async (rounds: number, json: boolean, progress: (text: string) => void): Promise<void> => {
  const print = (lines: readonly string[]): void => {
    progress('');
    for (const line of lines) console.log(line);
  };
  progress('reading the data');
  const cases: CaseRow[] = [];
  for (const c of [...(await realCases(quickstart)), ...generatedCases()]) {
    progress(`${c.set}, ${c.modality}`);
    cases.push(measureCase(c));
  }
  if (json) print(cases.map((row) => JSON.stringify(row)));
  else
    print([
      'Samples a second of processor time; a batch is loaded, prepared, collated and masked anew.',
      '',
      ...caseTable(cases),
      '',
    ]);

  if (!json) {
    print(['Training as npm start does it, shortened: the share of the time in which steps wait for batches.', '']);
  }
  for (const names of [modalitiesWithData, modalities]) {
    const streams = await loadStreams(names, quickstart, (modality) => progress(`reading ${modality}`));
    const minutes = (minutesOfSix * names.length) / modalitiesWithData.length;
    const runs = new Map<number, WaitRow[]>(workerCounts.map((workers) => [workers, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [workers, list] of runs) {
        progress(`round ${round + 1} of ${rounds}: ${names.length} modalities, ${workers} workers`);
        list.push(await measureWait(streams, minutes, workers));
      }
    }
    const waits = [...runs.values()].map(middle);
    print(json ? waits.map((row) => JSON.stringify(row)) : [...waitTable(waits), '']);
  }
};
