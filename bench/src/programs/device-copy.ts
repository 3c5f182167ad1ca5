// What a pass over memory is measured against: the GPU's own copy from buffer to buffer, of the same bytes as the case copy.

import { createWebGpuBackend } from '@omnigrad/webgpu';
import { elementsOf, elementwiseInput } from '../elementwise.ts';
import { checkedElements, checksum } from '../operands.ts';
import { installedVersion, type Place, type Program, type Runner } from './program.ts';

const copy = async ({ machine }: Place): Promise<Runner> => {
  const { device } = await createWebGpuBackend();
  const size = 4 * elementsOf(machine);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [from, to] = [0, 1].map(() => device.createBuffer({ size, usage }));
  const input = elementwiseInput(machine);
  device.queue.writeBuffer(from, 0, input.buffer, input.byteOffset, input.byteLength);
  const submitCopy = (target: typeof to, bytes: number): void => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(target === to ? from : to, 0, target, 0, bytes);
    device.queue.submit([encoder.finish()]);
  };
  return {
    run: () => submitCopy(to, size),
    finish: async () => void (await device.queue.onSubmittedWorkDone()),
    result: async () => {
      const bytes = 4 * checkedElements;
      const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      submitCopy(staging, bytes);
      await staging.mapAsync(GPUMapMode.READ);
      const value = checksum(new Float32Array(staging.getMappedRange().slice(0)));
      staging.destroy();
      return value;
    },
  };
};

export const load = (): Program => ({
  backend: 'copyBufferToBuffer',
  version: installedVersion('webgpu'),
  runners: { elementwise: copy },
});
