// A GPU for the tests in Node: SwiftShader, a software one that travels in a dev dependency, or with OMNIGRAD_GPU=native the
// machine's own. Its driver is found by variables that count only when a process starts, so tests get them from vitest.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extract } from 'tar-fs';
import { carrier, decompress, unpackOnce } from '../unpack.ts';

type Environment = Readonly<Record<string, string>>;

/** Says why there is no GPU, and the way out. */
export class NoGpu extends Error {
  override readonly name = 'NoGpu';
}

/** For a process that is to use SwiftShader: its folder is unpacked on first use (0.2 s, 7 MB). */
const swiftShader = async (): Promise<Environment> => {
  const { version } = JSON.parse(readFileSync(join(carrier(), 'package.json'), 'utf8')) as { readonly version: string };
  const folder = await unpackOnce(`swiftshader-${version}`, async (beside) => {
    await decompress('swiftshader.tar', extract(beside));
    // a Chromium that a test starts must not find these two in place of its own
    await Promise.all(['libEGL.so', 'libGLESv2.so'].map((name) => rm(join(beside, name))));
  });
  return {
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
    OMNIGRAD_SOFTWARE_GPU: '1',
  };
};

const environmentFor = (asked: string): Promise<Environment> | Environment => {
  // whoever names a driver by hand means it
  if (asked === 'native' || (asked === '' && process.env.VK_ICD_FILENAMES !== undefined)) return {};
  if (asked !== '') throw new NoGpu(`OMNIGRAD_GPU is ${asked}; wanted native, or nothing for the software adapter`);
  if (process.platform === 'linux' && process.arch === 'x64') return swiftShader();
  throw new NoGpu(
    "the software adapter that comes with the tests runs on Linux x64 only; OMNIGRAD_GPU=native takes this machine's GPU",
  );
};

const probe = `
  const { create } = await import('webgpu');
  const adapter = await create([]).requestAdapter();
  if (adapter !== null) process.stdout.write([adapter.info.description, adapter.info.vendor].find((s) => s !== '') ?? 'a GPU');
  process.exit(0);
`;
const home = fileURLToPath(new URL('../../packages/webgpu/', import.meta.url));

export interface TestGpu {
  /** What its driver calls it. */
  readonly name: string;
  /** What a process that uses it must be started with. */
  readonly env: Environment;
}

/** Throws NoGpu. */
export const findGpu = async (asked: string = process.env.OMNIGRAD_GPU ?? ''): Promise<TestGpu> => {
  const env = await environmentFor(asked);
  const name = await nameOfAdapter(env);
  if (name === '') throw new NoGpu('Dawn finds no adapter; install a Vulkan driver, or unset OMNIGRAD_GPU');
  return { name, env };
};

const nameOfAdapter = async (env: Environment): Promise<string> => {
  try {
    const options = { cwd: home, env: { ...process.env, ...env }, timeout: 30_000 };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', probe], options);
    return stdout;
  } catch (error) {
    const lines = String(error).split('\n');
    // the line that Node wrote, not the command that failed
    const why = lines.slice(1).find((line) => line.includes('Error')) ?? lines[0];
    throw new NoGpu(`the npm package webgpu does not start here (${why})`);
  }
};
