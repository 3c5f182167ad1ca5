// What recording a step saves: host time of an eager and of a replayed training step, in one interleaved run.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, evaluation, ParameterArena, ParameterScope } from '@omnigrad/nn';
import {
  type Backend,
  capture,
  mean,
  normal,
  rngKey,
  scope,
  square,
  sub,
  type Tensor,
  useBackend,
} from '@omnigrad/tensor';
import { wrapBackend } from '@omnigrad/tensor/testing';
import { Transformer } from '@omnigrad/trunk';
import { type ForkJoin, forkJoin } from './fork-join.ts';
import { median } from './summary.ts';
import { tableLines } from './table.ts';
import { model, optimiser } from './train-step.ts';

interface Size {
  readonly name: string;
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
}

const sizes: readonly Size[] = [
  { name: 'train-step', ...model },
  { name: 'small', batch: 8, tokens: 32, width: 64, layers: 4, heads: 4, feedForward: 256 },
  { name: 'tiny', batch: 2, tokens: 8, width: 16, layers: 4, heads: 2, feedForward: 32 },
];

/** A CPU backend that adds up the time inside kernels; what is left of a step is the host's. */
const timedBackend = (): { readonly backend: Backend; kernelMs: () => number } => {
  const cpu = createCpuBackend();
  let total = 0;
  const timed = (command: () => void) => (): void => {
    const began = performance.now();
    command();
    total += performance.now() - began;
  };
  return {
    kernelMs: () => total,
    backend: wrapBackend(cpu, {
      run: (kernel, inputs, outputs, attrs) => timed(cpu.prepare(kernel, inputs, outputs, attrs))(),
      prepare: (kernel, inputs, outputs, attrs) => timed(cpu.prepare(kernel, inputs, outputs, attrs)),
    }),
  };
};

/** A training step of its own model; both ways start from the same weights. */
const trainer = (size: Size, captured: boolean) => {
  const { backend, kernelMs } = timedBackend();
  useBackend(backend);
  const at = new ParameterScope();
  const encoder = new Transformer(at, { ...size, norm: 'pre', normEps: model.normEps, dropout: 0 });
  const arena = new ParameterArena(at, backend, rngKey(0));
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const adamW = new AdamW(groups, optimiser);
  const step = ({ x, target }: { readonly x: Tensor; readonly target: Tensor }): Tensor => {
    arena.zeroGrads();
    const forward = (): Tensor => mean(square(sub(encoder.forward({ x, padding: null }, evaluation).x, target)));
    const loss = accumulateGradients(forward, groups);
    adamW.step(optimiser.learningRate);
    return loss;
  };
  const replay = capture(step);
  const shape = [size.batch, size.tokens, size.width];
  const x = normal(rngKey(1), shape, { backend });
  const target = normal(rngKey(2), shape, { backend });
  return {
    commands: () => Object.values(replay.report().commands)[0],
    /** Wall time and host time of one step, and its loss. */
    run: () => {
      useBackend(backend);
      const before = kernelMs();
      const began = performance.now();
      const loss = scope(() => (captured ? replay({ x, target }) : step({ x, target })).itemSync());
      const wall = performance.now() - began;
      return { wall, host: wall - (kernelMs() - before), loss };
    },
    dispose: () => {
      for (const thing of [replay, adamW, arena, x, target]) thing.dispose();
      backend.dispose();
    },
  };
};

/** Medians, in milliseconds. */
export interface CaptureRow {
  readonly benchmark: 'capture';
  readonly step: string;
  readonly commands: number;
  readonly eagerMs: number;
  readonly eagerHostMs: number;
  readonly replayedMs: number;
  readonly hostMs: number;
  /** Every replayed loss was the eager one to the last bit. */
  readonly same: boolean;
}

const measureSize = (size: Size, rounds: number): CaptureRow => {
  const [eager, replayed] = [trainer(size, false), trainer(size, true)];
  for (let i = 0; i < 5; i++) for (const t of [eager, replayed]) t.run();
  const times = { eager: [] as number[], replayed: [] as number[], eagerHost: [] as number[], host: [] as number[] };
  let same = true;
  for (let i = 0; i < rounds; i++) {
    const [a, b] = [eager.run(), replayed.run()];
    times.eager.push(a.wall);
    times.eagerHost.push(a.host);
    times.replayed.push(b.wall);
    times.host.push(b.host);
    same &&= Object.is(a.loss, b.loss);
  }
  const row: CaptureRow = {
    benchmark: 'capture',
    step: size.name,
    commands: replayed.commands(),
    eagerMs: median(times.eager),
    eagerHostMs: median(times.eagerHost),
    replayedMs: median(times.replayed),
    hostMs: median(times.host),
    same,
  };
  eager.dispose();
  replayed.dispose();
  return row;
};

const cellsOf = (row: CaptureRow): string[] => {
  const ms = (value: number): string => `${value.toFixed(3)} ms`;
  return [
    row.step,
    `${row.commands}`,
    ...[row.eagerMs, row.eagerHostMs, row.replayedMs, row.hostMs].map(ms),
    `${((100 * row.hostMs) / row.replayedMs).toFixed(2)} %`,
    row.same ? 'same bytes' : 'LOSSES DIFFER',
  ];
};

export const forkJoinLine = ({ threads, awakeMicroseconds, asleepMicroseconds }: ForkJoin): string =>
  threads === 1
    ? 'one thread: nothing is handed over'
    : `handing a kernel to ${threads} threads and waiting for them: ${awakeMicroseconds.toFixed(1)} us beyond an even share while they ` +
      `look for work, ${asleepMicroseconds.toFixed(0)} us beyond the caller alone when they sleep`;

/** Prints the table; false when a replay gave another loss than the eager step. */
export const captureBenchmark = async (rounds: number, json: boolean): Promise<boolean> => {
  const rows = sizes.map((size) => measureSize(size, size.name === 'train-step' ? rounds : 5 * rounds));
  const joined = await forkJoin();
  if (json) {
    for (const row of [...rows, { benchmark: 'fork-join', ...joined }]) console.log(JSON.stringify(row));
  } else {
    const titles = ['step', 'commands', 'eager', 'host', 'replayed', 'host', 'host share', 'losses'];
    const columns = titles.map((title, i) => ({
      title,
      align: i === 0 || i === 7 ? ('left' as const) : ('right' as const),
    }));
    for (const line of [...tableLines(columns, rows.map(cellsOf)), '', forkJoinLine(joined)]) console.log(line);
  }
  return rows.every(({ same }) => same);
};
