import { dropoutCases } from '@omnigrad/tensor/testing';
import { describe } from 'vitest';
import { testCases } from './support.ts';

describe('dropout', () => {
  testCases(dropoutCases);
});
