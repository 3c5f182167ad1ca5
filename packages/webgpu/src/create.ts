// How a WebGPU backend is made.

import { WebGpuBackend, type WebGpuBackendInstance } from './backend.ts';
import { type AdapterChoice, openDevice } from './device.ts';

export interface WebGpuBackendOptions extends AdapterChoice {
  /** Bytes of all buffers, at most. Default: what the device gives. */
  readonly memoryLimit?: number;
}

/**
 * The WebGPU backend, in a page or on Dawn in Node (npm package `webgpu`). Throws NoAdapterError where there is no GPU, or only a
 * software adapter that was not asked for.
 */
export const createWebGpuBackend = async (options: WebGpuBackendOptions = {}): Promise<WebGpuBackendInstance> => {
  const { memoryLimit = Number.POSITIVE_INFINITY } = options;
  return new WebGpuBackend(await openDevice(options), { memoryLimit });
};
