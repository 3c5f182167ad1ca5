// A GPU that fails as it is told, as navigator.gpu: Dawn's null device, which takes and validates every command and runs none. All that
// is read from it is 2^-10. So that what stands on a GPU can be seen to fail in no time, on any machine.

import { create, globals } from 'webgpu';

type Device = Awaited<ReturnType<GPUAdapter['requestDevice']>>;

export interface Faults {
  /** Adapters that are to be had, one after the other; default: any number. */
  readonly adapters?: number;
  /** Asked at every submit: whether the device of adapter i is destroyed with it. */
  readonly lost?: (adapter: number) => boolean;
  /** Asked at every submit: whether a command that WebGPU forbids comes with it. */
  readonly refused?: () => boolean;
  /** Asked at every read: whether it fails. */
  readonly unreadable?: () => boolean;
  /** Bytes of a buffer, at most. */
  readonly mostBytes?: number;
  /** Text at the end of this shader. */
  readonly misprint?: { readonly label: string; readonly text: string };
}

/** What is read. */
export const readValue = 2 ** -10;

/** More workgroups than there may be. */
const forbidden = (device: Device): GPUCommandBuffer => {
  const module = device.createShaderModule({ code: '@compute @workgroup_size(1) fn main() {}' });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(device.createComputePipeline({ layout: 'auto', compute: { module } }));
  pass.dispatchWorkgroups(1e6);
  pass.end();
  return encoder.finish();
};

const spoil = (device: Device, adapter: number, faults: Faults): void => {
  const { lost, refused, unreadable, mostBytes, misprint } = faults;
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  queue.submit = (commands) => {
    submit(commands);
    if (refused?.()) submit([forbidden(device)]);
    if (lost?.(adapter)) device.destroy();
    return undefined;
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    if ((descriptor.usage & GPUBufferUsage.MAP_READ) === 0) return buffer;
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (mode) => (unreadable?.() ? Promise.reject(new Error('not now')) : mapAsync(mode));
    buffer.getMappedRange = () => new Float32Array(descriptor.size / 4).fill(readValue).buffer;
    return buffer;
  };
  const createShaderModule = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) =>
    createShaderModule(
      misprint !== undefined && descriptor.label === misprint.label
        ? { ...descriptor, code: `${descriptor.code}\n${misprint.text}` }
        : descriptor,
    );
  if (mostBytes === undefined) return;
  const { limits } = device;
  Object.defineProperty(device, 'limits', {
    value: new Proxy(limits, {
      get: (target, name) => (name === 'maxBufferSize' ? mostBytes : Reflect.get(target, name, target)),
    }),
  });
};

/** Makes it this process's navigator.gpu, in place of the one before. */
export const installFaultyGpu = (faults: Faults): void => {
  Object.assign(globalThis, globals);
  const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  let adapters = 0;
  gpu.requestAdapter = async (options) => {
    const number = adapters++;
    const adapter = number < (faults.adapters ?? Number.POSITIVE_INFINITY) ? await requestAdapter(options) : null;
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      spoil(device, number, faults);
      return device;
    };
    return adapter;
  };
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
};
