// What computes a run: --device cpu, gpu or auto.

import { createCpuBackend } from '@omnigrad/cpu';
import type { Backend } from '@omnigrad/tensor';
import { type AdapterReport, createWebGpuBackend, NoAdapterError } from '@omnigrad/webgpu';

export const devices = ['cpu', 'gpu', 'auto'] as const;
export type Device = (typeof devices)[number];

export interface ChosenBackend {
  readonly backend: Backend;
  /** For people: what it is, and for auto why. */
  readonly line: string;
  /** Another like it, when its device is lost. */
  readonly reopen: () => Promise<Backend>;
}

const cpu = (why = ''): ChosenBackend => {
  const backend = createCpuBackend();
  const line = `CPU, ${backend.threads} ${backend.threads === 1 ? 'thread' : 'threads'}${why}`;
  return { backend, line, reopen: async () => createCpuBackend() };
};

const nameOf = ({ description, vendor, architecture }: AdapterReport): string =>
  description || `${vendor} ${architecture}`.trim() || 'without a name';

const gpu = async (): Promise<ChosenBackend> => {
  const backend = await createWebGpuBackend();
  return { backend, line: `GPU, ${nameOf(backend.adapter)}`, reopen: reopenGpu };
};

/** Milliseconds between the tries: a driver that resets itself is away for a moment. */
const pauses = [1000, 2000] as const;

const reopenGpu = async (): Promise<Backend> => {
  for (const pause of pauses) {
    try {
      return await createWebGpuBackend();
    } catch (error) {
      if (!(error instanceof NoAdapterError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return createWebGpuBackend();
};

/**
 * cpu: the WebAssembly backend. gpu: WebGPU, or its NoAdapterError. auto: a hardware GPU where WebGPU finds one, else the CPU, and
 * the line says why.
 */
export const chooseBackend = async (device: Device): Promise<ChosenBackend> => {
  if (device === 'cpu') return cpu();
  try {
    return await gpu();
  } catch (error) {
    if (device === 'gpu' || !(error instanceof NoAdapterError)) throw error;
    return cpu(` (${error.message})`);
  }
};
