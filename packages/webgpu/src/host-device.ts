// The type of a device in a program that has types of WebGPU from anywhere (lib.dom, @webgpu/types), and in one that has none.

/** GPUDevice where the program knows it. Declarations must not name a global type that may be missing, nor bring a second one. */
export type HostDevice = typeof globalThis extends { readonly GPUDevice: { readonly prototype: infer Device } }
  ? Device
  : { readonly lost: Promise<{ readonly reason: string; readonly message: string }>; destroy(): void };
