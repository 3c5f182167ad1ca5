// A small typed assembler for WebAssembly.

export type { ValueType } from './encoding.ts';
export { FunctionBuilder, type FunctionRef, type Local, type Signature } from './function-builder.ts';
export {
  atomic,
  type Expr,
  type F32,
  type F64,
  f32,
  f32x4,
  f64,
  f64x2,
  type I32,
  type I32Like,
  type I64,
  i32,
  i32x4,
  i64,
  i64x2,
  select,
  type V128,
  v128,
} from './instructions.ts';
export {
  type MemoryImport,
  ModuleBuilder,
  type ModuleOptions,
  type ParamLocals,
  type Params,
} from './module-builder.ts';
