// The backends of this package's tests. Importing it makes every test end with the bytes it began with.

import { createCpuBackend } from '@omnigrad/cpu';
import { bytesGuard } from '@omnigrad/nn/testing';
import { createReferenceBackend } from '@omnigrad/tensor';
import { afterEach } from 'vitest';

export const reference = createReferenceBackend();
export const backends = [reference, createCpuBackend()];

afterEach(bytesGuard(backends));
