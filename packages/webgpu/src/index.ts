export type { Abilities } from './abilities.ts';
export type { WebGpuBackendInstance } from './backend.ts';
export { createWebGpuBackend, type WebGpuBackendOptions } from './create.ts';
export type { AdapterChoice, AdapterReport } from './device.ts';
export { DeviceLostError, NoAdapterError } from './errors.ts';
