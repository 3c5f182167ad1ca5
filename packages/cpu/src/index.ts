export type { CpuBackendInstance } from './backend.ts';
export { type CpuBackendOptions, createCpuBackend, createCpuBackendAsync, hasRelaxedSimd } from './create.ts';
export { type Ceilings, type Profile, type ProfiledBackend, type ProfileRow, profileBackend } from './profile.ts';
