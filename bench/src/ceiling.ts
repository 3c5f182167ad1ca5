// The most that WebAssembly SIMD does on this machine: the inner loop of a matrix product with both panels in the first-level
// cache and the sums in registers, no packing, no tail. A few tiles are tried, because engines differ in which they like.

/** C[rows, 8] += A[256, rows] · B[256, 8], panels packed. */
interface Tile {
  readonly rows: number;
  /** Relaxed SIMD: a fused multiply-add where the processor has one. */
  readonly fused: boolean;
}

export interface Ceiling {
  /** One core. */
  readonly gigaflops: number;
  readonly tile: string;
}

const depth = 256;
const unroll = 4;
const panelB = 32_768;
const sums = 49_152;

const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
const sized = (body: readonly number[]): number[] => [...leb(body.length), ...body];

/** A module that exports `memory` and `run(repeats)`, in the binary format (core specification 2.0, chapter 5). */
const moduleOf = ({ rows, fused }: Tile): Uint8Array => {
  // locals: 0 repeats, 1 a, 2 b, 3 k, then b0, b1, ai and two sums a row
  const [repeats, a, b, k, b0, b1, ai, firstSum] = [0, 1, 2, 3, 4, 5, 6, 7];
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const constant = (value: number): number[] => {
    const bytes = leb(value);
    // signed LEB128: a sixth bit of the last byte would read as a minus
    if (bytes[bytes.length - 1] < 64) return [0x41, ...bytes];
    bytes[bytes.length - 1] += 128;
    return [0x41, ...bytes, 0];
  };
  const advance = (local: number, by: number): number[] => [...get(local), ...constant(by), 0x6a, ...set(local)];
  const countDown = (local: number): number[] => [...get(local), ...constant(1), 0x6b, 0x22, local];
  const load = (op: number, align: number, pointer: number, offset: number): number[] => [
    ...get(pointer),
    0xfd,
    op,
    align,
    ...leb(offset),
  ];
  const multiplyAdd = (sum: number, x: number): number[] =>
    fused
      ? [...get(ai), ...get(x), ...get(sum), 0xfd, 0x85, 0x02, ...set(sum)]
      : [...get(sum), ...get(ai), ...get(x), 0xfd, 0xe6, 0x01, 0xfd, 0xe4, 0x01, ...set(sum)];

  const step = (offset: number): number[] => [
    ...load(0, 4, b, offset * 32),
    ...set(b0),
    ...load(0, 4, b, offset * 32 + 16),
    ...set(b1),
    ...Array.from({ length: rows }, (_, i) => [
      ...load(9, 2, a, (offset * rows + i) * 4),
      ...set(ai),
      ...multiplyAdd(firstSum + 2 * i, b0),
      ...multiplyAdd(firstSum + 2 * i + 1, b1),
    ]).flat(),
  ];
  const inner = [
    ...Array.from({ length: unroll }, (_, offset) => step(offset)).flat(),
    ...advance(a, unroll * rows * 4),
    ...advance(b, unroll * 32),
    ...countDown(k),
  ];
  const loop = (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b];
  const body = [
    ...loop([
      ...[...constant(0), ...set(a), ...constant(panelB), ...set(b), ...constant(depth / unroll), ...set(k)],
      ...loop(inner),
      ...countDown(repeats),
    ]),
    // the sums leave through memory, so that no engine may drop the work
    ...Array.from({ length: 2 * rows }, (_, i) => [
      ...constant(sums + 16 * i),
      ...get(firstSum + i),
      0xfd,
      11,
      4,
      0,
    ]).flat(),
    0x0b,
  ];
  const locals = [2, 3, 0x7f, 3 + 2 * rows, 0x7b];
  const text = (name: string): number[] => sized([...name].map((letter) => letter.charCodeAt(0)));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized([1, 0x60, 1, 0x7f, 0])],
    ...[3, ...sized([1, 0])],
    ...[5, ...sized([1, 0, 1])],
    ...[7, ...sized([2, ...text('memory'), 2, 0, ...text('run'), 0, 0])],
    ...[10, ...sized([1, ...sized([...locals, ...body])])],
  ]);
};

interface Host {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; run(repeats: number): void };
  };
  validate(bytes: Uint8Array): boolean;
}

// The workspace compiles without the DOM library, which would type this.
const host = Reflect.get(globalThis, 'WebAssembly') as Host;

const tiles: readonly Tile[] = [4, 5, 6].flatMap((rows) => [
  { rows, fused: false },
  { rows, fused: true },
]);

interface Candidate extends Ceiling {
  readonly measure: () => number;
}

/** About 1 to 5 ms a call: short enough to fall between two interruptions. */
const repeatsPerCall = 2048;

const measurer = ({ rows }: Tile, bytes: Uint8Array): (() => number) => {
  const { memory, run } = new host.Instance(new host.Module(bytes)).exports;
  new Float32Array(memory.buffer).fill(1e-3);
  const flop = repeatsPerCall * depth * rows * 8 * 2;
  return () => {
    let best = 0;
    for (const until = performance.now() + 40; performance.now() < until; ) {
      const began = performance.now();
      run(repeatsPerCall);
      best = Math.max(best, flop / (performance.now() - began) / 1e6);
    }
    return best;
  };
};

/**
 * A ceiling that is measured again and again during a run and keeps the best: each call of `measure` takes 40 ms of one core
 * (the first one about half a second, which picks the tile).
 */
export const ceilingMeter = (): { measure(): void; best(): Ceiling } => {
  let best: Candidate | undefined;
  const pick = (): Candidate => {
    const found = tiles.flatMap((tile): Candidate[] => {
      const bytes = moduleOf(tile);
      if (!host.validate(bytes)) return [];
      const measure = measurer(tile, bytes);
      measure(); // the engine compiles twice; the first time is for code that starts fast
      return [{ gigaflops: measure(), tile: `${tile.rows}x8 ${tile.fused ? 'relaxed fused' : 'mul+add'}`, measure }];
    });
    if (found.length === 0) throw new Error('bench: this engine has no WebAssembly SIMD');
    return found.reduce((a, b) => (b.gigaflops > a.gigaflops ? b : a));
  };
  const current = (): Candidate => {
    best ??= pick();
    return best;
  };
  return {
    measure: () => {
      const candidate = current();
      best = { ...candidate, gigaflops: Math.max(candidate.gigaflops, candidate.measure()) };
    },
    best: () => {
      const { gigaflops, tile } = current();
      return { gigaflops, tile };
    },
  };
};
