import { compareSamples } from '../../testing/families.ts';
import { notEqual } from './not-equal.ts';

export const notEqualSamples = compareSamples('notEqual', notEqual, (a, b) => a !== b);
