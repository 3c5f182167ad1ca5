// What must be predicted at hidden bands: their standardised values.

import type { PatchNormalisation } from '../shared/patch-target.ts';
import type { HyperspectralConfig } from './config.ts';

export const hyperspectralTarget = ({ normaliseTarget }: HyperspectralConfig): PatchNormalisation =>
  normaliseTarget ? 'patch' : 'none';
