// From measured times to the numbers of MatmulTuning. Pure.

import type { MatmulTuning } from '@omnigrad/webgpu';

/** A product of so many tiles, one dispatch, in nanoseconds. */
export interface TileTime {
  readonly tiles: number;
  readonly ns: number;
}

const mostCores = 256;
/** How many times faster than one with a single tile a core that is full of them may be. */
const gains = Array.from({ length: 25 }, (_, i) => 1 + i / 8);
/** A count of cores that explains the times this much worse than the best one, and is smaller, is the likelier. */
const tolerance = 1.1;
/** Mean squared relative error that is noise, not a reason to take more cores. */
const noise = 0.0009;

/** Mean squared relative error of time = unit · max(ceil(tiles / cores), gain), for the best unit. */
const errorOf = (times: readonly TileTime[], cores: number, gain: number): number => {
  const shares = times.map(({ tiles, ns }) => Math.max(Math.ceil(tiles / cores), gain) / ns);
  const unit = shares.reduce((sum, x) => sum + x, 0) / shares.reduce((sum, x) => sum + x * x, 0);
  return shares.reduce((sum, x) => sum + (unit * x - 1) ** 2, 0) / shares.length;
};

/** The cores that share tiles, from how the time of a product grows in steps with their number. */
export const coresOf = (times: readonly TileTime[]): number => {
  const most = Math.min(mostCores, Math.max(...times.map(({ tiles }) => tiles)));
  const errors = Array.from({ length: most }, (_, i) => Math.min(...gains.map((gain) => errorOf(times, i + 1, gain))));
  const least = Math.min(...errors);
  return 1 + errors.findIndex((error) => error <= least * tolerance + noise);
};

/** Of one tile, in nanoseconds and elements of C and k. */
export interface TileMeasurement {
  readonly area: number;
  /** One tile alone. */
  readonly single: { readonly k: number; readonly ns: number };
  /** Enough tiles to fill all cores, at two lengths of k. */
  readonly full: { readonly tiles: number; readonly short: Depth; readonly long: Depth };
}

interface Depth {
  readonly k: number;
  readonly ns: number;
}

export interface TileRate {
  /** Multiply-adds a nanosecond of a core. */
  readonly full: number;
  readonly single: number;
  /** What a tile costs beside its k, as a length of k. */
  readonly start: number;
}

const rounded = (x: number): number => Number(x.toPrecision(2));

/** The time of a full product is a straight line over k: its slope is the rate, where it begins the start. */
export const rateOf = ({ area, single, full }: TileMeasurement, cores: number): TileRate => {
  const { tiles, short, long } = full;
  const slope = (long.ns - short.ns) / (long.k - short.k);
  const start = Math.max(0, short.ns / slope - short.k);
  return {
    full: (tiles * area) / (slope * cores),
    single: (area * (single.k + start)) / single.ns,
    start,
  };
};

export interface Costs {
  readonly passNs: number;
  /** Writing and reading an element, all cores at it. */
  readonly elementNs: number;
  readonly skinny: boolean;
}

/** The table of an adapter; a cycle is a nanosecond. */
export const tuningFrom = (
  cores: number,
  rates: Readonly<Record<string, TileRate>>,
  { passNs, elementNs, skinny }: Costs,
): MatmulTuning => {
  const starts = Object.values(rates)
    .map(({ start }) => start)
    .sort((a, b) => a - b);
  return {
    cores,
    tiles: Object.fromEntries(
      Object.entries(rates).map(([name, { full, single }]) => [
        name,
        // one tile cannot do more than a core that is full of them
        { full: rounded(Math.max(full, single)), single: rounded(single) },
      ]),
    ),
    halfTiles: {},
    matrixTiles: {},
    skinny,
    start: rounded(starts[Math.floor(starts.length / 2)] ?? 0),
    pass: rounded(passNs),
    element: rounded(elementNs * cores),
  };
};
