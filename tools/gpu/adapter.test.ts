import { existsSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { findGpu, NoGpu } from './adapter.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NoGpu);
  return error instanceof NoGpu ? error.message : '';
};

it.runIf(process.platform === 'linux' && process.arch === 'x64')('unpacks a software adapter that starts', async () => {
  // these tests run with that very adapter, or with the machine's
  vi.stubEnv('VK_ICD_FILENAMES', undefined);
  vi.stubEnv('LD_LIBRARY_PATH', undefined);
  const [found, again] = await Promise.all([findGpu(''), findGpu('')]);
  expect(again).toEqual(found);
  expect(found.name).toMatch(/SwiftShader/);
  expect(found.env.OMNIGRAD_SOFTWARE_GPU).toBe('1');
  expect(existsSync(`${found.env.LD_LIBRARY_PATH}/libvulkan.so.1`)).toBe(true);
  expect(existsSync(`${found.env.LD_LIBRARY_PATH}/libEGL.so`)).toBe(false);
});

it('leaves a driver that was chosen by hand, and says in one line what is wrong', async () => {
  expect(await messageOf(findGpu('swift'))).toBe(
    'OMNIGRAD_GPU is swift; wanted native, or nothing for the software adapter',
  );
  vi.stubEnv('VK_ICD_FILENAMES', '/nowhere.json');
  vi.stubEnv('VK_DRIVER_FILES', undefined);
  if (process.platform === 'linux') {
    expect(await messageOf(findGpu(''))).toBe('Dawn finds no adapter; install a Vulkan driver, or unset OMNIGRAD_GPU');
  }
});
