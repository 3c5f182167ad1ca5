// Typed WebAssembly instructions as expression trees: every value knows its type and its code. An expression used twice is
// emitted twice; bind it with FunctionBuilder.let to compute it once. Only the instructions our kernels use are here.

import { float32, float64, signed32, signed64, unsigned, type ValueType } from './encoding.ts';

/** Bytes, as a tree: joining two expressions copies nothing. */
export type Code = readonly (number | Code)[];

export interface Expr<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}

export type I32 = Expr<'i32'>;
export type I64 = Expr<'i64'>;
export type F32 = Expr<'f32'>;
export type F64 = Expr<'f64'>;
export type V128 = Expr<'v128'>;
/** Wherever an i32 is wanted a plain number is a constant. */
export type I32Like = I32 | number;

const node = <T extends ValueType>(type: T, ...code: Code): Expr<T> => ({ type, code });

const i32Const = (value: number): I32 => node('i32', 0x41, signed32(value));
export const asI32 = (value: I32Like): I32 => (typeof value === 'number' ? i32Const(value) : value);

/** Bytes of an opcode: one, or the SIMD prefix and a LEB128 number. */
type Opcode = readonly number[];
const simd = (op: number): Opcode => [0xfd, ...unsigned(op)];

const i32Binary =
  (op: number) =>
  (a: I32Like, b: I32Like): I32 =>
    node('i32', asI32(a).code, asI32(b).code, [op]);

const binary =
  <T extends ValueType, R extends ValueType>(_type: T, result: R, op: Opcode) =>
  (a: Expr<T>, b: Expr<T>): Expr<R> =>
    node(result, a.code, b.code, op);

const unary =
  <T extends ValueType, R extends ValueType>(_type: T, result: R, op: Opcode) =>
  (a: Expr<T>): Expr<R> =>
    node(result, a.code, op);

const memArg = (align: number, offset: number): number[] => [align, ...unsigned(offset)];

const load =
  <R extends ValueType>(result: R, op: Opcode, align: number) =>
  (address: I32Like, offset = 0): Expr<R> =>
    node(result, asI32(address).code, op, memArg(align, offset));

/** Instructions of the threads proposal; they also work on a memory that is not shared, but for waits, which trap there. */
const threads = (op: number): Opcode => [0xfe, op];

const shift =
  (op: number) =>
  (a: V128, by: I32Like): V128 =>
    node('v128', a.code, asI32(by).code, simd(op));

export const select = <T extends 'i32' | 'i64' | 'f32' | 'f64'>(
  condition: I32Like,
  yes: Expr<T>,
  no: Expr<T>,
): Expr<T> => node(yes.type, yes.code, no.code, asI32(condition).code, [0x1b]);

export const i32 = {
  const: i32Const,
  add: i32Binary(0x6a),
  sub: i32Binary(0x6b),
  mul: i32Binary(0x6c),
  divU: i32Binary(0x6e),
  remU: i32Binary(0x70),
  and: i32Binary(0x71),
  or: i32Binary(0x72),
  xor: i32Binary(0x73),
  shl: i32Binary(0x74),
  shrS: i32Binary(0x75),
  shrU: i32Binary(0x76),
  eq: i32Binary(0x46),
  ne: i32Binary(0x47),
  ltS: i32Binary(0x48),
  ltU: i32Binary(0x49),
  gtS: i32Binary(0x4a),
  gtU: i32Binary(0x4b),
  leS: i32Binary(0x4c),
  leU: i32Binary(0x4d),
  geS: i32Binary(0x4e),
  geU: i32Binary(0x4f),
  eqz: (a: I32Like): I32 => node('i32', asI32(a).code, [0x45]),
  load: load('i32', [0x28], 2),
  reinterpretF32: unary('f32', 'i32', [0xbc]),
  wrapI64: unary('i64', 'i32', [0xa7]),
};

/** Sequentially consistent accesses; addresses must be aligned to the width. */
export const atomic = {
  load: load('i32', threads(0x10), 2),
  loadI64: load('i64', threads(0x11), 3),
  /** The value before `by` was added. */
  add: (address: I32Like, by: I32Like, offset = 0): I32 =>
    node('i32', asI32(address).code, asI32(by).code, threads(0x1e), memArg(2, offset)),
  /** Sleeps while the word is `expected`: 0 woken, 1 the word differed, 2 timed out. Traps where a thread may not sleep. */
  wait: (address: I32Like, expected: I32, nanoseconds: I64, offset = 0): I32 =>
    node('i32', asI32(address).code, expected.code, nanoseconds.code, threads(0x01), memArg(2, offset)),
  /** Wakes up to `count` sleepers and gives their number. */
  notify: (address: I32Like, count: I32Like, offset = 0): I32 =>
    node('i32', asI32(address).code, asI32(count).code, threads(0x00), memArg(2, offset)),
};

export const i64 = {
  const: (value: bigint): I64 => node('i64', [0x42], signed64(value)),
  add: binary('i64', 'i64', [0x7c]),
  mul: binary('i64', 'i64', [0x7e]),
  shl: binary('i64', 'i64', [0x86]),
  shrU: binary('i64', 'i64', [0x88]),
  or: binary('i64', 'i64', [0x84]),
  extendI32U: unary('i32', 'i64', [0xad]),
};

export const f32 = {
  const: (value: number): F32 => node('f32', [0x43], float32(value)),
  load: load('f32', [0x2a], 2),
  add: binary('f32', 'f32', [0x92]),
  sub: binary('f32', 'f32', [0x93]),
  mul: binary('f32', 'f32', [0x94]),
  div: binary('f32', 'f32', [0x95]),
  min: binary('f32', 'f32', [0x96]),
  max: binary('f32', 'f32', [0x97]),
  sqrt: unary('f32', 'f32', [0x91]),
  neg: unary('f32', 'f32', [0x8c]),
  eq: binary('f32', 'i32', [0x5b]),
  ne: binary('f32', 'i32', [0x5c]),
  lt: binary('f32', 'i32', [0x5d]),
  gt: binary('f32', 'i32', [0x5e]),
  convertI32S: unary('i32', 'f32', [0xb2]),
  convertI32U: unary('i32', 'f32', [0xb3]),
  demoteF64: unary('f64', 'f32', [0xb6]),
};

export const f64 = {
  const: (value: number): F64 => node('f64', [0x44], float64(value)),
  add: binary('f64', 'f64', [0xa0]),
  sub: binary('f64', 'f64', [0xa1]),
  mul: binary('f64', 'f64', [0xa2]),
  div: binary('f64', 'f64', [0xa3]),
  sqrt: unary('f64', 'f64', [0x9f]),
  /** NaN if either is NaN. */
  max: binary('f64', 'f64', [0xa5]),
  load: load('f64', [0x2b], 3),
  promoteF32: unary('f32', 'f64', [0xbb]),
  ne: binary('f64', 'i32', [0x62]),
  convertI32U: unary('i32', 'f64', [0xb8]),
};

const vv = (op: number) => binary('v128', 'v128', simd(op));
const v = (op: number) => unary('v128', 'v128', simd(op));

export const v128 = {
  load: load('v128', simd(0), 4),
  load32Splat: load('v128', simd(9), 2),
  load32Zero: load('v128', simd(92), 2),
  load64Zero: load('v128', simd(93), 3),
  load32Lane: (address: I32Like, vector: V128, lane: number, offset = 0): V128 =>
    node('v128', asI32(address).code, vector.code, simd(86), memArg(2, offset), [lane]),
  not: v(77),
  and: vv(78),
  andnot: vv(79),
  or: vv(80),
  xor: vv(81),
  /** Bits of `yes` where the mask is 1, of `no` where it is 0. */
  bitselect: (yes: V128, no: V128, mask: V128): V128 => node('v128', yes.code, no.code, mask.code, simd(82)),
  anyTrue: unary('v128', 'i32', simd(83)),
  /** Lane i of the result is lane `lanes[i]` of the eight 32-bit lanes of a then b. */
  shuffle32: (a: V128, b: V128, lanes: readonly [number, number, number, number]): V128 =>
    node(
      'v128',
      a.code,
      b.code,
      simd(13),
      lanes.flatMap((lane) => [lane * 4, lane * 4 + 1, lane * 4 + 2, lane * 4 + 3]),
    ),
};

export const i32x4 = {
  splat: (a: I32Like): V128 => node('v128', asI32(a).code, simd(17)),
  const: (value: number): V128 => {
    const lane = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255];
    return node('v128', simd(12), lane, lane, lane, lane);
  },
  constLanes: (values: readonly [number, number, number, number]): V128 =>
    node(
      'v128',
      simd(12),
      values.flatMap((x) => [x & 255, (x >>> 8) & 255, (x >>> 16) & 255, (x >>> 24) & 255]),
    ),
  extractLane: (a: V128, lane: number): I32 => node('i32', a.code, simd(27), [lane]),
  eq: vv(55),
  ne: vv(56),
  ltS: vv(57),
  ltU: vv(58),
  gtS: vv(59),
  gtU: vv(60),
  leS: vv(61),
  leU: vv(62),
  geS: vv(63),
  geU: vv(64),
  shl: shift(171),
  shrS: shift(172),
  shrU: shift(173),
  add: vv(174),
  sub: vv(177),
  mul: vv(181),
  minU: vv(183),
  maxS: vv(184),
  truncSatF32x4S: v(248),
  truncSatF32x4U: v(249),
};

export const i64x2 = {
  mul: vv(213),
  shl: shift(203),
  shrU: shift(205),
  add: vv(206),
  sub: vv(209),
  const: (value: bigint): V128 => {
    const bytes = Array.from({ length: 8 }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 255n));
    return node('v128', simd(12), bytes, bytes);
  },
  extmulLowI32x4U: vv(222),
  extmulHighI32x4U: vv(223),
};

export const f32x4 = {
  splat: unary('f32', 'v128', simd(19)),
  const: (value: number): V128 =>
    node('v128', simd(12), float32(value), float32(value), float32(value), float32(value)),
  extractLane: (a: V128, lane: number): F32 => node('f32', a.code, simd(31), [lane]),
  eq: vv(65),
  ne: vv(66),
  lt: vv(67),
  gt: vv(68),
  le: vv(69),
  ge: vv(70),
  abs: v(224),
  neg: v(225),
  sqrt: v(227),
  add: vv(228),
  sub: vv(229),
  mul: vv(230),
  div: vv(231),
  /** NaN if either is NaN. */
  min: vv(232),
  max: vv(233),
  /** b < a ? b : a and a < b ? b : a: one instruction on most machines, and NaN in `a` stays. */
  pmin: vv(234),
  pmax: vv(235),
  ceil: v(103),
  floor: v(104),
  trunc: v(105),
  nearest: v(106),
  convertI32x4S: v(250),
  convertI32x4U: v(251),
  /** The two doubles rounded into lanes 0 and 1, zeros above. */
  demoteF64x2Zero: v(94),
  /** a · b + c with one or two roundings, as the machine likes (relaxed SIMD). */
  relaxedMadd: (a: V128, b: V128, c: V128): V128 => node('v128', a.code, b.code, c.code, simd(0x105)),
};

export const f64x2 = {
  const: (value: number): V128 => node('v128', simd(12), float64(value), float64(value)),
  splat: unary('f64', 'v128', simd(20)),
  extractLane: (a: V128, lane: number): F64 => node('f64', a.code, simd(33), [lane]),
  eq: vv(71),
  lt: vv(73),
  gt: vv(74),
  ge: vv(76),
  abs: v(236),
  sqrt: v(239),
  add: vv(240),
  sub: vv(241),
  mul: vv(242),
  div: vv(243),
  pmin: vv(246),
  pmax: vv(247),
  nearest: v(0x94),
  promoteLowF32x4: v(95),
};
