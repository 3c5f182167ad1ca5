// Shared by the tests of this folder.

import type { Backend } from '@omnigrad/tensor';
import { afterEach, beforeEach, expect } from 'vitest';

/** Fails every test of the file that leaves bytes behind; returns the bytes of the test so far. */
export const guardBytes = (backend: Backend): (() => number) => {
  let before = 0;
  beforeEach(() => {
    before = backend.memory().inUse;
  });
  afterEach(() => {
    expect(backend.memory().inUse, 'bytes left behind').toBe(before);
  });
  return () => backend.memory().inUse - before;
};

/** Class and whole text of what `fn` throws. */
export const errorOf = (fn: () => void): string => {
  try {
    fn();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return 'nothing was thrown';
};
