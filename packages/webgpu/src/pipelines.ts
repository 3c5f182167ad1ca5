// Pipelines by file, entry and constants; each is made once, with an explicit layout: binding 0 the uniforms at a dynamic
// offset, then the operands. At its first use, or ahead of it and beside others (warm-up).

import { BackendError } from '@omnigrad/tensor';
import type { Dispatch } from './dispatch.ts';
import { type Constants, type WgslModule, type WgslName, wgslModule } from './wgsl.ts';
import { wgslFiles } from './wgsl-files.ts';

/** Bytes of a uniform block, at most. */
export const uniformBytes = 256;

export interface Pipeline {
  readonly id: number;
  /** The file, and the entry where it is not `main`. */
  readonly kernel: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** All that a pipeline is made from. */
export interface PipelineRecipe {
  readonly wgsl: WgslName;
  readonly entry: string;
  readonly constants: Constants;
  /** Of the bindings from 1 on: whether the kernel writes them. */
  readonly writes: readonly boolean[];
}

const recipeOf = ({ wgsl, entry = 'main', constants = {}, bindings }: Dispatch): PipelineRecipe => ({
  wgsl,
  entry,
  constants,
  writes: bindings.map(({ write }) => write),
});

const showWrites = (writes: readonly boolean[]): string => writes.map((write) => (write ? 'w' : 'r')).join('');

/** What tells pipelines apart, never the size of a tensor: `softmax/rows main SIZE=256 LANES=64 rrw`. */
export const pipelineKey = ({ wgsl, entry = 'main', constants = {}, bindings }: Dispatch): string => {
  let key = `${wgsl} ${entry} `;
  for (const name in constants) key += `${name}=${constants[name]} `;
  return key + showWrites(bindings.map(({ write }) => write));
};

const constantOf = /^(\w+)=(true|false|-?[\d.]+(?:e[-+]?\d+)?)$/;

const isWgslName = (name: string): name is WgslName => Object.hasOwn(wgslFiles, name);

/** Null for a key that is none, or whose file is not there: one that another version has written. */
export const recipeOfKey = (key: string): PipelineRecipe | null => {
  const words = key.split(' ');
  const [wgsl = '', entry = ''] = words;
  const writes = words.length > 2 ? (words.at(-1) ?? '') : '-';
  if (!isWgslName(wgsl) || !/^\w+$/.test(entry) || !/^[rw]*$/.test(writes)) return null;
  const constants: Record<string, number | boolean> = {};
  for (const word of words.slice(2, -1)) {
    const match = constantOf.exec(word);
    if (match === null) return null;
    const [, name, value] = match;
    constants[name] = value === 'true' ? true : value === 'false' ? false : Number(value);
  }
  return { wgsl, entry, constants, writes: [...writes].map((letter) => letter === 'w') };
};

/** What became of the keys of a warm-up. */
export interface WarmUp {
  /** Pipelines that it made; the others were there. */
  readonly made: number;
  /** Keys that this version or this adapter has no use for: all the same, they are made when they are needed. */
  readonly skipped: readonly string[];
}

interface Module {
  readonly module: GPUShaderModule;
  readonly overrides: ReadonlySet<string>;
}

export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #fail: (error: BackendError) => void;
  readonly #unroll: boolean;
  readonly #modules = new Map<string, Module>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Pipeline>();
  #made = 0;
  #open = 0;
  #reported: Promise<unknown> = Promise.resolve();

  /**
   * `fail` hears of kernels that do not compile, after the fact. `unroll` where compiling is cheap beside running: not on software
   * adapters.
   */
  constructor(device: GPUDevice, unroll: boolean, fail: (error: BackendError) => void) {
    this.#device = device;
    this.#unroll = unroll;
    this.#fail = fail;
  }

  get keys(): string[] {
    return [...this.#pipelines.keys()].sort();
  }

  /** When all kernels made so far have compiled, or `fail` knows which have not; null where that is known already. */
  get verdict(): Promise<unknown> | null {
    return this.#open === 0 ? null : this.#reported;
  }

  of(dispatch: Dispatch): Pipeline {
    const key = pipelineKey(dispatch);
    const known = this.#pipelines.get(key);
    if (known !== undefined) return known;
    const recipe = recipeOf(dispatch);
    const module = this.#module(recipe);
    return this.#keep(key, recipe, this.#device.createComputePipeline(this.#descriptor(key, recipe, module)));
  }

  /** Makes the pipelines of `keys` side by side; `onProgress` hears of each. */
  async warmUp(keys: readonly string[], onProgress: (done: number, total: number) => void): Promise<WarmUp> {
    const missing = [...new Set(keys)].filter((key) => !this.#pipelines.has(key));
    const skipped: string[] = [];
    let done = 0;
    const gone = this.#device.lost.then(() => null);
    const makeOne = async (key: string): Promise<void> => {
      const pipeline = await Promise.race([this.#tried(key), gone]);
      if (pipeline === null) skipped.push(key);
      onProgress(++done, missing.length);
    };
    await Promise.all(missing.map(makeOne));
    return { made: missing.length - skipped.length, skipped: skipped.sort() };
  }

  /** The pipeline of a key, compiled aside; null where it cannot be made. */
  async #tried(key: string): Promise<Pipeline | null> {
    const recipe = recipeOfKey(key);
    if (recipe === null) return null;
    try {
      const source = wgslModule(recipe.wgsl, recipe.constants, this.#unroll);
      const module = this.#modules.get(source.code) ?? (await this.#triedModule(recipe.wgsl, source));
      if (module === null) return null;
      const pipeline = await this.#device.createComputePipelineAsync(this.#descriptor(key, recipe, module));
      return this.#pipelines.get(key) ?? this.#keep(key, recipe, pipeline);
    } catch {
      // a constant that the file has not, or one that the adapter cannot have
      return null;
    }
  }

  #keep(key: string, { wgsl, entry, writes }: PipelineRecipe, pipeline: GPUComputePipeline): Pipeline {
    const layout = this.#layout(writes);
    const made = { id: this.#made++, kernel: entry === 'main' ? wgsl : `${wgsl} ${entry}`, pipeline, layout };
    this.#pipelines.set(key, made);
    return made;
  }

  #descriptor(
    key: string,
    { entry, constants, writes }: PipelineRecipe,
    { module, overrides }: Module,
  ): GPUComputePipelineDescriptor {
    const set = Object.entries(constants).filter(([name]) => overrides.has(name));
    return {
      label: key,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.#layout(writes)] }),
      compute: {
        module,
        entryPoint: entry,
        constants: Object.fromEntries(set.map(([name, value]) => [name, Number(value)])),
      },
    };
  }

  #newModule(name: WgslName, { code, overrides }: WgslModule): Module & { readonly refusal: Promise<unknown> } {
    // the refusal is the report's to tell: as an event it would come before it and say less
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ label: name, code });
    return { module, overrides, refusal: this.#device.popErrorScope().catch(() => null) };
  }

  /** Null for a module that this adapter refuses: a warm-up is no failure. */
  async #triedModule(name: WgslName, source: WgslModule): Promise<Module | null> {
    const made = this.#newModule(name, source);
    if ((await made.refusal) !== null) return null;
    const known = this.#modules.get(source.code);
    if (known !== undefined) return known;
    this.#modules.set(source.code, made);
    return made;
  }

  #module({ wgsl, constants }: PipelineRecipe): Module {
    const source = wgslModule(wgsl, constants, this.#unroll);
    const known = this.#modules.get(source.code);
    if (known !== undefined) return known;
    const made = this.#newModule(wgsl, source);
    this.#modules.set(source.code, made);
    this.#open++;
    this.#reported = Promise.all([this.#reported, this.#report(wgsl, made.module, source.place)]).then(() => {
      this.#open--;
    });
    return made;
  }

  async #report(name: WgslName, module: GPUShaderModule, place: (line: number) => string): Promise<void> {
    // a lost device answers nothing more
    const info = await Promise.race([
      module.getCompilationInfo().catch(() => null),
      this.#device.lost.then(() => null),
    ]);
    const error = info?.messages.find(({ type }) => type === 'error');
    if (error === undefined) return;
    const where = error.lineNum > 0 ? `${place(error.lineNum)}:${error.linePos}` : `${name}.wgsl`;
    this.#fail(new BackendError('webgpu', `a kernel does not compile, ${where}: ${error.message.split('\n')[0]}`));
  }

  #layout(writes: readonly boolean[]): GPUBindGroupLayout {
    const key = showWrites(writes);
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const layout = this.#device.createBindGroupLayout({
      label: key,
      entries: [
        {
          binding: 0,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 0 },
        },
        ...writes.map((write, i) => ({
          binding: i + 1,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: write ? ('storage' as const) : ('read-only-storage' as const) },
        })),
      ],
    });
    this.#layouts.set(key, layout);
    return layout;
  }
}
