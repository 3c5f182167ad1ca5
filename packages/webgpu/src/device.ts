// Getting a GPU: the host's WebGPU (a page's, or Dawn from the npm package `webgpu` in Node), an adapter, and a device with all
// that the adapter can do.

import type { Abilities, Precision } from './abilities.ts';
import { NoAdapterError, oneLine } from './errors.ts';

export interface AdapterChoice {
  /** Default 'high-performance'. */
  readonly powerPreference?: 'high-performance' | 'low-power';
  /**
   * Also software adapters, which are slower than the CPU backend. Default false; OMNIGRAD_SOFTWARE_GPU=1 in Node's environment
   * says true.
   */
  readonly software?: boolean;
}

export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Computes on a processor. */
  readonly software: boolean;
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterReport;
  readonly abilities: Abilities;
  /** Dawn's instance. It must stay reachable as long as the device is used: Node 24 crashes otherwise. */
  readonly instance: object;
}

interface Host {
  readonly navigator?: { readonly gpu?: GPU };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly env?: Record<string, string | undefined>;
  };
}

const globals: object = globalThis;
const host = globals as Host;

/** The npm package, as far as it is used. */
interface DawnPackage {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: object;
}

const isNode = (): boolean => host.process?.versions?.node !== undefined;

/**
 * SwiftShader compiles a zero-initialised workgroup variable to one store a word, half a millisecond each: seconds a kernel. With this
 * off Dawn writes a loop in its place.
 */
const offForSoftware = ['use_vulkan_zero_initialize_workgroup_memory_extension'];

/** Dawn rounds times to 65.5 microseconds otherwise. */
const offForProfiles = ['timestamp_quantization'];

/** Dawn's experimental features are there under this alone. In a page the user sets a flag of the browser. */
const onForMatrices = ['allow_unsafe_apis'];

/** What a device is opened for, beside the choice of its adapter. */
export interface DeviceUse {
  readonly precision: Precision;
  readonly profile: boolean;
}

const gpuOfHost = async (software: boolean, { precision, profile }: DeviceUse): Promise<GPU> => {
  const ofPage = host.navigator?.gpu;
  if (ofPage !== undefined) return ofPage;
  if (!isNode()) {
    throw new NoAdapterError('webgpu', 'this page has no WebGPU; use a browser that has, over https or on localhost');
  }
  let dawn: DawnPackage;
  try {
    dawn = (await import('webgpu')) as DawnPackage;
  } catch (cause) {
    throw new NoAdapterError('webgpu', 'Node has no WebGPU of its own; npm install webgpu@0.6.2 gives it one', {
      cause,
    });
  }
  // GPUBufferUsage and its like, which pages have and Node has not
  Object.assign(globalThis, dawn.globals);
  const off = [...(software ? offForSoftware : []), ...(profile ? offForProfiles : [])];
  const on = precision === 'f16' ? onForMatrices : [];
  return dawn.create([`disable-dawn-features=${off.join(',')}`, `enable-dawn-features=${on.join(',')}`]);
};

const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render|warp/i;

const reportOf = ({ info }: GPUAdapter): AdapterReport => {
  const { vendor, architecture, description } = info;
  const fallback = 'isFallbackAdapter' in info && info.isFallbackAdapter === true;
  return {
    vendor,
    architecture,
    description,
    software: fallback || softwareNames.test(`${architecture} ${description} ${info.device}`),
  };
};

export const describeAdapter = ({ vendor, architecture, description }: AdapterReport): string =>
  [description, vendor, architecture].filter((part, i, all) => part !== '' && all.indexOf(part) === i).join(', ');

const matrices = 'chromium-experimental-subgroup-matrix';

/** An entry of Dawn's list of matrices that subgroups multiply. */
const isHalfMatrix = (config: unknown): boolean => {
  if (typeof config !== 'object' || config === null) return false;
  const wanted = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 };
  return Object.entries(wanted).every(([key, value]) => Reflect.get(config, key) === value);
};

const hasHalfMatrices = (info: GPUAdapterInfo): boolean => {
  const configs: unknown = 'subgroupMatrixConfigs' in info ? info.subgroupMatrixConfigs : null;
  return Array.isArray(configs) && configs.some(isHalfMatrix);
};

const abilitiesOf = (device: GPUDevice, adapter: GPUAdapter, precision: Precision): Abilities => {
  const { limits, features } = device;
  const { subgroupMinSize: least, subgroupMaxSize: most } = adapter.info;
  return {
    subgroups: features.has('subgroups') && least !== undefined && most !== undefined ? { least, most } : null,
    f16: features.has('shader-f16'),
    precision,
    halfMatrices: features.has('shader-f16') && features.has(matrices) && hasHalfMatrices(adapter.info),
    timestamps: features.has('timestamp-query'),
    workgroupSize: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    workgroupsPerAxis: limits.maxComputeWorkgroupsPerDimension,
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    maxBufferBytes: limits.maxBufferSize,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
  };
};

/** All that kernels here can use. */
const wantedFeatures = ['subgroups', 'shader-f16', 'timestamp-query'] as const;
const wantedOf = (precision: Precision): readonly string[] =>
  precision === 'f16' ? [...wantedFeatures, matrices] : wantedFeatures;
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;

const saysYes = (name: string): boolean => ['1', 'true'].includes(host.process?.env?.[name] ?? '');

/** Whether OMNIGRAD_SOFTWARE_GPU allows software adapters. */
const softwareByEnvironment = (): boolean => saysYes('OMNIGRAD_SOFTWARE_GPU');

/** Whether OMNIGRAD_DEBUG asks for errors that name ops. */
export const debugByEnvironment = (): boolean => saysYes('OMNIGRAD_DEBUG');

/** Throws NoAdapterError with the way out. */
export const openDevice = async (
  { powerPreference = 'high-performance', software = softwareByEnvironment() }: AdapterChoice = {},
  use: DeviceUse = { precision: 'f32', profile: false },
): Promise<OpenDevice> => {
  const { precision } = use;
  const instance = await gpuOfHost(software, use);
  const adapter = await instance.requestAdapter({ powerPreference });
  if (adapter === null) {
    throw new NoAdapterError('webgpu', 'no GPU was found; install its driver with Vulkan, or use the CPU backend');
  }
  const report = reportOf(adapter);
  if (report.software && !software) {
    throw new NoAdapterError(
      'webgpu',
      `the only adapter is software (${describeAdapter(report)}), slower than the CPU backend; ask for it by software: true or OMNIGRAD_SOFTWARE_GPU=1`,
    );
  }
  const device = await adapter
    .requestDevice({
      requiredFeatures: wantedOf(precision).filter((feature): feature is GPUFeatureName =>
        adapter.features.has(feature),
      ),
      requiredLimits: Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]])),
    })
    .catch((cause: unknown) => {
      const why = oneLine(String(cause));
      throw new NoAdapterError('webgpu', `the GPU (${describeAdapter(report)}) gives no device: ${why}`, { cause });
    });
  return { device, adapter: report, abilities: abilitiesOf(device, adapter, precision), instance };
};
