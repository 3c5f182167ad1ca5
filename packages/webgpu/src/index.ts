export { type Abilities, leastAbilities } from './abilities.ts';
export type { WebGpuBackendInstance } from './backend.ts';
export { createWebGpuBackend, type WebGpuBackendOptions } from './create.ts';
export type { AdapterChoice, AdapterReport } from './device.ts';
export { DeviceLostError, NoAdapterError } from './errors.ts';
export {
  type MatmulTile,
  type MatmulTileName,
  type MatmulTuning,
  matmulTiles,
  narrowTuning,
  tileSize,
  usualTuning,
} from './kernels/matmul.ts';
export { tuningName, tuningOf, tunings } from './kernels/tunings.ts';
export type { WarmUp } from './pipelines.ts';
export { createPlanningBackend, type PlanningBackend } from './planning.ts';
export type { GpuProfile, GpuProfileRow } from './profile.ts';
