// Pipelines by file, entry and constants; each is made once, with an explicit layout: binding 0 the uniforms at a dynamic
// offset, then the operands.

import { BackendError } from '@omnigrad/tensor';
import type { Dispatch } from './dispatch.ts';
import { type WgslName, wgslModule } from './wgsl.ts';

/** Bytes of a uniform block, at most. */
export const uniformBytes = 256;

export interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What tells pipelines apart: never the size of a tensor. */
export const pipelineKey = ({ wgsl, entry = 'main', constants = {}, bindings }: Dispatch): string =>
  `${wgsl} ${entry} ${Object.entries(constants)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')} ${bindings.map(({ write }) => (write ? 'w' : 'r')).join('')}`;

export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #fail: (error: BackendError) => void;
  readonly #unroll: boolean;
  readonly #modules = new Map<string, { module: GPUShaderModule; overrides: ReadonlySet<string> }>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Pipeline>();
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
    const { constants = {}, entry = 'main' } = dispatch;
    const { module, overrides } = this.#module(dispatch.wgsl, constants);
    const layout = this.#layout(dispatch.bindings.map(({ write }) => write));
    const set = Object.entries(constants).filter(([name]) => overrides.has(name));
    const pipeline = this.#device.createComputePipeline({
      label: key,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: {
        module,
        entryPoint: entry,
        constants: Object.fromEntries(set.map(([name, value]) => [name, Number(value)])),
      },
    });
    const made = { id: this.#pipelines.size, pipeline, layout };
    this.#pipelines.set(key, made);
    return made;
  }

  #module(name: WgslName, constants: Readonly<Record<string, number | boolean>>) {
    const source = wgslModule(name, constants, this.#unroll);
    const known = this.#modules.get(source.code);
    if (known !== undefined) return known;
    // the refusal is the report's to tell: as an event it would come before it and say less
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ label: name, code: source.code });
    void this.#device.popErrorScope().catch(() => null);
    const made = { module, overrides: source.overrides };
    this.#modules.set(source.code, made);
    this.#open++;
    this.#reported = Promise.all([this.#reported, this.#report(name, module, source.place)]).then(() => {
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
    const key = writes.map((write) => (write ? 'w' : 'r')).join('');
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
