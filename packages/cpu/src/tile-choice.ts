// How many rows a tile of a matrix product has on this engine: measured in some 60 ms the first time, then remembered. Tiles do
// not change the bytes of a product.

import { f32, i32, ModuleBuilder } from './emitter/index.ts';
import { type Host, host } from './host.ts';
import { type EmitOptions, tileRowsOf } from './kernels/job.ts';
import { panelColumns, stripOf } from './kernels/tiles.ts';
import { wasm } from './web-assembly.ts';

/** What registers hold on x86 with two roundings and with one, then what 32 registers hold. */
export const tileSizes: readonly EmitOptions['panelRows'][] = [4, 5, 6, 8];
/** Another tile must be this much faster than the usual one. */
const worthIt = 1.03;

const depth = 256;
const warmMs = 8;
const rounds = 3;
const roundMs = 2;

/** Calls of the inner loop a millisecond, times the rows. */
const measure = (options: EmitOptions): number => {
  const { panelRows: rows } = options;
  const m = new ModuleBuilder({ shared: false, initialPages: 1, maximumPages: 1 });
  const strip = stripOf(m, 'across', options);
  m.func('run', { times: 'i32' }, (f, p) => {
    const one = f.let(f32.const(1));
    const b = depth * rows * 4;
    const c = b + depth * panelColumns * 4;
    const step = panelColumns * 4;
    f.times(p.times, () =>
      f.call(strip, ...([i32.const(0), rows * 4, 0, b, step, depth, c, step, c, 0, one, rows, panelColumns] as const)),
    );
  });
  const memory = new wasm.Memory({ initial: 1, maximum: 1, shared: false });
  const { run } = new wasm.Instance(new wasm.Module(m.finish()), { env: { memory } }).exports;
  const call = run as (times: number) => void;
  const timed = (ms: number): number => {
    const times = 50;
    let calls = 0;
    const began = performance.now();
    let now = began;
    for (; now - began < ms; now = performance.now()) {
      call(times);
      calls += times;
    }
    return (calls / (now - began)) * rows;
  };
  // engines compile twice, the first time for a fast start
  timed(warmMs);
  let best = 0;
  for (let i = 0; i < rounds; i++) best = Math.max(best, timed(roundMs));
  return best;
};

/** Where choices are kept: a file in the user's cache folder, or the storage of a page. */
interface Store {
  /** The engine and the processor. */
  readonly machine: string;
  read(): string | null;
  write(text: string): void;
}

const storeOf = ({ process, navigator, localStorage }: Host): Store | null => {
  const fs = process?.getBuiltinModule?.('node:fs');
  const os = process?.getBuiltinModule?.('node:os');
  if (process !== undefined && fs !== undefined && os !== undefined) {
    const folder = `${process.env?.XDG_CACHE_HOME ?? `${os.homedir()}/.cache`}/omnigrad`;
    const file = `${folder}/cpu-tiles.json`;
    return {
      machine: `V8 ${process.versions.v8}, ${os.cpus()[0]?.model}`,
      read: () => fs.readFileSync(file, 'utf8'),
      write: (text) => {
        fs.mkdirSync(folder, { recursive: true });
        const beside = `${file}.${process.pid}`;
        fs.writeFileSync(beside, text);
        fs.renameSync(beside, file);
      },
    };
  }
  if (localStorage === undefined) return null;
  return {
    machine: navigator?.userAgent ?? '',
    read: () => localStorage.getItem('omnigrad cpu tiles'),
    write: (text) => localStorage.setItem('omnigrad cpu tiles', text),
  };
};

/** A cache folder that cannot be used, or holds something else, only costs the measurement. */
const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

type Choices = Readonly<Record<string, unknown>>;

const read = (store: Store | null): Choices => {
  const parsed: unknown = attempt(() => JSON.parse(store?.read() ?? '{}'));
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
};

const chosen = new Map<boolean, EmitOptions['panelRows']>();

export const chooseTile = (relaxedSimd: boolean): EmitOptions['panelRows'] => {
  const known = chosen.get(relaxedSimd);
  if (known !== undefined) return known;
  const store = attempt(() => storeOf(host)) ?? null;
  const key = `${store?.machine}${relaxedSimd ? ', fused' : ''}`;
  const remembered = read(store)[key];
  let rows = tileSizes.find((candidate) => candidate === remembered);
  if (rows === undefined) {
    const usual = tileRowsOf(relaxedSimd);
    const rates = new Map(tileSizes.map((panelRows) => [panelRows, measure({ relaxedSimd, panelRows })]));
    rows = usual;
    let least = worthIt * (rates.get(usual) ?? 0);
    for (const [panelRows, rate] of rates) {
      if (rate > least) [rows, least] = [panelRows, rate];
    }
    const text = JSON.stringify({ ...read(store), [key]: rows }, undefined, 2);
    attempt(() => store?.write(`${text}\n`));
  }
  chosen.set(relaxedSimd, rows);
  return rows;
};
