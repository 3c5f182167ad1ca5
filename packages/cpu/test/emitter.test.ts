import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signed32, signed64, unsigned } from '../src/emitter/encoding.ts';
import {
  atomic,
  f32,
  f32x4,
  f64,
  type I32,
  type I32Like,
  i32,
  i64,
  ModuleBuilder,
  type ModuleOptions,
  select,
  v128,
} from '../src/emitter/index.ts';
import { defineJob } from '../src/kernels/job.ts';
import { emitKernels } from '../src/kernels/table.ts';
import { constantsAddress, constantsBytes, firstAddress, paramAddress, poolAddress, poolBytes } from '../src/layout.ts';
import { wasm } from '../src/web-assembly.ts';

const memory = { shared: false, initialPages: 1, maximumPages: 1 };

const instantiate = (bytes: Uint8Array) => {
  expect(wasm.validate(bytes)).toBe(true);
  const ram = new wasm.Memory({ initial: 1, maximum: 1, shared: false });
  const { exports } = new wasm.Instance(new wasm.Module(bytes), { env: { memory: ram } });
  return {
    run: exports as Record<string, (...args: number[]) => number>,
    wide: exports as Record<string, (...args: (number | bigint)[]) => bigint>,
    floats: new Float32Array(ram.buffer),
    words: new Uint32Array(ram.buffer),
    doubles: new BigUint64Array(ram.buffer),
  };
};

/** Builds, checks and instantiates a module; gives its functions and views of its memory. */
const build = (define: (m: ModuleBuilder) => void, options: ModuleOptions = {}) => {
  const m = new ModuleBuilder(memory, options);
  define(m);
  const bytes = m.finish();
  return { ...instantiate(bytes), bytes, constants: m.constants };
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
    expect(() => m.valued('bad', {}, 'i32', (f) => f.result(f.value(square)))).toThrow(
      'emitter: square(i32) called with ()',
    );
    const nothing = m.func('nothing', { x: 'f64' }, () => undefined);
    expect(() => m.func('bad', {}, (f) => f.call(nothing, 1, 2))).toThrow(
      'emitter: nothing(f64) called with (i32, i32)',
    );
  });
});

const u32 = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff));
const signed = (x: number): bigint => BigInt.asIntN(32, BigInt(x));
const bit = (x: boolean): bigint => (x ? 1n : 0n);

/** Two operands as unsigned; the low 32 bits of the result. */
const integerOps: {
  readonly [name: string]: readonly [(a: I32Like, b: I32Like) => I32, (a: number, b: number) => bigint];
} = {
  add: [i32.add, (a, b) => BigInt(a) + BigInt(b)],
  sub: [i32.sub, (a, b) => BigInt(a) - BigInt(b)],
  mul: [i32.mul, (a, b) => BigInt(a) * BigInt(b)],
  divU: [i32.divU, (a, b) => BigInt(a) / BigInt(b)],
  remU: [i32.remU, (a, b) => BigInt(a) % BigInt(b)],
  shl: [i32.shl, (a, b) => BigInt(a) << BigInt(b & 31)],
  shrU: [i32.shrU, (a, b) => BigInt(a) >> BigInt(b & 31)],
  shrS: [i32.shrS, (a, b) => signed(a) >> BigInt(b & 31)],
  ltU: [i32.ltU, (a, b) => bit(a < b)],
  gtU: [i32.gtU, (a, b) => bit(a > b)],
  leU: [i32.leU, (a, b) => bit(a <= b)],
  geU: [i32.geU, (a, b) => bit(a >= b)],
  ltS: [i32.ltS, (a, b) => bit(signed(a) < signed(b))],
  gtS: [i32.gtS, (a, b) => bit(signed(a) > signed(b))],
  leS: [i32.leS, (a, b) => bit(signed(a) <= signed(b))],
  geS: [i32.geS, (a, b) => bit(signed(a) >= signed(b))],
};

describe('integers', () => {
  it('wrap, and are signed or unsigned as the instruction says', () => {
    const { run } = build((m) => {
      for (const [name, [op]] of Object.entries(integerOps)) {
        m.valued(name, { a: 'i32', b: 'i32' }, 'i32', (f, p) => f.result(op(p.a, p.b)));
      }
    });
    for (const [name, [, want]] of Object.entries(integerOps)) {
      const divides = name === 'divU' || name === 'remU';
      fc.assert(
        fc.property(u32, u32, (a, b) => {
          fc.pre(!divides || b !== 0);
          expect([name, run[name](a, b) >>> 0]).toEqual([name, Number(BigInt.asUintN(32, want(a, b)))]);
        }),
      );
      if (divides) expect(() => run[name](1, 0)).toThrow(/divide by zero|remainder by zero/);
    }
  });

  it('are constants of any sign, and become floats as the instruction says', () => {
    const { run } = build((m) => {
      m.valued('largest', {}, 'i32', (f) => f.result(i32.const(0xffffffff)));
      m.valued('same', {}, 'i32', (f) => f.result(i32.eq(0x80000000, -0x80000000)));
      m.valued('f32U', { x: 'i32' }, 'f32', (f, p) => f.result(f32.convertI32U(p.x)));
      m.valued('f32S', { x: 'i32' }, 'f32', (f, p) => f.result(f32.convertI32S(p.x)));
      m.valued('f64U', { x: 'i32' }, 'f64', (f, p) => f.result(f64.convertI32U(p.x)));
    });
    expect([run.largest(), run.same()]).toEqual([-1, 1]);
    const x = 0xfffffffe;
    expect([run.f32U(x), run.f32S(x), run.f64U(x)]).toEqual([2 ** 32, -2, x]);
  });

  it('of 64 bits wrap too', () => {
    const { wide } = build((m) => {
      m.valued('mulAdd', { a: 'i64', b: 'i64' }, 'i64', (f, p) => f.result(i64.add(i64.mul(p.a, p.b), i64.const(-1n))));
      m.valued('pack', { high: 'i32', low: 'i32' }, 'i64', (f, p) =>
        f.result(i64.or(i64.shl(i64.extendI32U(p.high), i64.const(32n)), i64.extendI32U(p.low))),
      );
    });
    const [a, b] = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n];
    expect(BigInt.asUintN(64, wide.mulAdd(a, b))).toBe(BigInt.asUintN(64, a * b - 1n));
    expect(BigInt.asUintN(64, wide.pack(0xfedcba98, 0x87654321))).toBe(0xfedcba9887654321n);
  });

  it('count loops past the signed range', () => {
    const { run } = build((m) => {
      m.valued('rounds', { end: 'i32' }, 'i32', (f, p) => {
        const count = f.letI32(0);
        f.range(p.end, () => f.advance(count, 1), 0x40000000);
        f.result(count);
      });
    });
    // the last first: with a signed comparison others would never end
    expect(run.rounds(0xa0000000)).toBe(3);
    expect([0, 1, 0x40000000, 0x40000001].map((end) => run.rounds(end))).toEqual([0, 1, 1, 2]);
  });
});

describe('tables', () => {
  /** Functions that store a number of their own, some of them with another type. */
  const withTable = () =>
    build((m) => {
      const store = (title: string, value: number) =>
        m.inner(title, { at: 'i32', plus: 'i32' }, (f, p) => f.storeI32(p.at, i32.add(p.plus, value)));
      const [a, b, c] = [store('a', 10), store('b', 20), store('c', 30)];
      const other = m.inner('other', { at: 'i32' }, (f, p) => f.storeI32(p.at, 1));
      const gives = m.valued('gives', { at: 'i32', plus: 'i32' }, 'i32', (f, p) => f.result(p.plus));
      m.table([c, a, other, c, gives, b]);
      m.func('go', { index: 'i32', at: 'i32', plus: 'i32' }, (f, p) =>
        f.callIndirect(m.signature(['i32', 'i32']), p.index, p.at, p.plus),
      );
    });

  it('find functions by index, whatever the order of their definition', () => {
    const { run, words } = withTable();
    const got = [0, 1, 3, 5].map((index) => {
      run.go(index, 64, 7);
      return words[16];
    });
    expect(got).toEqual([37, 17, 37, 27]);
    run.go(1, 64, 0xfffffff8);
    expect(words[16]).toBe(2);
  });

  it('trap where there is no function, or one of another type', () => {
    const { run } = withTable();
    for (const index of [6, -1, 0x80000000]) expect(() => run.go(index, 64, 0)).toThrow(/table index is out of bounds/);
    for (const index of [2, 4]) expect(() => run.go(index, 64, 0)).toThrow(/signature mismatch/);
  });

  it('refuse a call of other types', () => {
    const m = new ModuleBuilder(memory);
    const like = m.signature(['i32', 'f32']);
    const call = (...args: (number | ReturnType<typeof f32.const>)[]) =>
      m.func('go', {}, (f) => f.callIndirect(like, i32.const(0), ...args));
    expect(() => call(1, 2)).toThrow('emitter: a function of the table(i32, f32) called with (i32, i32)');
    expect(() => call(1)).toThrow('emitter: a function of the table(i32, f32) called with (i32)');
    expect(() => call(1, f32.const(2), 3)).toThrow('called with (i32, f32, i32)');
    expect(() => call(1, f32.const(2))).not.toThrow();
  });

  it('give one type to functions that are alike', () => {
    const m = new ModuleBuilder(memory);
    const { index } = m.signature(['i32', 'f64']);
    expect(m.signature(['i32', 'f64']).index).toBe(index);
    expect(m.signature(['f64', 'i32']).index).not.toBe(index);
  });
});

describe('atomics', () => {
  const withAtomics = () =>
    build((m) => {
      m.valued('load', { at: 'i32' }, 'i32', (f, p) => f.result(atomic.load(p.at)));
      m.valued('loadNext', { at: 'i32' }, 'i32', (f, p) => f.result(atomic.load(p.at, 4)));
      m.valued('loadI64', { at: 'i32' }, 'i64', (f, p) => f.result(atomic.loadI64(p.at)));
      m.valued('add', { at: 'i32', by: 'i32' }, 'i32', (f, p) => f.result(atomic.add(p.at, p.by)));
      m.valued('addNext', { at: 'i32', by: 'i32' }, 'i32', (f, p) => f.result(atomic.add(p.at, p.by, 4)));
      m.func('store', { at: 'i32', value: 'i32' }, (f, p) => f.storeAtomic(p.at, p.value));
      m.func('storeNext', { at: 'i32', value: 'i32' }, (f, p) => f.storeAtomic(p.at, p.value, 4));
      m.func('storeI64', { at: 'i32', value: 'i64' }, (f, p) => f.storeAtomicI64(p.at, p.value));
      m.valued('notify', { at: 'i32', count: 'i32' }, 'i32', (f, p) => f.result(atomic.notify(p.at, p.count)));
      m.valued('wait', { at: 'i32' }, 'i32', (f, p) => f.result(atomic.wait(p.at, i32.const(1), i64.const(0n))));
    });

  it('load and store words of 32 and 64 bits', () => {
    const { run, wide, words, doubles } = withAtomics();
    run.store(64, 0xfffffffe);
    run.storeNext(64, 7);
    expect([words[16], words[17]]).toEqual([0xfffffffe, 7]);
    expect([run.load(64) >>> 0, run.loadNext(64)]).toEqual([0xfffffffe, 7]);
    wide.storeI64(72, 0xfedcba9876543210n);
    expect(doubles[9]).toBe(0xfedcba9876543210n);
    expect(BigInt.asUintN(64, wide.loadI64(72))).toBe(0xfedcba9876543210n);
    expect([words[18], words[19]]).toEqual([0x76543210, 0xfedcba98]);
  });

  it('add, give what was there before, and wrap', () => {
    const { run, words } = withAtomics();
    words[16] = 0xfffffffe;
    expect([run.add(64, 1), run.add(64, 1), run.add(64, -3)].map((x) => x >>> 0)).toEqual([0xfffffffe, 0xffffffff, 0]);
    expect(words[16]).toBe(0xfffffffd);
    expect([run.addNext(64, 0x80000000), run.addNext(64, 0x80000000)]).toEqual([0, -0x80000000]);
    expect([words[15], words[17]]).toEqual([0, 0]);
  });

  it('trap at addresses that are not aligned or not there', () => {
    const { run, wide } = withAtomics();
    for (const fn of ['load', 'loadNext', 'add', 'store']) expect(() => run[fn](66, 0)).toThrow(/unaligned/);
    expect(() => wide.loadI64(68)).toThrow(/unaligned/);
    expect(() => wide.storeI64(68, 0n)).toThrow(/unaligned/);
    expect(() => run.load(65536)).toThrow(/out of bounds/);
    expect(() => run.loadNext(-4)).toThrow(/out of bounds/);
  });

  it('wake nobody where nobody sleeps, and do not sleep on memory that is not shared', () => {
    const { run } = withAtomics();
    expect(run.notify(64, 5)).toBe(0);
    expect(() => run.wait(64)).toThrow();
  });
});

describe('constants in memory', () => {
  const patterns = [0x3fc00000, 0, 0x80000000, 0xffffffff, 0x7fc0dead];
  const define = (m: ModuleBuilder): void => {
    m.func('all', { to: 'i32' }, (f, p) => {
      f.storeV128(p.to, f.constant(1.5));
      for (const [i, bits] of patterns.entries()) f.storeV128(p.to, f.constantBits(bits), 16 * (i + 1));
    });
    m.func('twice', { to: 'i32' }, (f, p) => {
      f.storeV128(p.to, f32x4.add(f.constant(2.5), f.constant(2.5)));
      f.storeV128(p.to, f.constant(-0), 16);
    });
    // changes the constant on the way
    m.func('kept', { to: 'i32', constant: 'i32' }, (f, p) => {
      f.times(3, () => {
        f.storeI32(p.constant, 0);
        f.storeV128(p.to, f.constant(2.5));
        f.advance(p.to, 16);
      });
    });
  };
  const at = 256;

  it('are each there once, in the order of their first use, and in all lanes', () => {
    const { run, words, floats, bytes, constants } = build(define, { constantsAddress: at });
    // 1.5 and the first pattern are one, and so are -0 and the third
    expect(constants).toEqual(Uint32Array.of(...patterns, 0x40200000));
    words.set(constants, at / 4);
    run.all(1024);
    const lanes = [0x3fc00000, ...patterns].flatMap((bits) => [bits, bits, bits, bits]);
    expect(Array.from(words.slice(256, 256 + lanes.length))).toEqual(lanes);
    run.twice(2048);
    expect(Array.from(floats.slice(512, 520))).toEqual([5, 5, 5, 5, -0, -0, -0, -0]);
    // v128.load32_splat, aligned to 4, offset 0: once a function for each of its constants
    const loads = bytes.filter((_, i) => [0xfd, 9, 2, 0].every((byte, k) => bytes[i + k] === byte));
    expect(loads).toHaveLength(5 + 2 + 1);
  });

  it('are read at each call, before anything else', () => {
    const { run, words, floats, constants } = build(define, { constantsAddress: at });
    words.set(constants, at / 4);
    const address = at + 4 * constants.indexOf(0x40200000);
    run.kept(1024, address);
    expect(new Set(floats.slice(256, 268))).toEqual(new Set([2.5]));
    run.kept(1024, address);
    expect(new Set(floats.slice(256, 268))).toEqual(new Set([0]));
  });

  it('stand in the code of a module without a place for them', () => {
    const { run, words, floats, constants } = build(define);
    expect(constants).toHaveLength(0);
    run.all(1024);
    expect(Array.from(words.slice(256, 280).filter((_, i) => i % 4 === 0))).toEqual([0x3fc00000, ...patterns]);
    run.twice(2048);
    expect(Array.from(floats.slice(512, 520))).toEqual([5, 5, 5, 5, -0, -0, -0, -0]);
  });
});

describe('the module of all kernels', () => {
  const options = { relaxedSimd: false, panelRows: 4 } as const;
  const emit = () => emitKernels({ ...memory, maximumPages: 65536 }, options);

  it('is the same each time, and its constants are different from each other and fit their place', () => {
    const [first, second] = [emit(), emit()];
    expect(second.constants).toEqual(first.constants);
    expect(second.bytes.length).toBe(first.bytes.length);
    expect(second.bytes.every((byte, i) => byte === first.bytes[i])).toBe(true);
    expect(new Set(first.constants).size).toBe(first.constants.length);
    expect(first.constants.byteLength).toBeGreaterThan(0);
    expect(first.constants.byteLength).toBeLessThanOrEqual(constantsBytes);
    expect(constantsAddress).toBeGreaterThanOrEqual(poolAddress + poolBytes);
    expect(constantsAddress + first.constants.byteLength).toBeLessThanOrEqual(firstAddress);
  });

  it('reads its constants where the host put them', () => {
    const { bytes, constants } = emit();
    const xs = [-2, -0.5, 0, 1, 3, 10, 20, 80];
    const exps = (put: Uint32Array): number[] => {
      const { run, words, floats } = instantiate(bytes);
      words.set(put, constantsAddress / 4);
      const [x, out] = [firstAddress, firstAddress + 256];
      floats.set(xs, x / 4);
      words.set([x, out], paramAddress / 4);
      run.unary_exp(paramAddress, 0, xs.length, 0);
      return Array.from(floats.slice(out / 4, out / 4 + xs.length));
    };
    for (const [i, y] of exps(constants).entries()) {
      const want = Math.exp(xs[i]);
      expect(Math.abs(y - want) / want).toBeLessThan(1.2e-7);
    }
    expect(exps(new Uint32Array(constants.length))).not.toEqual(exps(constants));
  });

  it('refuses a job whose parameters do not fit their place', () => {
    const params = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, 'i32' as const]));
    expect(() => defineJob('wide', params(300), () => undefined)).toThrow('emitter: wide has too many parameters');
    expect(() => defineJob('narrow', params(200), () => undefined)).not.toThrow();
  });
});
