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

const measureSize = (size: Size, rounds: number): string[] => {
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
  const ms = (list: readonly number[]): string => `${median(list).toFixed(3)} ms`;
  const row = [
    size.name,
    `${replayed.commands()}`,
    ms(times.eager),
    ms(times.eagerHost),
    ms(times.replayed),
    ms(times.host),
    `${((100 * median(times.host)) / median(times.replayed)).toFixed(2)} %`,
    same ? 'same bytes' : 'LOSSES DIFFER',
  ];
  eager.dispose();
  replayed.dispose();
  return row;
};

/** Prints the table; false when a replay gave another loss than the eager step. */
export const captureBenchmark = (rounds: number): boolean => {
  const columns = ['step', 'commands', 'eager', 'host', 'replayed', 'host', 'host share', 'losses'].map((title, i) => ({
    title,
    align: i === 0 || i === 7 ? ('left' as const) : ('right' as const),
  }));
  const rows = sizes.map((size) => measureSize(size, size.name === 'train-step' ? rounds : 5 * rounds));
  for (const line of tableLines(columns, rows)) console.log(line);
  return rows.every((row) => row.at(-1) === 'same bytes');
};
