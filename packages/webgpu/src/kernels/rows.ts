// How kernels over rows share them out: several short rows a workgroup, one row a workgroup, or several workgroups a row that go
// on through scratch. Pure; a shape chooses among few classes, so that pipelines are few.

import { type Abilities, isProcessor } from '../abilities.ts';
import { ceilDivide, usualSize } from '../dispatch.ts';

/** Workgroups that keep a GPU busy; more parts than that gain nothing. */
const manyWorkgroups = 512;
/** Those that keep the cores of a processor busy. */
const fewWorkgroups = 8;
/** Elements of a part of a row, at least. */
const leastPart = 4096;

/** Rows that stay in registers: LANES invocations a row, HELD elements each, SIZE invocations a workgroup. */
export interface HeldRows {
  readonly constants: { readonly SIZE: number; readonly LANES: number; readonly HELD: number };
  readonly workgroups: number;
  /** '-subgroups' where the adapter has them and a row has lanes to add up. */
  readonly variant: '' | '-subgroups';
}

const heldClasses = [
  { lanes: 4, held: 4 },
  { lanes: 16, held: 8 },
  { lanes: 64, held: 16 },
  { lanes: 256, held: 16 },
  { lanes: 256, held: 32 },
  { lanes: 1024, held: 16 },
  { lanes: 1024, held: 32 },
];

/** On a processor rows are of one subgroup, or of one invocation. */
const narrowLanes = 4;

/** What an invocation holds there: memory in any case. */
const narrowHeld = [4, 16, 32, 64, 256];
const narrowSize = 64;
/** Rows or columns from which on one invocation each is enough there, and the longest that one goes through. */
const narrowUnits = 64;
const narrowLength = 4096;

/** Null where a row is too long for the registers of a workgroup. `most`: elements that an invocation may hold. */
export const heldRows = (
  rows: number,
  n: number,
  abilities: Pick<Abilities, 'workgroupSize' | 'subgroups'>,
  most = 256,
): HeldRows | null => {
  const { workgroupSize, subgroups } = abilities;
  if (isProcessor(abilities)) {
    const held = narrowHeld.find((size) => size <= most && n <= narrowLanes * size);
    if (held !== undefined) {
      return {
        constants: { SIZE: narrowSize, LANES: narrowLanes, HELD: held },
        workgroups: ceilDivide(rows, narrowSize / narrowLanes),
        variant: '-subgroups',
      };
    }
  }
  const fit = heldClasses.find(({ lanes, held }) => n <= lanes * held);
  if (fit === undefined || fit.lanes > workgroupSize) return null;
  const size = Math.max(usualSize, fit.lanes);
  return {
    constants: { SIZE: size, LANES: fit.lanes, HELD: fit.held },
    workgroups: ceilDivide(rows, size / fit.lanes),
    // lib/subgroup-reduce.wgsl keeps a result for every 4 invocations at most
    variant: subgroups !== null && subgroups.least >= 4 ? '-subgroups' : '',
  };
};

/** `parts` pieces of `length` elements, the last one shorter. */
export interface Parts {
  readonly parts: number;
  readonly length: number;
}

const partsOf = (n: number, wanted: number, multiple: number): Parts => {
  if (wanted <= 1) return { parts: 1, length: Math.max(1, n) };
  const length = ceilDivide(ceilDivide(n, wanted), multiple) * multiple;
  return { parts: ceilDivide(n, length), length };
};

/** Parts of rows that a workgroup each goes through. */
export const longRows = (rows: number, n: number): Parts =>
  partsOf(n, Math.min(ceilDivide(manyWorkgroups, Math.max(1, rows)), ceilDivide(n, leastPart)), usualSize);

/** Rows that are read once, in order: LANES invocations a row or part. */
export interface StreamedRows extends Parts {
  readonly lanes: number;
  readonly workgroups: number;
}

export const streamedRows = (rows: number, n: number, abilities: Pick<Abilities, 'subgroups'>): StreamedRows => {
  const alone = isProcessor(abilities) && rows >= narrowUnits && n <= narrowLength;
  const lanes = alone ? 1 : n <= 32 ? 4 : n <= 256 ? 16 : n <= 2048 ? 64 : 256;
  const parts = lanes < usualSize ? partsOf(n, 1, 1) : longRows(rows, n);
  return { ...parts, lanes, workgroups: ceilDivide(rows * parts.parts, usualSize / lanes) };
};

export interface StreamedColumns extends StreamedRows {
  /** Loads under way at once: columns-body.wgsl TILE. */
  readonly tile: number;
}

/** Columns that are read once: SIZE / LANES side by side in a workgroup, LANES invocations down each. */
export const streamedColumns = (
  columns: number,
  n: number,
  inner: number,
  abilities: Pick<Abilities, 'subgroups'>,
): StreamedColumns => {
  const alone = isProcessor(abilities) && columns >= narrowUnits;
  const many = columns >= 131072 ? 1 : 4;
  // narrow planes want lanes down to read side by side, and few columns want them to be many
  const lanes = alone || n <= 32 ? 1 : inner < 8 && n > 128 ? 64 : inner < 32 || columns <= 16384 ? 16 : many;
  const blocks = ceilDivide(columns, usualSize / lanes);
  const workgroups = isProcessor(abilities) ? fewWorkgroups : manyWorkgroups;
  const wanted = n <= 256 ? 1 : Math.min(ceilDivide(workgroups, Math.max(1, blocks)), ceilDivide(n, 16 * lanes));
  const parts = partsOf(n, wanted, lanes);
  return { ...parts, lanes, workgroups: blocks * parts.parts, tile: isProcessor(abilities) ? 1 : 8 };
};
