// Every program that can be measured. Nothing is loaded here: each runs in a process of its own, and may be missing.

import type { Program } from './program.ts';

interface Common {
  /** Runs before the first measured one: compilation, tiering, caches. */
  readonly warmUp: number;
  /** Measured steps of training at most, for programs that are slow beside the others. */
  readonly trainStepsAtMost?: number;
  /** Why it takes part only when asked for. */
  readonly onlyWhenAsked?: string;
  readonly benchmarks: readonly BenchmarkName[];
}

interface NodeProgram extends Common {
  readonly host: 'node';
  readonly load: () => Promise<Program>;
}

interface PythonProgram extends Common {
  readonly host: 'python';
  /** Script in bench/peers, and the module without which it is left out. */
  readonly script: string;
  readonly needs: string;
  readonly install: string;
}

export type ProgramEntry = NodeProgram | PythonProgram;
export type BenchmarkName = 'train-step' | 'matmul';

export const ours = 'omnigrad-cpu';

export const programs = {
  [ours]: {
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).load(),
    warmUp: 2,
    benchmarks: ['train-step', 'matmul'],
  },
  'jax-js-wasm': {
    host: 'node',
    load: async () => (await import('./jax-js.ts')).load(),
    warmUp: 2,
    benchmarks: ['train-step', 'matmul'],
  },
  'tfjs-wasm': {
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadWasm(),
    warmUp: 1,
    trainStepsAtMost: 2,
    benchmarks: ['train-step', 'matmul'],
  },
  'tfjs-cpu': {
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadCpu(),
    warmUp: 0,
    trainStepsAtMost: 1,
    onlyWhenAsked: 'about 23 s a step; --slow runs one step of it, without warm-up',
    benchmarks: ['train-step'],
  },
  'pytorch-cpu': {
    host: 'python',
    script: 'train_step.py',
    needs: 'torch',
    install: 'apt install python3-torch, or pip install torch',
    warmUp: 2,
    benchmarks: ['train-step'],
  },
} satisfies { readonly [name: string]: ProgramEntry };

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as ProgramName[];
export const entryOf = (name: ProgramName): ProgramEntry => programs[name];
