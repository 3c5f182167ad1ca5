// Every program that can be measured. Nothing is loaded here: each runs in a process of its own, and may be missing.

import type { BenchmarkName } from '../benchmarks.ts';
import type { Program } from './program.ts';

interface Common {
  /** Runs before the first measured one: compilation, tiering, caches. */
  readonly warmUp: number;
  /** Measured runs at most, for programs that are slow beside the others. */
  readonly runsAtMost?: { readonly [B in BenchmarkName]?: number };
  /** Why it takes part only when asked for. */
  readonly onlyWhenAsked?: string;
  readonly benchmarks: readonly BenchmarkName[];
  /** Cases of its benchmarks that it does not have. */
  readonly lacks?: readonly string[];
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

export const ours = 'omnigrad-cpu';

const everything = ['train-step', 'forward', 'matmul', 'attention', 'elementwise'] as const;

export const programs = {
  [ours]: {
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).load(),
    warmUp: 3,
    benchmarks: everything,
  },
  'omnigrad-composite': {
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).loadComposite(),
    warmUp: 1,
    benchmarks: ['attention'],
  },
  'jax-js-wasm': {
    host: 'node',
    load: async () => (await import('./jax-js.ts')).load(),
    warmUp: 2,
    runsAtMost: { attention: 2 },
    benchmarks: everything,
    lacks: ['copy'],
  },
  'tfjs-wasm': {
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadWasm(),
    warmUp: 1,
    runsAtMost: { 'train-step': 2, attention: 2 },
    benchmarks: everything,
    lacks: ['copy'],
  },
  'tfjs-cpu': {
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadCpu(),
    warmUp: 0,
    runsAtMost: { 'train-step': 1 },
    onlyWhenAsked: 'about 23 s a step; --slow runs one step of it, without warm-up',
    benchmarks: ['train-step'],
  },
  onnxruntime: {
    host: 'node',
    load: async () => (await import('./onnxruntime.ts')).load(),
    warmUp: 2,
    benchmarks: ['forward', 'matmul', 'elementwise'],
    lacks: ['copy', 'adamw'],
  },
  'pytorch-cpu': {
    host: 'python',
    script: 'torch_peer.py',
    needs: 'torch',
    install: 'apt install python3-torch, or pip install torch',
    warmUp: 2,
    benchmarks: everything,
  },
} satisfies { readonly [name: string]: ProgramEntry };

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as ProgramName[];
export const entryOf = (name: ProgramName): ProgramEntry => programs[name];
