export { type CpuBackendOptions, createCpuBackend, createCpuBackendAsync, hasRelaxedSimd } from './backend.ts';
