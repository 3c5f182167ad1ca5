// How a GPU fails: named, once, and for everything after it.

import { BackendError } from '@omnigrad/tensor';

/** The GPU is gone: driver reset, card removed, or device.destroy(). Its tensors are too; make a new backend and load a checkpoint. */
export class DeviceLostError extends BackendError {
  override readonly name = 'DeviceLostError';
}

/** No GPU is to be had. */
export class NoAdapterError extends BackendError {
  override readonly name = 'NoAdapterError';
}

/** What a driver says, which may be paragraphs. */
export const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');
