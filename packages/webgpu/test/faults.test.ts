// What goes wrong on a GPU: each ends in one named line, nothing hangs, and what was not computed is no value.

import { add, BackendError, DisposedError, ones, scope, type Tensor, tensor } from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebGpuBackend, DeviceLostError, type WebGpuBackendInstance } from '../src/index.ts';

let backend: WebGpuBackendInstance;
beforeEach(async () => {
  backend = await createWebGpuBackend({ software: true });
});
afterEach(() => {
  backend.dispose();
});

/** The error of a promise, or of a call; fails where there is none, or where it takes five seconds. */
const errorOf = async (work: () => unknown): Promise<Error> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(new Error('nothing came in five seconds')), 5000);
  });
  try {
    const result = await Promise.race([Promise.resolve().then(work), late]);
    throw result instanceof Error ? result : new Error(`no error, but ${String(result)}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
};

const vector = (values: readonly number[]): Tensor => tensor([...values], { backend });
/** Some steps of work on x, not started yet. */
const work = (x: Tensor): Tensor => scope(() => add(add(add(x, x), x), x));

describe('a lost GPU', () => {
  const lost =
    /^webgpu: the device was lost \(destroyed.*\) and its tensors with it; make a new backend and go on from the last checkpoint$/;

  it('ends the step it happens in and all that comes after', async () => {
    using x = vector([1, 2, 3]);
    await work(x).read();
    using y = work(x);
    backend.device.destroy();
    // nobody knows yet: the step goes on to its end
    using z = work(y);
    const error = await errorOf(() => z.read());
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error.message).toMatch(lost);
    for (const call of [
      () => work(x),
      () => vector([1]),
      () => x.read(),
      () => backend.flush(),
      () => backend.finish(),
    ]) {
      expect((await errorOf(call)).message).toMatch(lost);
    }
  });

  it('ends reads that are under way, and waiting', async () => {
    using x = vector([1, 2, 3]);
    const reads = [work(x).read(), work(x).read()];
    const errors = [...reads, backend.finish()].map((pending) => errorOf(() => pending));
    backend.device.destroy();
    for (const error of await Promise.all(errors)) expect(error.message).toMatch(lost);
  });

  it('is what ended a read that was aborted, also when the news of it come later', async () => {
    const { device } = backend;
    const createBuffer = device.createBuffer.bind(device);
    using x = vector([1, 2, 3]);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      buffer.mapAsync = () => {
        setTimeout(() => device.destroy(), 50);
        return Promise.reject(new DOMException('gone', 'AbortError'));
      };
      return buffer;
    };
    const error = await errorOf(() => x.read());
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error.message).toMatch(lost);
  });

  it('lets tensors be disposed of, and another backend begin', async () => {
    const x = vector([1, 2, 3]);
    backend.device.destroy();
    await errorOf(() => x.read());
    x.dispose();
    expect(backend.memory().inUse).toBe(0);
    backend.dispose();
    backend = await createWebGpuBackend({ software: true });
    using y = vector([1, 2, 3]);
    expect([...(await work(y).read())]).toEqual([4, 8, 12]);
  });

  it('is told while a replay is prepared', async () => {
    using x = vector([1]);
    const error = await errorOf(async () => {
      backend.device.destroy();
      await backend.device.lost;
      work(x);
    });
    expect(error).toBeInstanceOf(DeviceLostError);
  });
});

describe('a refused command', () => {
  const refused = /^webgpu: the GPU refused a command: [^\n]+$/;

  /** A dispatch with more workgroups than there may be: all that was recorded with it is dropped by WebGPU. */
  const wrong = (): void => {
    const { device } = backend;
    const module = device.createShaderModule({ code: '@compute @workgroup_size(1) fn main() {}' });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(device.createComputePipeline({ layout: 'auto', compute: { module } }));
    pass.dispatchWorkgroups(1e6);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };

  it('is an error at the next read, and no zeros', async () => {
    for (let i = 0; i < 20; i++) {
      using x = vector([1, 2, 3]);
      using y = work(x);
      wrong();
      const error = await errorOf(() => y.read());
      expect(error).toBeInstanceOf(BackendError);
      expect(error).not.toBeInstanceOf(DeviceLostError);
      expect(error.message).toMatch(refused);
      backend.dispose();
      backend = await createWebGpuBackend({ software: true });
    }
  });

  it('stays one: what depends on it is unknown', async () => {
    using x = vector([1, 2, 3]);
    wrong();
    expect((await errorOf(() => backend.finish())).message).toMatch(refused);
    for (const call of [() => x.read(), () => work(x), () => vector([1])]) {
      expect((await errorOf(call)).message).toMatch(refused);
    }
  });

  it('gives way to the loss of the GPU', async () => {
    using x = vector([1, 2, 3]);
    wrong();
    await errorOf(() => x.read());
    backend.device.destroy();
    await backend.device.lost;
    expect(await errorOf(() => x.read())).toBeInstanceOf(DeviceLostError);
  });

  it('may be the read itself', async () => {
    const { device } = backend;
    const createBuffer = device.createBuffer.bind(device);
    using x = vector([1, 2, 3]);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      buffer.mapAsync = () => Promise.reject(new Error('not\n now'));
      return buffer;
    };
    const error = await errorOf(() => x.read());
    expect(error).toBeInstanceOf(BackendError);
    expect(error.message).toBe('webgpu: a tensor could not be read back: Error: not now');
    device.createBuffer = createBuffer;
    // nothing else was refused
    expect([...(await x.read())]).toEqual([1, 2, 3]);
  });
});

describe('a kernel that does not compile', () => {
  it('ends the run that uses it, with file, line and column, and reads no zeros', async () => {
    const { device } = backend;
    const createShaderModule = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      createShaderModule({ ...descriptor, code: descriptor.code.replaceAll('fn main(', 'fn main(misprint') });
    using x = vector([1, 2, 3]);
    using y = work(x);
    const refused = /^webgpu: a kernel does not compile, elementwise\/\S+\.wgsl:\d+:\d+: [^\n]+$/;
    for (const call of [() => y.read(), () => x.read(), () => work(x), () => backend.finish()]) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(BackendError);
      expect(error).not.toBeInstanceOf(DeviceLostError);
      expect(error.message).toMatch(refused);
    }
  });
});

describe('memory', () => {
  it('has no room for a tensor that the adapter cannot bind, and says so before the GPU does', async () => {
    const { maxBufferBytes, maxBindingBytes } = backend.abilities;
    const most = Math.min(maxBufferBytes, maxBindingBytes);
    const error = await errorOf(() => ones([most / 4 + 1], { backend }));
    expect(error).toBeInstanceOf(BackendError);
    expect(error.message).toMatch(
      /^webgpu: a tensor of [\d.]+ [MG]iB was asked for, this adapter binds [\d.]+ [MG]iB at most; use a smaller batch or split it$/,
    );
    expect(backend.memory()).toMatchObject({ inUse: 0, buffers: 0 });
    using x = vector([1, 2]);
    expect([...(await work(x).read())]).toEqual([4, 8]);
  });

  it('ends at the limit that was set, and goes on when some is freed', async () => {
    backend.dispose();
    backend = await createWebGpuBackend({ software: true, memoryLimit: 4 << 20 });
    const x = ones([1 << 18], { backend });
    const y = ones([1 << 18], { backend });
    const z = ones([1 << 18], { backend });
    const error = await errorOf(() => ones([1 << 19], { backend }));
    expect(error).toBeInstanceOf(BackendError);
    expect(error.message).toMatch(
      /^webgpu: out of memory: 2\.00 MiB asked for, 3\.\d\d MiB in use of 4\.00 MiB; use a smaller batch or raise memoryLimit$/,
    );
    x.dispose();
    y.dispose();
    using more = ones([1 << 19], { backend });
    expect((await more.read()).every((v) => v === 1)).toBe(true);
    z.dispose();
  });
});

describe('a call that cannot be', () => {
  it('is told at once', async () => {
    using x = vector([1, 2, 3]);
    expect((await errorOf(() => x.readSync())).message).toBe(
      'webgpu: the GPU cannot be waited for; await read() in place of readSync()',
    );
    const other = await createWebGpuBackend({ software: true });
    using y = tensor([[1]], { backend: other });
    expect((await errorOf(() => backend.read(y.view('test')))).message).toBe(
      'webgpu: the buffer belongs to another backend',
    );
    expect((await errorOf(() => backend.upload(x.storage.handle, 8, new Float32Array(2)))).message).toBe(
      'webgpu: upload of 8 bytes at 8 does not fit a buffer of 12 bytes',
    );
    expect((await errorOf(() => backend.upload(x.storage.handle, 0, new Float64Array(1)))).message).toBe(
      'webgpu: this backend computes in float32, came f64; use the reference backend',
    );
    const { handle } = x.storage;
    x.dispose();
    expect((await errorOf(() => backend.upload(handle, 0, new Float32Array(1)))).message).toBe(
      'webgpu: the buffer was released',
    );
    other.dispose();
  });

  it('is told after dispose, also to reads that are under way', async () => {
    const x = vector([1, 2, 3]);
    const pending = x.read();
    backend.dispose();
    backend.dispose();
    for (const call of [() => pending, () => x.read(), () => vector([1]), () => work(x), () => backend.finish()]) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(DisposedError);
      expect(error.message).toBe('webgpu: the backend was disposed; create another');
    }
    x.dispose();
  });
});
