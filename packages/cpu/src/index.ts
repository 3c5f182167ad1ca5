export {
  type CpuBackendInstance,
  type CpuBackendOptions,
  createCpuBackend,
  createCpuBackendAsync,
  hasRelaxedSimd,
} from './backend.ts';
