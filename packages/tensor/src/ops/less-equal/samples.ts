import { compareSamples } from '../../testing/families.ts';
import { lessEqual } from './less-equal.ts';

export const lessEqualSamples = compareSamples('lessEqual', lessEqual, (a, b) => a <= b);
