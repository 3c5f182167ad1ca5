// X-rays change in place and exposure, and are never mirrored: the heart is on the left.

import type { RawPlane } from '@omnigrad/data';
import type { Augment } from '../contract.ts';
import { type PlaneAugment, planeAugment } from '../shared/plane-augment.ts';

export type XrayAugment = Omit<PlaneAugment, 'flip'>;

/** Crops as large as those of masked pretraining on chest X-rays (Xiao et al. 2023), and a tenth of exposure. */
export const usualXrayAugment: XrayAugment = { crop: { scale: [0.5, 1] }, window: 0.1 };

/** Throws ArgumentError for strengths that cannot be. */
export const xrayAugment = ({ crop, window }: XrayAugment): Augment<RawPlane> =>
  planeAugment('xrayAugment', { ...(crop === undefined ? {} : { crop }), ...(window === undefined ? {} : { window }) });
