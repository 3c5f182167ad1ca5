// Numbers and names in the WebAssembly binary format (core specification 2.0, chapter 5), and the types of values.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export const valueTypeCode: { readonly [T in ValueType]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** LEB128 of a whole number in [0, 2^32). */
export const unsigned = (value: number): number[] => {
  if (value < 128) return [value];
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest & 127;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return out;
};

/** Signed LEB128 of an i32. */
export const signed32 = (value: number): number[] => {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    out.push(done ? low : low | 128);
    if (done) return out;
  }
};

/** Signed LEB128 of an i64. */
export const signed64 = (value: bigint): number[] => {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    out.push(done ? low : low | 128);
    if (done) return out;
  }
};

const scratch = new DataView(new ArrayBuffer(8));

export const float32 = (value: number): number[] => {
  scratch.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i));
};

export const float64 = (value: number): number[] => {
  scratch.setFloat64(0, value, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scratch.getUint8(i));
};

/** Length-prefixed ASCII name. */
export const name = (text: string): number[] => [...unsigned(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];

/** A vector of already encoded items. */
export const vector = (items: readonly (readonly number[])[]): number[] => {
  const out = unsigned(items.length);
  for (const item of items) for (const byte of item) out.push(byte);
  return out;
};

export const section = (id: number, body: readonly number[]): number[] => {
  const out = [id, ...unsigned(body.length)];
  for (const byte of body) out.push(byte);
  return out;
};
