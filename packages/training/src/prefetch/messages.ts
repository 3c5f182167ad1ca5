// What the thread that trains and those that prepare its batches tell each other.

import { DataError } from '@omnigrad/data';
import type { BatchRequest, HostBatch } from '../stream.ts';
import type { SignedRecipe } from './recipe.ts';

/** The first message to a thread. */
export interface ServeOptions {
  readonly recipes: readonly SignedRecipe[];
  /** Width of the model's tokens. */
  readonly width: number;
}

/** The batches of one step. */
export interface Order {
  readonly id: number;
  readonly requests: readonly BatchRequest[];
}

/** An error as it crosses. */
export interface CrossingError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly data: ConstructorParameters<typeof DataError>[0] | null;
}

export type Answer =
  | { readonly kind: 'ready' }
  /** The thread could not begin. */
  | { readonly kind: 'unable'; readonly error: CrossingError }
  | { readonly kind: 'batches'; readonly id: number; readonly batches: readonly HostBatch[] }
  | { readonly kind: 'failed'; readonly id: number; readonly error: CrossingError };

export const packError = (error: unknown): CrossingError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '', data: null };
  const { name, message, stack = '' } = error;
  if (!(error instanceof DataError)) return { name, message, stack, data: null };
  const { code, source, file, place, expected, actual, fix } = error;
  return { name, message, stack, data: { code, source, file, place, expected, actual, fix } };
};

/** The same line under the same name. A DataError is one again. */
export const unpackError = ({ name, message, stack, data }: CrossingError): Error => {
  const error = data === null ? new Error(message) : new DataError(data);
  error.name = name;
  if (stack !== '') error.stack = stack;
  return error;
};

/**
 * The buffers of a batch that go over without a copy: those of arrays that fill theirs. Arrays that share one with others
 * are copied.
 */
export const transferable = (batches: readonly HostBatch[]): ArrayBuffer[] => {
  const found = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteLength } = value;
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) found.add(buffer);
    } else if (typeof value === 'object' && value !== null) {
      for (const member of Object.values(value)) visit(member);
    }
  };
  visit(batches);
  return [...found];
};
