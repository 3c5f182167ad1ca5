import { accuracyCases } from '@omnigrad/tensor/testing';
import { testCases } from './support.ts';

testCases(accuracyCases);
