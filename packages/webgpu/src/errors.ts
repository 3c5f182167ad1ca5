// How a GPU fails: named, once, and for everything after it.

import { BackendError } from '@omnigrad/tensor';

export { DeviceLostError } from '@omnigrad/tensor';

/** No GPU is to be had. */
export class NoAdapterError extends BackendError {
  override readonly name = 'NoAdapterError';
}

/** What a driver says, which may be paragraphs. */
export const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');
