import { compareSamples } from '../../testing/families.ts';
import { less } from './less.ts';

export const lessSamples = compareSamples('less', less, (a, b) => a < b);
