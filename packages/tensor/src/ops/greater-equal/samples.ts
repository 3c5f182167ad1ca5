import { compareSamples } from '../../testing/families.ts';
import { greaterEqual } from './greater-equal.ts';

export const greaterEqualSamples = compareSamples('greaterEqual', greaterEqual, (a, b) => a >= b);
