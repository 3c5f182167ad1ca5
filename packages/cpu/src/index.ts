export {
  type CpuBackendInstance,
  type CpuBackendOptions,
  createCpuBackend,
  createCpuBackendAsync,
  hasRelaxedSimd,
} from './backend.ts';
export { type Ceilings, type Profile, type ProfiledBackend, type ProfileRow, profileBackend } from './profile.ts';
