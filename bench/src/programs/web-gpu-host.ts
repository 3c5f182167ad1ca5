// A GPU for peers that expect a page: navigator.gpu, from Dawn as this engine takes it.

interface Watched {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: Error }) => void): void;
}

let refused: string | null = null;

/** Before a peer is imported that looks for it. */
export const exposeGpu = async (): Promise<void> => {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const software = process.env.OMNIGRAD_SOFTWARE_GPU === '1';
  // as in packages/webgpu/src/device.ts: without it SwiftShader takes seconds to compile some kernels
  const flags = software ? ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'] : [];
  const navigator = { userAgent: 'Node.js', gpu: create(flags) };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
};

/** A GPU that refuses a command goes on, and leaves zeros behind. */
export const watch = (device: Watched): void => {
  device.addEventListener('uncapturederror', ({ error }) => {
    refused ??= error.message.split('\n')[0];
  });
};

/** Throws what a watched device refused since the last call. */
export const checkRefusals = (): void => {
  if (refused === null) return;
  const message = `the GPU refused a command: ${refused}`;
  refused = null;
  throw new Error(message);
};
