// What a plan may ask of an adapter, as plain data: choosing kernels needs no device and is tested without one.

/** What the operands of a matrix product may be rounded to. */
export type Precision = 'f32' | 'f16';

export interface Abilities {
  /** Subgroup operations, and the sizes that subgroups may have; null without them. */
  readonly subgroups: { readonly least: number; readonly most: number } | null;
  /** The language has f16, and buffers may hold it. */
  readonly f16: boolean;
  /** f16 only where the user asked for it. */
  readonly precision: Precision;
  /** Subgroups multiply matrices of 16 x 16 f16 and add them in f32 (Chromium's experimental subgroup matrices); asked for with precision f16 only. */
  readonly halfMatrices: boolean;
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
  precision: 'f32',
  halfMatrices: false,
  timestamps: false,
  workgroupSize: 256,
  workgroupBytes: 16384,
  workgroupsPerAxis: 65535,
  storageBuffers: 8,
  maxBufferBytes: 268435456,
  maxBindingBytes: 134217728,
};

/** Whether subgroups are the four lanes of a processor's vectors: workgroup memory and barriers then cost more than they spare. */
export const isProcessor = ({ subgroups }: Pick<Abilities, 'subgroups'>): boolean =>
  subgroups !== null && subgroups.most <= 4;
