// No GPU to be had in Node, and a kernel that does not compile: the modules that are missing or wrong are exchanged.

import { afterEach, expect, it, vi } from 'vitest';
import type { WgslName } from '../../src/wgsl.ts';

afterEach(() => {
  vi.doUnmock('webgpu');
  vi.doUnmock('../../src/wgsl-files.ts');
  vi.resetModules();
  vi.unstubAllEnvs();
});

const fresh = async () => await import('../../src/index.ts');
const errorOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    (result) => new Error(`no error, but ${String(result)}`),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );

/** As the npm package, with an adapter of our choice. */
const pretend = (adapter: object | null): void => {
  vi.doMock('webgpu', () => ({ create: () => ({ requestAdapter: async () => adapter }), globals: {} }));
};

it('names the package that is missing', async () => {
  vi.doMock('webgpu', () => {
    throw Object.assign(new Error("Cannot find package 'webgpu'"), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  const { createWebGpuBackend, NoAdapterError } = await fresh();
  const error = await errorOf(createWebGpuBackend());
  expect(error).toBeInstanceOf(NoAdapterError);
  expect(error.message).toBe('webgpu: Node has no WebGPU of its own; npm install webgpu@0.6.2 gives it one');
});

it('says that there is no adapter, and the way out', async () => {
  pretend(null);
  const { createWebGpuBackend, NoAdapterError } = await fresh();
  const error = await errorOf(createWebGpuBackend());
  expect(error).toBeInstanceOf(NoAdapterError);
  expect(error.message).toBe('webgpu: no GPU was found; install its driver with Vulkan, or use the CPU backend');
});

it('takes no software adapter that was not asked for', async () => {
  vi.stubEnv('OMNIGRAD_SOFTWARE_GPU', '');
  pretend({ info: { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader', device: '' } });
  const { createWebGpuBackend, NoAdapterError } = await fresh();
  const error = await errorOf(createWebGpuBackend());
  expect(error).toBeInstanceOf(NoAdapterError);
  expect(error.message).toBe(
    'webgpu: the only adapter is software (SwiftShader, google, swiftshader), slower than the CPU backend; ask for it by software: true or OMNIGRAD_SOFTWARE_GPU=1',
  );
});

it('says which adapter gives no device', async () => {
  pretend({
    info: { vendor: 'acme', architecture: '', description: '', device: '' },
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error('consumed\nalready')),
  });
  const { createWebGpuBackend, NoAdapterError } = await fresh();
  const error = await errorOf(createWebGpuBackend());
  expect(error).toBeInstanceOf(NoAdapterError);
  expect(error.message).toBe('webgpu: the GPU (acme) gives no device: Error: consumed already');
});

it('names file and line of a kernel that does not compile, and reads no zeros', async () => {
  const name: WgslName = 'index/upload';
  vi.doMock('../../src/wgsl-files.ts', async (original) => {
    const { wgslFiles } = await original<typeof import('../../src/wgsl-files.ts')>();
    return { wgslFiles: { ...wgslFiles, [name]: wgslFiles[name].replace('= u.words', '= 0.5 * u.words') } };
  });
  const { createWebGpuBackend } = await fresh();
  const line = (await import('../../src/wgsl-files.ts')).wgslFiles[name]
    .split('\n')
    .findIndex((text) => text.includes('0.5 *'));
  const { BackendError, tensor } = await import('@omnigrad/tensor');
  const backend = await createWebGpuBackend({ software: true });
  using x = tensor([1, 2, 3], { backend });
  const first = x.read();
  // while the read is recorded, an upload is a kernel
  using y = tensor([4, 5, 6], { backend });
  const errors = await Promise.all([errorOf(y.read()), errorOf(first), errorOf(backend.finish())]);
  for (const error of errors) {
    expect(error).toBeInstanceOf(BackendError);
    expect(error.message).toMatch(
      new RegExp(
        `^webgpu: a kernel does not compile, index/upload\\.wgsl:${line + 1}:\\d+: no matching overload[^\\n]*$`,
      ),
    );
  }
  backend.dispose();
});
