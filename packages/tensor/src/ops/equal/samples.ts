import { compareSamples } from '../../testing/families.ts';
import { equal } from './equal.ts';

export const equalSamples = compareSamples('equal', equal, (a, b) => a === b);
