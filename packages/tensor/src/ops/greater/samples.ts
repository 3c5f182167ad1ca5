import { compareSamples } from '../../testing/families.ts';
import { greater } from './greater.ts';

export const greaterSamples = compareSamples('greater', greater, (a, b) => a > b);
