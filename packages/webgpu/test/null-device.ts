// Dawn's null device: there on every machine, runs nothing, and refuses all that WebGPU forbids. Tint reads WGSL on it as on a GPU.

import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);

/** Must stay reachable as long as the device is used. */
const instance = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);

/** With all features; its limits are what WebGPU promises everywhere. */
export const nullDevice = async (): Promise<GPUDevice> => {
  const adapter = await instance.requestAdapter();
  if (adapter === null) throw new Error('Dawn has no null backend here');
  return adapter.requestDevice({
    requiredFeatures: ['shader-f16', 'subgroups', 'timestamp-query', 'chromium-experimental-subgroup-matrix'].filter(
      (feature): feature is GPUFeatureName => adapter.features.has(feature),
    ),
  });
};
