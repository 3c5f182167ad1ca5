// What handing a kernel to the threads and waiting for them costs: the time beyond an even share of what the caller alone takes.

import { createCpuBackend } from '@omnigrad/cpu';
import { type BufferView, call, cpuPlan, input, type Kernel } from '@omnigrad/tensor';
import { median } from './summary.ts';

export interface ForkJoin {
  readonly threads: number;
  /** Microseconds, one kernel right after another: the threads look for work. */
  readonly awakeMicroseconds: number;
  /** Microseconds beyond the caller alone, both after a pause in which the threads went to sleep: they are woken, and may come too late. */
  readonly asleepMicroseconds: number;
}

const rows = 64;
const columns = 512;
const inARow = 200;

/** A softmax of 64 rows: some 40 microseconds, long enough for every thread to take part. */
const kernel: Kernel<null> = {
  name: 'softmax',
  reference: () => undefined,
  cpu: () => cpuPlan([call('softmax', [input(0), input(1)], { rows, n: columns, scale: 1, rowsPerMask: 1 })]),
};

const commandOn = (threads: number | undefined) => {
  const backend = createCpuBackend({ threads, shareFrom: 0 });
  const [from, to] = [0, 1].map(
    (): BufferView => ({
      handle: backend.allocate(4 * rows * columns, false),
      byteOffset: 0,
      shape: [rows, columns],
      dtype: 'f32',
    }),
  );
  backend.upload(from.handle, 0, new Float32Array(rows * columns));
  return { backend, command: backend.prepare(kernel, [from, to], [], null) };
};

const microseconds = (command: () => void, times: number): number => {
  const began = performance.now();
  for (let i = 0; i < times; i++) command();
  return (1000 * (performance.now() - began)) / times;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const forkJoin = async (): Promise<ForkJoin> => {
  const [alone, shared] = [commandOn(1), commandOn(undefined)];
  const { threads } = shared.backend;
  for (const { command } of [alone, shared]) microseconds(command, 2_000);
  const times: Record<'alone' | 'awake' | 'rested' | 'asleep', number[]> = {
    alone: [],
    awake: [],
    rested: [],
    asleep: [],
  };
  for (let i = 0; i < 40; i++) {
    times.alone.push(microseconds(alone.command, inARow));
    microseconds(shared.command, inARow);
    times.awake.push(microseconds(shared.command, inARow));
    await pause(30);
    times.rested.push(microseconds(alone.command, 1));
    await pause(30);
    times.asleep.push(microseconds(shared.command, 1));
  }
  for (const { backend } of [alone, shared]) backend.dispose();
  const [base, awake, rested, asleep] = [times.alone, times.awake, times.rested, times.asleep].map(median);
  return { threads, awakeMicroseconds: awake - base / threads, asleepMicroseconds: asleep - rested };
};
