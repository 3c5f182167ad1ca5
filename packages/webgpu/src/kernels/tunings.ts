// What is known of the speed of adapters, by vendor and architecture as WebGPU names them. `npm run bench -- tune` measures an adapter
// and prints an entry.

import type { AdapterReport } from '../device.ts';
import { type MatmulTuning, narrowTuning, usualTuning } from './matmul.ts';

export const tunings: { readonly [adapter: string]: MatmulTuning } = {
  'nvidia-hopper': usualTuning,
  'google-swiftshader': narrowTuning,
};

/** `nvidia-hopper`. */
export const tuningName = ({ vendor, architecture }: Pick<AdapterReport, 'vendor' | 'architecture'>): string =>
  `${vendor}-${architecture}`;

/** Undefined for an adapter that nobody has measured: abilities choose then (matmul.ts). */
export const tuningOf = (adapter: Pick<AdapterReport, 'vendor' | 'architecture'>): MatmulTuning | undefined => {
  const name = tuningName(adapter);
  return Object.hasOwn(tunings, name) ? tunings[name] : undefined;
};
