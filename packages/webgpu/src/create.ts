// How a WebGPU backend is made.

import { BackendError, profilesAreAsked } from '@omnigrad/tensor';
import type { Precision } from './abilities.ts';
import { WebGpuBackend, type WebGpuBackendInstance } from './backend.ts';
import { type AdapterChoice, debugByEnvironment, openDevice } from './device.ts';
import type { MatmulTuning } from './kernels/matmul.ts';
import { tuningOf } from './kernels/tunings.ts';
import { noTimestamps } from './profile.ts';

export interface WebGpuBackendOptions extends AdapterChoice {
  /** Bytes of all buffers, at most. Default: what the device gives. */
  readonly memoryLimit?: number;
  /**
   * What matrix products may do with their operands, convolutions included; attention is not one of them. Default 'f32': nothing. With 'f16'
   * those that an adapter's matrix units make faster round them to f16, 2^-11 of each, and add in f32; operands beyond 65504 become
   * infinities, those below 6e-8 become 0. Tensors stay f32.
   */
  readonly precision?: Precision;
  /** Times every dispatch, for profile(). Default false; OMNIGRAD_PROFILE=1 in Node's environment says true, and prints a table at the end. */
  readonly profile?: boolean;
  /**
   * Submits every op on its own, so that a command that the GPU refuses is told with the name of the op. Slow. Default false; OMNIGRAD_DEBUG=1
   * in Node's environment says true.
   */
  readonly debug?: boolean;
  /** What is known of the speed of the adapter, as `npm run bench -- tune` measures it. Default: the table of kernels/tunings.ts. */
  readonly tuning?: MatmulTuning;
}

/**
 * The WebGPU backend, in a page or on Dawn in Node (npm package `webgpu`). Throws NoAdapterError where there is no GPU, or only a
 * software adapter that was not asked for.
 */
export const createWebGpuBackend = async (options: WebGpuBackendOptions = {}): Promise<WebGpuBackendInstance> => {
  const report = profilesAreAsked();
  const {
    memoryLimit = Number.POSITIVE_INFINITY,
    precision = 'f32',
    profile = report,
    debug = debugByEnvironment(),
  } = options;
  if (precision !== 'f32' && precision !== 'f16') {
    throw new BackendError('webgpu', `precision is 'f32' or 'f16', came '${String(precision)}'`);
  }
  const open = await openDevice(options, { precision, profile });
  if (report && !open.abilities.timestamps) console.error(`webgpu: ${noTimestamps}`);
  const tuning = options.tuning ?? tuningOf(open.adapter);
  const abilities = tuning === undefined ? open.abilities : { ...open.abilities, matmulTuning: tuning };
  return new WebGpuBackend({ ...open, abilities }, { memoryLimit, profile, report, debug });
};
