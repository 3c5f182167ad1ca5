import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, decodeSafetensors, encodeSafetensors, type SafeTensor } from '../src/index.ts';
import { errorOf } from './fixtures.ts';

/** A file from a raw header, which may be wrong, and so many data bytes. */
function fileOf(header: string, dataBytes: number, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (shape: string, begin: number, end: number, dtype = 'F32'): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const tensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(sizes, fc.constantFrom('F32', 'F64', 'I32', 'U32', 'U8'), fc.integer())
  .map(([shape, dtype, seed]) => {
    const values = Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, at) => seed + at * 7);
    const data = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array }[
      dtype
    ].from(values);
    return { dtype, shape, data };
  });
const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', 'é', '"\\\n'));

describe('safetensors', () => {
  it('round-trips any tensors, names and metadata', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor)), fc.array(fc.tuple(name, fc.string())), (pairs, extra) => {
        const tensors = new Map(pairs.filter(([key]) => key !== '__metadata__'));
        const metadata: Record<string, string> = Object.fromEntries(extra);
        const bytes = encodeSafetensors(tensors, metadata);
        const back = decodeSafetensors(bytes, 'x');
        expect([...back.tensors.keys()]).toEqual([...tensors.keys()].sort());
        for (const [key, value] of tensors) expect(back.tensors.get(key)).toEqual(value);
        expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort());
        // Independent of the order of insertion, and of where the file lies in memory.
        expect(encodeSafetensors(new Map([...tensors].reverse()), metadata)).toEqual(bytes);
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        expect(decodeSafetensors(shifted.subarray(3), 'x')).toEqual(back);
      }),
    );
  });

  it('writes the documented bytes', () => {
    const tensors = new Map<string, SafeTensor>([
      ['b', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }],
      ['a', { dtype: 'U8', shape: [1], data: Uint8Array.of(6) }],
      ['c', { dtype: 'F32', shape: [], data: Float32Array.of(1) }],
    ]);
    const bytes = encodeSafetensors(tensors, { k: 'v' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)).trimEnd()).toBe(
      `{"__metadata__":{"k":"v"},"a":${entry('[1]', 4, 5, 'U8')},"b":${entry('[1]', 5, 6, 'U8')},"c":${entry('[]', 0, 4)}}`,
    );
    expect([...bytes.subarray(8 + headerBytes)]).toEqual([0, 0, 128, 63, 6, 7]);
  });

  it('any truncation and any trailing byte is a DataError', () => {
    const bytes = encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) }]]), {
      a: 'b',
    });
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => decodeSafetensors(bytes.slice(0, length), 'x'))).toBeInstanceOf(DataError);
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(errorOf(() => decodeSafetensors(longer, 'w.safetensors')).message).toBe(
      'safetensors: file "w.safetensors": data: expected 12 bytes after the header, got 13; fix: get the file again',
    );
  });

  it('any flipped byte of the header gives tensors or a DataError, nothing else', () => {
    const bytes = encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = bytes.slice();
        broken[at] ^= flip;
        try {
          decodeSafetensors(broken, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
    );
  });

  const again = 'fix: get the file again';
  const convert = 'fix: convert the weights to safetensors with a tool that you trust; nothing was executed';
  it.each([
    ['short file', new Uint8Array(3), `header: expected at least 8 bytes, got 3; ${again}`],
    [
      'header bomb',
      fileOf('{}', 0, 100_000_001n),
      `header length: expected at most 100000000 bytes, got 100000001; ${again}`,
    ],
    [
      'huge header bomb',
      fileOf('{}', 0, 0xffffffffffffffffn),
      `header length: expected at most 100000000 bytes, got 18446744073709551615; ${again}`,
    ],
    [
      'header past the end',
      fileOf('{}', 0, 3n),
      `header length: expected at most the 2 bytes that follow, got 3; ${again}`,
    ],
    ['empty header', fileOf('', 0), `header: expected "{" as its first byte, got nothing; ${again}`],
    ['space first', fileOf(' {}', 0), `header: expected "{" as its first byte, got 0x20; ${again}`],
    [
      'duplicate',
      fileOf(`{"a":${entry('[]', 0, 4)},"\\u0061":${entry('[]', 0, 4)}}`, 4),
      `header: expected each name once, got "a" twice; ${again}`,
    ],
    [
      'duplicate field',
      fileOf('{"a":{"dtype":"F32","dtype":"U8","shape":[],"data_offsets":[0,4]}}', 4),
      `header: expected each name once, got "dtype" twice; ${again}`,
    ],
    [
      'hole',
      fileOf(`{"a":${entry('[]', 4, 8)}}`, 8),
      `tensor "a": expected data_offsets to begin at 0, got 4; ${again}`,
    ],
    [
      'gap',
      fileOf(`{"a":${entry('[]', 0, 4)},"b":${entry('[]', 8, 12)}}`, 12),
      `tensor "b": expected data_offsets to begin at 4, got 8; ${again}`,
    ],
    [
      'overlap',
      fileOf(`{"a":${entry('[2]', 0, 8)},"b":${entry('[2]', 4, 12)}}`, 12),
      `tensor "b": expected data_offsets to begin at 8, got 4; ${again}`,
    ],
    [
      'past the end',
      fileOf(`{"a":${entry('[2]', 0, 8)}}`, 4),
      `data: expected 8 bytes after the header, got 4; ${again}`,
    ],
    [
      'backwards',
      fileOf(`{"a":${entry('[]', 4, 0)}}`, 4),
      `tensor "a", data_offsets: expected two whole numbers in order, got [4, 0]; ${again}`,
    ],
    [
      'wrong length',
      fileOf(`{"a":${entry('[2]', 0, 4)}}`, 4),
      `tensor "a", data_offsets: expected 8 bytes for F32 [2], got 4; ${again}`,
    ],
    [
      'negative',
      fileOf(`{"a":${entry('[-1]', 0, 4)}}`, 4),
      `tensor "a", shape: expected whole sizes of at least 0, got -1; ${again}`,
    ],
    [
      'fraction',
      fileOf(`{"a":${entry('[1.5]', 0, 6)}}`, 6),
      `tensor "a", shape: expected whole sizes of at least 0, got 1.5; ${again}`,
    ],
    [
      'overflow',
      fileOf(`{"a":${entry('[4294967296,4294967296]', 0, 0)}}`, 0),
      `tensor "a", shape: expected a product below 2^53 bytes, got [4294967296, 4294967296]; ${again}`,
    ],
    [
      'overflow behind a zero',
      fileOf(`{"a":${entry('[4294967296,4294967296,0]', 0, 0)}}`, 0),
      `tensor "a", shape: expected a product below 2^53 bytes, got [4294967296, 4294967296, 0]; ${again}`,
    ],
    [
      'dtype',
      fileOf(`{"a":${entry('[]', 0, 2, 'BF16')}}`, 2),
      `tensor "a", dtype: expected F32, F64, I32, U32, U8, got "BF16"; ${again}`,
    ],
    [
      'inherited dtype',
      fileOf(`{"a":${entry('[]', 0, 2, 'toString')}}`, 2),
      `tensor "a", dtype: expected F32, F64, I32, U32, U8, got "toString"; ${again}`,
    ],
    [
      'further field',
      fileOf('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}}', 1),
      `tensor "a": expected only dtype, shape and data_offsets, got "x"; ${again}`,
    ],
    ['metadata', fileOf('{"__metadata__":{"a":1}}', 0), `__metadata__, key "a": expected a string, got 1; ${again}`],
    [
      'zip',
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0),
      `expected a safetensors file, got a zip archive (a PyTorch checkpoint?); ${convert}`,
    ],
    [
      'pickle',
      Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9),
      `expected a safetensors file, got a Python pickle; ${convert}`,
    ],
    [
      'LFS',
      new TextEncoder().encode('version https://git-lfs/spec/v1\n'),
      'expected a safetensors file, got a Git LFS pointer; fix: fetch the real file with git lfs pull',
    ],
  ])('refuses: %s', (_, bytes, message) => {
    const start = performance.now();
    expect(errorOf(() => decodeSafetensors(bytes, 'w.safetensors')).message).toBe(
      `safetensors: file "w.safetensors": ${message}`,
    );
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('refuses bytes that are not UTF-8 or not JSON', () => {
    const notUtf8 = fileOf('{"a":1}', 0);
    notUtf8[10] = 0xff;
    expect(errorOf(() => decodeSafetensors(notUtf8, 'x')).message).toMatch(
      /^safetensors: file "x": header: expected JSON in UTF-8, got /,
    );
    expect(errorOf(() => decodeSafetensors(fileOf('{"a":', 0), 'x')).message).toMatch(
      /: header: expected JSON in UTF-8, got /,
    );
  });

  it('a header length that looks like a pickle is still a safetensors file', () => {
    const padding = ' '.repeat(0x280 - 2);
    expect(decodeSafetensors(fileOf(`{}${padding}`, 0), 'x').tensors.size).toBe(0);
  });

  it('prototype names are data', () => {
    const bytes = fileOf(`{"__metadata__":{"__proto__":"p"},"__proto__":${entry('[]', 0, 4)}}`, 4);
    const { tensors, metadata } = decodeSafetensors(bytes, 'x');
    expect(tensors.get('__proto__')?.data).toEqual(Float32Array.of(0));
    expect(Object.getOwnPropertyDescriptor(metadata, '__proto__')?.value).toBe('p');
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect('dtype' in {}).toBe(false);
  });

  it.each([
    [
      'shape',
      { dtype: 'F32', shape: [3], data: Float32Array.of(1) } as const,
      'w',
      'safetensors: tensor "w": expected a shape of 1 values, got [3]; fix: match shape and data',
    ],
    [
      'dtype',
      { dtype: 'F32', shape: [1], data: Int32Array.of(1) } as const,
      'w',
      'safetensors: tensor "w": expected Float32Array, got Int32Array; fix: match dtype F32 and data',
    ],
    [
      'reserved name',
      { dtype: 'U8', shape: [0], data: new Uint8Array(0) } as const,
      '__metadata__',
      'safetensors: tensor "__metadata__": expected another name, got a reserved one; fix: rename the tensor',
    ],
    [
      'surrogate',
      { dtype: 'U8', shape: [0], data: new Uint8Array(0) } as const,
      '\ud800',
      'safetensors: tensor "\\ud800": expected well-formed Unicode text, got a lone surrogate; fix: rename it',
    ],
  ])('refuses to write: %s', (_, value, key, message) => {
    expect(errorOf(() => encodeSafetensors(new Map([[key, value]]))).message).toBe(message);
  });
});
