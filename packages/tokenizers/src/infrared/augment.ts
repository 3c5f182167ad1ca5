// Infrared pictures change as photographs do, in place and in the range of temperatures.

import type { RawPlane } from '@omnigrad/data';
import type { Augment } from '../contract.ts';
import { type PlaneAugment, planeAugment } from '../shared/plane-augment.ts';

export type InfraredAugment = PlaneAugment;

export const usualInfraredAugment: InfraredAugment = { crop: { scale: [0.5, 1] }, flip: 0.5, window: 0.1 };

/** Throws ArgumentError for strengths that cannot be. */
export const infraredAugment = (config: InfraredAugment): Augment<RawPlane> => planeAugment('infraredAugment', config);
