// What tensors cost, in bytes.

import type { Backend, MemoryReport } from './backend.ts';
import { leakedTensors } from './scope.ts';
import { currentBackend } from './tensor.ts';

export interface MemorySummary extends MemoryReport {
  readonly backend: string;
  /** Tensors of all backends that the garbage collector found undisposed, with the lines that made the first hundred. */
  readonly leaked: { readonly count: number; readonly lines: readonly string[] };
}

/** Bytes in use, pooled, at their peak and persistent on `backend` (default the current one), and the leaks so far. */
export const memory = (backend: Backend = currentBackend()): MemorySummary => ({
  backend: backend.name,
  ...backend.memory(),
  leaked: leakedTensors(),
});
