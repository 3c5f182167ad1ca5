// `npm run bench -- tune`: what the choice of a matrix product's kernel wants to know of an adapter, measured on the one that is here
// and printed as a table for packages/webgpu/src/kernels/tunings.ts. Never run by programs that train.

import { availableParallelism } from 'node:os';
import { add, capture, matmul, neg, normal, rngKey, scope, type Tensor, tensor, useBackend } from '@omnigrad/tensor';
import {
  createWebGpuBackend,
  type MatmulTile,
  type MatmulTileName,
  type MatmulTuning,
  matmulTiles,
  tileSize,
  tuningName,
  type WebGpuBackendInstance,
} from '@omnigrad/webgpu';
import { coresOf, rateOf, type TileMeasurement, type TileRate, type TileTime, tuningFrom } from './estimate.ts';

const rounds = 5;

/** A tuning under which every product of tiles takes `tile`, whole. */
const only = (tile: MatmulTileName, skinny = false): MatmulTuning => ({
  ...{ cores: 1, tiles: { [tile]: { full: 1, single: 1 } }, halfTiles: {}, matrixTiles: {}, skinny },
  ...{ start: 0, pass: 1e30, element: 1 },
});

const withBackend = async <T>(
  tuning: MatmulTuning,
  profile: boolean,
  work: (backend: WebGpuBackendInstance) => Promise<T>,
): Promise<T> => {
  const backend = await createWebGpuBackend({ tuning, profile });
  const before = useBackend(backend);
  try {
    return await work(backend);
  } finally {
    useBackend(before);
    backend.dispose();
  }
};

/** Nanoseconds of the GPU in the dispatches of one call of `op`: the least of some rounds. */
const gpuNs = async (backend: WebGpuBackendInstance, run: () => void, op: string): Promise<number> => {
  run();
  await backend.finish();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    backend.resetProfile();
    run();
    const { rows } = await backend.profile();
    const ms = rows.filter((row) => row.op === op).reduce((sum, row) => sum + row.ms, 0);
    if (ms > 0) least = Math.min(least, ms * 1e6);
  }
  if (least === Number.POSITIVE_INFINITY) throw new Error(`tune: no dispatch of ${op} was timed`);
  return least;
};

/** Of a product of a column of tiles. */
const productNs = async (
  backend: WebGpuBackendInstance,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
): Promise<number> => {
  const { a, b } = scope(() => ({ a: normal(rngKey(1), [m, k]), b: normal(rngKey(2), [k, n]) }));
  const ns = await gpuNs(backend, () => matmul(a, b).dispose(), 'matmul');
  a.dispose();
  b.dispose();
  return ns;
};

interface Sizes {
  /** k of a single tile, and the two of full products. */
  readonly single: number;
  readonly short: number;
  readonly long: number;
  /** Numbers of tiles by which cores are found. */
  readonly sweep: readonly number[];
  /** Tiles that fill a core. */
  readonly perCore: number;
  readonly elements: number;
}

const sizesOf = (software: boolean): Sizes =>
  software
    ? { single: 2048, short: 64, long: 512, sweep: [], perCore: 8, elements: 2 ** 19 }
    : {
        ...{ single: 8192, short: 256, long: 2048, perCore: 16, elements: 2 ** 20 },
        sweep: [1, 2, 3, 4, 6, 8, 12, 16, ...Array.from({ length: 60 }, (_, i) => 20 + 6 * i)],
      };

const measureTile = async (name: MatmulTileName, cores: number, sizes: Sizes): Promise<TileMeasurement> => {
  const { m, n } = tileSize(matmulTiles[name]);
  return await withBackend(only(name), true, async (backend) => {
    const tiles = sizes.perCore * cores;
    const at = async (k: number) => ({ k, ns: await productNs(backend, { m: tiles * m, n, k }) });
    return {
      area: m * n,
      single: { k: sizes.single, ns: await productNs(backend, { m, n, k: sizes.single }) },
      full: { tiles, short: await at(sizes.short), long: await at(sizes.long) },
    };
  });
};

const sweepOf = (name: MatmulTileName, { sweep, long }: Sizes): Promise<TileTime[]> =>
  withBackend(only(name), true, async (backend) => {
    const { m, n } = tileSize(matmulTiles[name]);
    const times: TileTime[] = [];
    for (const tiles of sweep) times.push({ tiles, ns: await productNs(backend, { m: tiles * m, n, k: long }) });
    return times;
  });

/** Wall nanoseconds of a further dispatch in a submit, one that waits for the one before. */
const passNs = (tile: MatmulTileName): Promise<number> =>
  withBackend(only(tile), false, async (backend) => {
    using x = tensor([1]);
    const nsOf = async (dispatches: number): Promise<number> => {
      const step = capture(({ x: given }: { readonly x: Tensor }) =>
        scope(() => {
          let sum = given;
          for (let i = 0; i < dispatches; i++) sum = add(sum, given);
          return sum;
        }),
      );
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 2 + 3 * rounds; i++) {
        const began = performance.now();
        step({ x }).dispose();
        await backend.finish();
        if (i >= 2) least = Math.min(least, performance.now() - began);
      }
      step.dispose();
      return least * 1e6;
    };
    return Math.max(0, ((await nsOf(500)) - (await nsOf(100))) / 400);
  });

const elementNs = (tile: MatmulTileName, n: number): Promise<number> =>
  withBackend(only(tile), true, async (backend) => {
    using x = scope(() => normal(rngKey(3), [n]));
    return (await gpuNs(backend, () => neg(x).dispose(), 'neg')) / n;
  });

/** Whether two vectors times a matrix are faster by the kernel that reads it once. */
const skinnyWins = async (tile: MatmulTileName): Promise<boolean> => {
  const ns = (skinny: boolean): Promise<number> =>
    withBackend(only(tile, skinny), true, (backend) => productNs(backend, { m: 2, n: 1024, k: 1024 }));
  return (await ns(true)) < (await ns(false));
};

const describe = (tile: MatmulTile): { invocations: number; bytes: number } => {
  const { m, n } = tileSize(tile);
  const { depth, buffers } = tile.memory ?? { depth: 0, buffers: 0 };
  return { invocations: tile.wide * tile.high, bytes: 4 * depth * buffers * (m + n) };
};

const names = Object.keys(matmulTiles).filter((name): name is MatmulTileName => name in matmulTiles);

/** Measures, and prints the table on stdout. `progress` hears what is being measured. */
export const tuneBenchmark = async (progress: (text: string) => void): Promise<void> => {
  const { adapter, abilities } = await withBackend(only('lanes 16x16'), false, async (backend) => backend);
  if (!abilities.timestamps) throw new Error('tune: this adapter has no timestamp-query');
  const sizes = sizesOf(adapter.software);
  const able = names.filter((name) => {
    const { invocations, bytes } = describe(matmulTiles[name]);
    // software adapters take a minute to compile a tile in workgroup memory, and seconds to run one
    if (adapter.software && bytes > 0) return false;
    return invocations <= abilities.workgroupSize && bytes <= abilities.workgroupBytes;
  });
  progress('cores ...');
  // a software adapter shares the processor with all that runs: steps of its times say little
  const cores = adapter.software ? availableParallelism() : coresOf(await sweepOf(able[0], sizes));
  const rates: Record<string, TileRate> = {};
  for (const name of able) {
    progress(`tile ${name} ...`);
    rates[name] = rateOf(await measureTile(name, cores, sizes), cores);
  }
  const best = able.reduce((a, b) => (rates[b].full > rates[a].full ? b : a));
  progress('passes and vectors ...');
  const tuning = tuningFrom(cores, rates, {
    passNs: await passNs(best),
    elementNs: await elementNs(best, sizes.elements),
    skinny: await skinnyWins(best),
  });
  progress('');
  const total = Math.max(...Object.values(tuning.tiles).map(({ full }) => full)) * cores;
  console.error(
    `${adapter.description || tuningName(adapter)}: ${cores} cores, ${((2 * total) / 1000).toFixed(3)} TFLOP/s full of the best tile; a cycle here is a nanosecond.`,
  );
  console.log(JSON.stringify({ [tuningName(adapter)]: tuning }, null, 2));
};
