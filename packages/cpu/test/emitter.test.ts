import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signed32, signed64, unsigned } from '../src/emitter/encoding.ts';
import { f32, f32x4, f64, i32, i64, ModuleBuilder, select, v128 } from '../src/emitter/index.ts';
import { wasm } from '../src/web-assembly.ts';

const memory = { shared: false, initialPages: 1, maximumPages: 1 };

/** Builds, checks and instantiates a module; gives its functions and a view of its memory. */
const build = (define: (m: ModuleBuilder) => void) => {
  const m = new ModuleBuilder(memory);
  define(m);
  const bytes = m.finish();
  expect(wasm.validate(bytes)).toBe(true);
  const ram = new wasm.Memory({ initial: 1, maximum: 1, shared: false });
  const { exports } = new wasm.Instance(new wasm.Module(bytes), { env: { memory: ram } });
  return { run: exports as Record<string, (...args: number[]) => number>, floats: new Float32Array(ram.buffer) };
};

describe('encoding', () => {
  it('writes LEB128 that reads back', () => {
    const read = (bytes: readonly number[]): bigint =>
      bytes.reduce((sum, byte, i) => sum + (BigInt(byte & 127) << BigInt(7 * i)), 0n);
    fc.assert(
      fc.property(fc.nat(0xffffffff), (n) => {
        expect(read(unsigned(n))).toBe(BigInt(n));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        const bytes = signed64(n);
        expect(BigInt.asIntN(7 * bytes.length, read(bytes))).toBe(n);
      }),
    );
    fc.assert(
      fc.property(fc.integer(), (n) => {
        expect(signed32(n)).toEqual(signed64(BigInt(n)));
      }),
    );
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(signed32(-123456)).toEqual([0xc0, 0xbb, 0x78]);
  });
});

describe('modules', () => {
  it('calls, loops and branches', () => {
    const { run } = build((m) => {
      const square = m.valued('square', { x: 'i32' }, 'i32', (f, p) => f.result(i32.mul(p.x, p.x)));
      m.valued('squares', { n: 'i32' }, 'i32', (f, p) => {
        const sum = f.letI32(0);
        f.range(p.n, (i) => f.set(sum, i32.add(sum, f.value(square, i))));
        f.result(sum);
      });
      m.valued('largest', { a: 'i32', b: 'i32' }, 'i32', (f, p) => {
        const out = f.local('i32');
        f.if(
          i32.gtS(p.a, p.b),
          () => f.set(out, p.a),
          () => f.set(out, p.b),
        );
        f.result(out);
      });
      m.valued('high', { a: 'i32', b: 'i32' }, 'i32', (f, p) =>
        f.result(i32.wrapI64(i64.shrU(i64.mul(i64.extendI32U(p.a), i64.extendI32U(p.b)), i64.const(32n)))),
      );
      m.valued('mix', { a: 'f32', b: 'f64' }, 'f64', (f, p) =>
        f.result(select(f32.gt(p.a, f32.const(0)), f64.add(f64.promoteF32(p.a), p.b), f64.const(-0.5))),
      );
    });
    expect([0, 1, 5].map((n) => run.squares(n))).toEqual([0, 0, 30]);
    expect(run.largest(-3, 2)).toBe(2);
    expect(run.high(0xffffffff, 0xffffffff) >>> 0).toBe(0xfffffffe);
    expect([run.mix(1.5, 2), run.mix(-1, 2)]).toEqual([3.5, -0.5]);
  });

  it('moves vectors, lanes and blocks of memory', () => {
    const { run, floats } = build((m) => {
      m.func('go', { at: 'i32' }, (f, p) => {
        const x = f.let(v128.load(p.at));
        f.storeV128(p.at, f32x4.add(x, f32x4.const(1)), 16);
        f.storeV128(p.at, v128.shuffle32(x, f32x4.const(9), [3, 4, 0, 1]), 32);
        f.storeLane(p.at, x, 2, 48);
        f.storeHalf(i32.add(p.at, 52), x, 1);
        f.memoryCopy(i32.add(p.at, 64), p.at, 8);
        f.memoryFill(p.at, 0, 4);
      });
    });
    floats.set([1, 2, 3, 4], 4);
    run.go(16);
    expect(Array.from(floats.slice(4, 22))).toEqual([0, 2, 3, 4, 2, 3, 4, 5, 4, 9, 1, 2, 3, 3, 4, 0, 1, 2]);
  });

  it('refuses a call of other types', () => {
    const m = new ModuleBuilder();
    const square = m.valued('square', { x: 'i32' }, 'i32', (f, p) => f.result(i32.mul(p.x, p.x)));
    expect(() => m.valued('bad', {}, 'i32', (f) => f.result(f.value(square, f32.const(1))))).toThrow(
      'emitter: square(i32) called with (f32)',
    );
  });
});
