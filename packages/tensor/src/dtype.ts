// Element types. Every type but f64 takes four bytes on every backend; `bool` is stored as u32 0 or 1.

export const dtypes = ['f32', 'f64', 'i32', 'u32', 'bool'] as const;
export type DType = (typeof dtypes)[number];
export type FloatDType = 'f32' | 'f64';

export interface DTypeArrays {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  bool: Uint32Array;
}
export type NumericArray = DTypeArrays[DType];

export const bytesPerElement: { readonly [D in DType]: number } = { f32: 4, f64: 8, i32: 4, u32: 4, bool: 4 };

export const isFloat = (dtype: DType): dtype is FloatDType => dtype === 'f32' || dtype === 'f64';

/** A zeroed typed array of `length` elements for `dtype`, or a view on `buffer` from byte `offset`. */
export const arrayOf = (dtype: DType, length: number, buffer?: ArrayBufferLike, offset = 0): NumericArray => {
  const from = buffer ?? new ArrayBuffer(length * bytesPerElement[dtype]);
  switch (dtype) {
    case 'f32':
      return new Float32Array(from, offset, length);
    case 'f64':
      return new Float64Array(from, offset, length);
    case 'i32':
      return new Int32Array(from, offset, length);
    case 'u32':
    case 'bool':
      return new Uint32Array(from, offset, length);
  }
};
