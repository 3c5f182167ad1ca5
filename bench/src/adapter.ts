// Which GPU the programs get. Drivers are found by variables that count when a process starts, so this one sets its own
// environment for those it starts.

import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { UsageError } from './options.ts';

export interface Gpu {
  /** Its model where the driver tells, as nvidia-h100-80gb-hbm3. */
  readonly name: string;
  readonly software: boolean;
  /** For people. */
  readonly line: string;
}

type Environment = Readonly<Record<string, string>>;

const tools = new URL('../../tools/gpu/adapter.ts', import.meta.url);

/** Of tools/gpu, which is no package. */
interface Finder {
  findGpu(asked: string): Promise<{ readonly name: string; readonly env: Environment }>;
}

const isNoGpu = (error: unknown): error is Error => error instanceof Error && error.name === 'NoGpu';

/** Where the tests find their GPU. It needs what `npm test` installs. */
const finder = async (): Promise<Finder> => {
  try {
    createRequire(tools).resolve('tar-fs');
  } catch {
    const setup = new URL('../../scripts/setup.mjs', import.meta.url).href;
    const code = `import { ensureInstalled } from '${setup}'; ensureInstalled('dev', 'the software GPU of the tests');`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'inherit' });
    if (status !== 0) throw new UsageError('bench: no GPU: what `npm test` installs is missing');
  }
  return (await import(tools.href)) as Finder;
};

const probe = `
  const { create } = await import('webgpu');
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  const { device, description, vendor } = adapter?.info ?? {};
  process.stdout.write(JSON.stringify({ device, description, vendor }));
  process.exit(0);
`;

interface Info {
  readonly device?: string;
  readonly description?: string;
  readonly vendor?: string;
}

const infoOf = (env: Environment): Info => {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 30_000 } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', probe], options)) as Info;
};

const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render|warp/i;

const described = ({ device = '', description = '', vendor = '' }: Info, env: Environment): Gpu => {
  const name = device || description || vendor;
  const software = softwareNames.test(`${device} ${description}`);
  const driver = [description, vendor].filter((part) => part !== '' && part !== name).join(', ');
  const known = driver === '' ? name : `${name} (${driver})`;
  const unpacked = env.OMNIGRAD_SOFTWARE_GPU === '1' ? ', the one that the tests unpack' : '';
  const line = software
    ? `software adapter ${known}${unpacked}: it computes on the processor, so sizes are cut, and only ratios mean something`
    : known;
  return { name, software, line };
};

const isOn = (name: string): boolean => ['1', 'true'].includes(process.env[name] ?? '');

/**
 * The machine's GPU, or where there is none a software adapter. OMNIGRAD_GPU=native takes whatever the machine's driver gives,
 * OMNIGRAD_SOFTWARE_GPU=1 a software adapter. Throws UsageError with one line.
 */
export const chooseGpu = async (): Promise<Gpu> => {
  const { findGpu } = await finder();
  const asked = process.env.OMNIGRAD_GPU ?? '';
  const take = (env: Environment): Gpu => {
    const gpu = described(infoOf(env), env);
    Object.assign(process.env, env, gpu.software ? { OMNIGRAD_SOFTWARE_GPU: '1' } : {});
    return gpu;
  };
  try {
    if (asked === '' && !isOn('OMNIGRAD_SOFTWARE_GPU')) {
      const native = await findGpu('native').catch((error: unknown) => {
        if (isNoGpu(error)) return null;
        throw error;
      });
      if (native !== null && !softwareNames.test(native.name)) return take(native.env);
    }
    return take((await findGpu(asked)).env);
  } catch (error) {
    if (isNoGpu(error)) throw new UsageError(`bench: no GPU: ${error.message}`);
    throw error;
  }
};
