// What must be predicted at a hidden tubelet: its pixels, each channel normalised over the tubelet (VideoMAE).

import type { PatchNormalisation } from '../shared/patch-target.ts';
import type { VideoConfig } from './config.ts';

export const videoTarget = ({ normaliseTarget, channels }: VideoConfig): PatchNormalisation =>
  normaliseTarget ? { channels } : 'none';
