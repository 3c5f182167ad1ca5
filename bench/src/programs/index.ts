// Every program that can be measured. Nothing is loaded here: each runs in a process of its own, and may be missing.

import type { BenchmarkName } from '../benchmarks.ts';
import type { Device, Machine } from '../machine.ts';
import type { Program } from './program.ts';

interface Common {
  readonly device: Device;
  /** Runs before the first measured one: compilation, tiering, caches. */
  readonly warmUp: number;
  /** Measured runs at most, for programs that are slow beside the others. */
  readonly runsAtMost?: { readonly [M in Machine]?: { readonly [B in BenchmarkName]?: number } };
  /** Why it takes part only when asked for. */
  readonly onlyWhenAsked?: string;
  readonly benchmarks: readonly BenchmarkName[];
  /** Cases of its benchmarks that it does not have. */
  readonly lacks?: readonly string[];
  /** Relative, between its first results and ours; default 1e-3. */
  readonly tolerance?: number;
}

interface NodeProgram extends Common {
  readonly host: 'node';
  readonly load: () => Promise<Program>;
}

interface PythonProgram extends Common {
  readonly host: 'python';
  /** Script in bench/peers, and the module without which it is left out. */
  readonly script: string;
  /** What the script is told beside the benchmark and its folder. */
  readonly args: readonly string[];
  readonly needs: string;
  readonly install: string;
}

export type ProgramEntry = NodeProgram | PythonProgram;

/** The program that the others are compared with. */
export const ours = { cpu: 'omnigrad-cpu', gpu: 'omnigrad-webgpu' } as const satisfies {
  readonly [D in Device]: string;
};

const everything = ['train-step', 'forward', 'matmul', 'attention', 'elementwise'] as const;

export const programs = {
  [ours.cpu]: {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).loadCpu(),
    warmUp: 3,
    benchmarks: everything,
  },
  'omnigrad-composite': {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).loadComposite(),
    warmUp: 1,
    benchmarks: ['attention'],
  },
  'jax-js-wasm': {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./jax-js.ts')).loadWasm(),
    warmUp: 2,
    runsAtMost: { cpu: { attention: 2 } },
    benchmarks: everything,
    lacks: ['copy'],
  },
  'tfjs-wasm': {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadWasm(),
    warmUp: 1,
    runsAtMost: { cpu: { 'train-step': 2, attention: 2 } },
    benchmarks: everything,
    lacks: ['copy'],
  },
  'tfjs-cpu': {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadCpu(),
    warmUp: 0,
    runsAtMost: { cpu: { 'train-step': 1 } },
    onlyWhenAsked: 'about 23 s a step; --slow runs one step of it, without warm-up',
    benchmarks: ['train-step'],
  },
  onnxruntime: {
    device: 'cpu',
    host: 'node',
    load: async () => (await import('./onnxruntime.ts')).load(),
    warmUp: 2,
    benchmarks: ['forward', 'matmul', 'elementwise'],
    lacks: ['copy', 'adamw'],
  },
  'pytorch-cpu': {
    device: 'cpu',
    host: 'python',
    script: 'torch_peer.py',
    args: ['cpu', 'f32'],
    needs: 'torch',
    install: 'apt install python3-torch, or pip install torch',
    warmUp: 2,
    benchmarks: everything,
  },
  [ours.gpu]: {
    device: 'gpu',
    host: 'node',
    load: async () => (await import('./omnigrad.ts')).loadWebGpu(),
    warmUp: 2,
    benchmarks: everything,
  },
  'jax-js-webgpu': {
    device: 'gpu',
    host: 'node',
    load: async () => (await import('./jax-js.ts')).loadWebGpu(),
    warmUp: 2,
    benchmarks: everything,
    lacks: ['copy'],
  },
  'tfjs-webgpu': {
    device: 'gpu',
    host: 'node',
    load: async () => (await import('./tfjs.ts')).loadWebGpu(),
    warmUp: 1,
    runsAtMost: { 'software-gpu': { 'train-step': 1 } },
    benchmarks: everything,
    lacks: ['copy'],
  },
  'pytorch-cuda': {
    device: 'gpu',
    host: 'python',
    script: 'torch_peer.py',
    args: ['cuda', 'f32'],
    needs: 'torch',
    install: 'pip install torch, where there is an NVIDIA GPU',
    warmUp: 3,
    benchmarks: everything,
  },
  'pytorch-cuda-f16': {
    device: 'gpu',
    host: 'python',
    script: 'torch_peer.py',
    args: ['cuda', 'f16'],
    needs: 'torch',
    install: 'pip install torch, where there is an NVIDIA GPU',
    warmUp: 3,
    benchmarks: everything,
    // 1e-8 and the squares of gradients are 0 in f16
    lacks: ['adamw'],
    tolerance: 2e-2,
  },
  'device-copy': {
    device: 'gpu',
    host: 'node',
    load: async () => (await import('./device-copy.ts')).load(),
    warmUp: 2,
    benchmarks: ['elementwise'],
    lacks: ['softmax', 'layer norm', 'gelu', 'adamw'],
  },
} satisfies { readonly [name: string]: ProgramEntry };

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as ProgramName[];
export const entryOf = (name: ProgramName): ProgramEntry => programs[name];
export const isOurs = (name: ProgramName): boolean => name === ours.cpu || name === ours.gpu;
