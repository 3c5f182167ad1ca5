// What a plan may ask of an adapter, as plain data: choosing kernels needs no device and is tested without one.

export interface Abilities {
  /** Subgroup operations, and the sizes that subgroups may have; null without them. */
  readonly subgroups: { readonly least: number; readonly most: number } | null;
  /** The language has f16, and buffers may hold it. */
  readonly f16: boolean;
  readonly timestamps: boolean;
  /** Invocations of a workgroup, at most. */
  readonly workgroupSize: number;
  /** Bytes of workgroup memory, at most. */
  readonly workgroupBytes: number;
  /** Workgroups along an axis of a dispatch, at most. */
  readonly workgroupsPerAxis: number;
  /** Storage buffers of a kernel, at most. */
  readonly storageBuffers: number;
  readonly maxBufferBytes: number;
  readonly maxBindingBytes: number;
}

/** What WebGPU promises everywhere. */
export const leastAbilities: Abilities = {
  subgroups: null,
  f16: false,
  timestamps: false,
  workgroupSize: 256,
  workgroupBytes: 16384,
  workgroupsPerAxis: 65535,
  storageBuffers: 8,
  maxBufferBytes: 268435456,
  maxBindingBytes: 134217728,
};
