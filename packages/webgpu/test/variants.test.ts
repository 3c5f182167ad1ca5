// Every kernel compiles in every form that a launch can give it, also on adapters that nobody has here: launches of all ops, and of
// shapes and abilities that choose kernels, say which forms there are, and Tint checks each, its loops as they are and written out.

import {
  type AttentionArgs,
  type BufferView,
  type CpuCall,
  type CpuKernelArgs,
  type CpuKernelName,
  call,
  deviceCall,
  type HeadLayout,
  input,
  type Kernel,
  opNames,
  type ReduceFn,
  scope,
  sum,
  type TensorSpec,
  valueAndGradOrNull,
} from '@omnigrad/tensor';
import { gradientInputs, materialise, opSamples, sampleName, wrapBackend } from '@omnigrad/tensor/testing';
import { expect, it } from 'vitest';
import { type Abilities, leastAbilities } from '../src/abilities.ts';
import {
  type MatmulAbilities,
  type MatmulChoice,
  type MatmulTileName,
  type MatrixTileName,
  matmulTiles,
  matrixTiles,
} from '../src/kernels/matmul.ts';
import { launchOf } from '../src/kernels/table.ts';
import { pipelineKey, recipeOfKey } from '../src/pipelines.ts';
import { createPlanningBackend } from '../src/planning.ts';
import { uploadDispatch } from '../src/upload.ts';
import { type WgslName, wgslModule } from '../src/wgsl.ts';
import { wgslFiles } from '../src/wgsl-files.ts';
import { nullDevice } from './null-device.ts';

const gib = 2 ** 30;
const large = { maxBufferBytes: 4 * gib, maxBindingBytes: 2 * gib, storageBuffers: 16, timestamps: true };

/** What adapters are known to offer. */
const adapters: { readonly [name: string]: Abilities } = {
  least: leastAbilities,
  swiftshader: { ...leastAbilities, subgroups: { least: 4, most: 4 }, workgroupBytes: 32768 },
  'without subgroups': { ...leastAbilities, ...large, workgroupSize: 1024, workgroupBytes: 49152 },
  apple: {
    ...{ ...leastAbilities, ...large, f16: true, workgroupSize: 1024 },
    ...{ subgroups: { least: 32, most: 32 }, workgroupBytes: 32768 },
  },
  intel: {
    ...{ ...leastAbilities, ...large, f16: true, workgroupSize: 1024 },
    ...{ subgroups: { least: 8, most: 32 }, workgroupBytes: 32768 },
  },
  amd: {
    ...{ ...leastAbilities, ...large, f16: true, workgroupSize: 1024 },
    ...{ subgroups: { least: 32, most: 64 }, workgroupBytes: 65536 },
  },
  nvidia: {
    ...{ ...leastAbilities, ...large, f16: true, workgroupSize: 1024 },
    ...{ subgroups: { least: 32, most: 32 }, workgroupBytes: 49152 },
  },
  'nvidia in f16': {
    ...{ ...leastAbilities, ...large, f16: true, workgroupSize: 1024, precision: 'f16', halfMatrices: true },
    ...{ subgroups: { least: 32, most: 32 }, workgroupBytes: 49152 },
  },
  'narrow subgroups': { ...leastAbilities, f16: true, subgroups: { least: 1, most: 128 } },
};

const calls: { readonly op: string; readonly call: CpuCall }[] = [];
const note = <K extends CpuKernelName>(kernel: K, operands: number, args: CpuKernelArgs[K]): void => {
  const inputs = Array.from({ length: operands }, (_, i) => input(i));
  calls.push({ op: 'test', call: call(kernel, inputs, args) });
};

/** The calls of all ops and of their gradients, on the shapes of their samples. */
const noteOps = (): void => {
  const planning = createPlanningBackend(leastAbilities);
  const noteKernel = <A>(
    kernel: Kernel<A>,
    inputs: readonly BufferView[],
    outputs: readonly BufferView[],
    attrs: A,
  ): void => {
    for (const one of kernel.cpu(inputs, outputs, attrs).calls) calls.push({ op: kernel.name, call: one });
  };
  const backend = wrapBackend(planning, { run: noteKernel });
  for (const op of opNames) {
    for (const sample of opSamples[op].samples) {
      scope(() => {
        const inputs = materialise(backend, sampleName(op, sample), sample.inputs);
        const wrt = gradientInputs(sample).map((i) => inputs[i]);
        if (wrt.length === 0) sample.run(inputs);
        else valueAndGradOrNull(() => sum(sample.run(inputs)), wrt);
      });
    }
  }
};

/** From one vector to several workgroups a row. */
const lengths = [1, 5, 16, 17, 33, 128, 129, 300, 1024, 1025, 2049, 4096, 4097, 8192, 8193, 16384, 16385, 32769, 1e5];

const noteRows = (): void => {
  const reduceFns: readonly ReduceFn[] = ['sum', 'mean', 'max', 'min'];
  for (const n of lengths) {
    for (const rows of [1, 7, 5000]) {
      for (const operands of [2, 3]) note('softmax', operands, { rows, n, scale: 1, rowsPerMask: 1 });
      note('softmaxBackward', 3, { rows, n, scale: 1 });
      note('logSoftmax', 2, { rows, n });
      note('logSoftmaxBackward', 3, { rows, n });
      note('layerNorm', 6, { rows, n, eps: 1e-5 });
      note('layerNormBackward', 8, { rows, n });
      note('variance', 2, { rows, n, divisor: n });
      note('logSumExp', 2, { rows, n });
      for (const smoothing of [0, 0.1]) {
        note('crossEntropy', 4, { rows, n, ignoreIndex: -1, smoothing });
        note('crossEntropyBackward', 5, { rows, n, ignoreIndex: -1, smoothing });
      }
      for (const inner of [1, 4, 16, 64, 40000]) {
        for (const fn of reduceFns) note('reduce', 2, { fn, outer: rows, n, inner });
        note('argmax', 2, { outer: rows, n, inner });
      }
    }
  }
  for (const width of [3, 8]) {
    for (const rows of [10, 5000]) {
      for (const tableRows of [50, 100000]) {
        note('gatherRows', 3, { groups: 1, rows, tableRows, width });
        note('scatterAddRows', 3, { groups: 2, rows, tableRows, width });
      }
    }
  }
};

/** What may become of a product: bias, residual, activation, and whether its argument is kept. */
const epilogues = [
  [true, false, null, false],
  [true, false, 'relu', false],
  [true, true, 'gelu', true],
  [false, true, 'geluTanh', true],
  [false, false, 'silu', true],
] as const;
const noEpilogue = [false, false, null, false] as const;

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly walked?: boolean;
}

const noteProduct = (
  { m, n, k, transA = false, transB = false, walked = false }: Product,
  [bias, residual, activation, before]: (typeof epilogues)[number] | typeof noEpilogue,
): void => {
  const walks = { bK: { shape: [k], strides: [n] }, bN: { shape: [n], strides: [1] } };
  note('matmul', 3 + Number(bias) + Number(residual) + Number(before), {
    ...{ m, n, k, transA, transB, bias, residual, activation, alpha: 1, walks: walked ? walks : null },
    ...{ lda: transA ? m : k, ldb: transB ? k : n, ldc: n, aOffset: 0, bOffset: 0, cOffset: 0 },
    batch: { outer: 1, inner: 1, a: [0, 0], b: [0, 0], c: [0, 0] },
  });
};

/** One of whole vec4s, one that is not. */
const someProducts: readonly Product[] = [
  { m: 256, n: 256, k: 512 },
  { m: 255, n: 255, k: 511 },
  { m: 3, n: 512, k: 512 },
];

const noteProducts = (): void => {
  const flags = [false, true];
  for (const transA of flags) {
    for (const transB of flags) {
      for (const m of [1, 2, 5, 16, 17, 64, 130, 1024, 4096])
        noteProduct({ m, n: m, k: m, transA, transB }, noEpilogue);
      for (const m of [1, 3, 4]) {
        for (const n of [64, 1021, 4096]) {
          for (const k of [64, 4096]) {
            noteProduct({ m, n, k, transA, transB }, noEpilogue);
            noteProduct({ m: n, n: m, k, transA, transB }, noEpilogue);
          }
        }
      }
      for (const m of [32, 64, 256]) noteProduct({ m, n: m, k: 20000, transA, transB }, noEpilogue);
    }
  }
  for (const m of [5, 17, 64, 130, 1024]) noteProduct({ m, n: m, k: m, walked: true }, noEpilogue);
  for (const { m, n, k } of [
    ...someProducts,
    { m: 2, n: 900, k: 900 },
    { m: 5, n: 6, k: 7 },
    { m: 64, n: 64, k: 9000 },
  ]) {
    for (const epilogue of epilogues) noteProduct({ m, n, k }, epilogue);
  }
};

/** For each kernel whose choice is forced. */
const noteForcedProducts = (): void => {
  for (const product of someProducts) {
    for (const epilogue of [noEpilogue, ...epilogues]) noteProduct(product, epilogue);
    noteProduct({ ...product, transA: true }, noEpilogue);
    noteProduct({ ...product, transB: true }, noEpilogue);
    noteProduct({ ...product, transB: true }, epilogues[2]);
    noteProduct({ ...product, walked: true }, noEpilogue);
  }
};

const noteAttention = (): void => {
  const dense = (tokens: number, width: number, pad = 0): HeadLayout => {
    const row = 2 * width + pad;
    return { offset: 0, batch: 2 * tokens * row, head: width, row };
  };
  const strides = [0, 0, 0, 1] as const;
  type Beside = readonly [mask: typeof strides | null, bias: typeof strides | null, dropout: number];
  const noteOne = (dim: number, valueDim: number, pad: number, [mask, bias, dropout]: Beside): void => {
    const args: AttentionArgs = {
      ...{ batch: 2, heads: 2, kvHeads: 2, queries: 100, keys: 70, dim, valueDim, scale: 1, causal: false },
      ...{ q: dense(100, dim, pad), k: dense(70, dim, pad), v: dense(70, valueDim, pad) },
      ...{ out: dense(100, valueDim), mask, padding: null, bias, dropout },
    };
    const beside = Number(mask !== null) + Number(bias !== null) + Number(dropout > 0);
    note('attention', 5 + beside, args);
    note('attentionBackward', 9 + beside, {
      ...{ ...args, g: dense(100, valueDim), dq: dense(100, dim), dk: dense(70, dim) },
      dv: { ...dense(70, valueDim), offset: 2 * dim },
    });
  };
  for (const dim of [8, 32, 48, 64, 96, 128, 192, 256, 320]) noteOne(dim, dim, 0, [null, null, 0]);
  noteOne(64, 128, 0, [null, null, 0]);
  for (const [dim, pad] of [
    [64, 0],
    [64, 1],
    [30, 0],
  ]) {
    noteOne(dim, dim, pad, [null, null, 0]);
    noteOne(dim, dim, pad, [strides, null, 0]);
    noteOne(dim, dim, pad, [strides, strides, 0]);
    noteOne(dim, dim, pad, [null, null, 0.1]);
    noteOne(dim, dim, pad, [null, strides, 0.1]);
  }
};

const noteUpdates = (): void => {
  const ranges = [{ offset: 0, length: 70, decay: true }];
  note('accumulate', 2, { n: 9, yOffset: 0 });
  note('sumOfSquares', 2, { ranges });
  note('adamw', 6, { ranges });
  for (const momentum of ['none', 'plain', 'nesterov'] as const) {
    note('sgd', momentum === 'none' ? 4 : 5, { ranges, momentum });
  }
  note('adam', 6, { ranges, amsgrad: false });
  note('adam', 7, { ranges, amsgrad: true });
  note('lamb', 6, { ranges });
  note('lion', 5, { ranges });
  note('lerp', 3, { ranges });
  note('swap', 2, { ranges });
  note('scaleRanges', 2, { ranges });
  note('clampRanges', 1, { ranges, limit: 1 });
  note('fill', 1, { n: 9, offset: 0, bits: 0 });
  // longer than a workgroup sorts
  const specs: TensorSpec[] = [{ shape: [5000], dtype: 'f32' }];
  const device = deviceCall('sortRows', { type: 'f32', rows: 1, n: 5000, k: 5000, descending: false });
  note('host', 3, { specs, loop: () => undefined, device });
};

const tileNames = Object.keys(matmulTiles) as MatmulTileName[];
const matrixNames = Object.keys(matrixTiles) as MatrixTileName[];

/** Whatever a heuristic takes on some adapter. */
const choices = [1, 2].flatMap((splits): MatmulChoice[] => [
  ...tileNames.map((tile) => ({ kind: 'tiled', tile, splits }) as const),
  ...tileNames.map((tile) => ({ kind: 'tiled', tile, splits, half: true }) as const),
  ...matrixNames.map((tile) => ({ kind: 'matrix', tile, splits }) as const),
  { kind: 'skinny', splits },
  { kind: 'naive' },
]);

/** Keys of all pipelines, and the abilities of an adapter that has each. */
const forms = (): Map<string, Abilities> => {
  const found = new Map<string, Abilities>([[pipelineKey(uploadDispatch(new Float32Array(1))), leastAbilities]]);
  const collect = (abilities: MatmulAbilities): void => {
    for (const { op, call: one } of calls) {
      for (const dispatch of launchOf(op, one, abilities).dispatches) {
        const key = pipelineKey(dispatch);
        if (!found.has(key)) found.set(key, abilities);
      }
    }
  };
  noteOps();
  noteRows();
  noteProducts();
  noteAttention();
  noteUpdates();
  for (const abilities of Object.values(adapters)) collect(abilities);
  calls.length = 0;
  noteForcedProducts();
  for (const abilities of Object.values(adapters)) {
    for (const matmulChoice of choices) collect({ ...abilities, matmulChoice });
  }
  return found;
};

const device = await nullDevice();
const all = forms();

/** What the null device says of a limit that it has lower than the adapter in question. */
const limits: readonly (readonly [RegExp, (abilities: Abilities) => number])[] = [
  [/workgroup storage \((\d+) bytes\) is larger than the maximum allowed \(16384 bytes\)/, (a) => a.workgroupBytes],
  [/total number of workgroup invocations \((\d+)\) exceeds the maximum allowed \(256\)/, (a) => a.workgroupSize],
  [/workgroup_size\((\d+), 1, 1\) that exceeds the maximum allowed \(256, 256, 64\)/, (a) => a.workgroupSize],
];

const withinOwnLimits = (message: string, abilities: Abilities): boolean =>
  limits.some(([pattern, limit]) => {
    const [, used] = pattern.exec(message) ?? [];
    return used !== undefined && Number(used) <= limit(abilities);
  });

const modules = new Map<string, GPUShaderModule>();

/** What Tint and Dawn have against the pipeline; null for nothing. */
const refusalOf = async (key: string, abilities: Abilities, unroll: boolean): Promise<string | null> => {
  const recipe = recipeOfKey(key);
  if (recipe === null) return 'the key cannot be read';
  const { code, overrides, place } = wgslModule(recipe.wgsl, recipe.constants, unroll);
  device.pushErrorScope('validation');
  const known = modules.get(code);
  const module = known ?? device.createShaderModule({ code });
  modules.set(code, module);
  const set = Object.entries(recipe.constants).filter(([name]) => overrides.has(name));
  device.createComputePipeline({
    layout: device.createPipelineLayout({
      bindGroupLayouts: [
        device.createBindGroupLayout({
          entries: [
            { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
            ...recipe.writes.map((write, i) => ({
              binding: i + 1,
              visibility: GPUShaderStage.COMPUTE,
              buffer: { type: write ? ('storage' as const) : ('read-only-storage' as const) },
            })),
          ],
        }),
      ],
    }),
    compute: {
      module,
      entryPoint: recipe.entry,
      constants: Object.fromEntries(set.map(([name, value]) => [name, Number(value)])),
    },
  });
  const refusal = await device.popErrorScope();
  if (refusal === null || withinOwnLimits(refusal.message, abilities)) return null;
  const { messages } = await module.getCompilationInfo();
  const error = messages.find(({ type }) => type === 'error');
  const where = error === undefined ? refusal.message : `${place(error.lineNum)}:${error.linePos}: ${error.message}`;
  return `${key}: ${where.split('\n')[0]}`;
};

it('every form of every kernel compiles', async () => {
  const refusals: (string | null)[] = [];
  const files = new Set<string>();
  for (const [key, abilities] of all) {
    const [file] = key.split(' ');
    // the same text but for the loops: one form of a file is enough
    if (!files.has(file)) refusals.push(await refusalOf(key, abilities, false));
    files.add(file);
    refusals.push(await refusalOf(key, abilities, true));
  }
  expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
});

it('no entry of a file is out of reach of all launches', () => {
  const reached = new Set([...all.keys()].map((key) => key.split(' ').slice(0, 2).join(' ')));
  const included = new Set(
    Object.values(wgslFiles).flatMap((text) =>
      [...text.matchAll(/^\/\/!include (\S+)\.wgsl$/gm)].map(([, name]) => name),
    ),
  );
  const launched = new Set([...all.keys()].map((key) => key.split(' ')[0]));
  const entries = (Object.keys(wgslFiles) as WgslName[])
    .filter((name) => launched.has(name) || !included.has(name))
    .flatMap((name) => {
      const code = wgslModule(name).code.replaceAll(/\/\/.*$/gm, '');
      return [...code.matchAll(/@compute[^{]*?\bfn (\w+)\(/g)].map(([, entry]) => `${name} ${entry}`);
    });
  expect(entries.filter((entry) => !reached.has(entry))).toEqual([]);
});

it('refuses what a kernel may not be', async () => {
  const [key, abilities] = ['elementwise/unary main FUNCTION=7 rr', leastAbilities];
  expect(await refusalOf(key, abilities, false)).toMatch(/^elementwise\/unary main FUNCTION=7 rr: /);
  expect(await refusalOf('elementwise/unary main FUNCTION=7 rw', abilities, false)).toBeNull();
});
