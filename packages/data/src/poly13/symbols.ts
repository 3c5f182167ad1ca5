// What is written down: a sentence, a row of a table, and a graph.

import type { RawGraph, RawTable, RawText } from '../datasets/dataset.ts';
import type { Appearance } from './latent.ts';
import { laws, rateOf } from './motion.ts';
import type { Stream } from './random.ts';
import { measure, solids } from './solids.ts';

const level = <T>(list: readonly T[], value: number): T =>
  list[Math.min(list.length - 1, Math.floor(value * list.length))];

const sizes = ['tiny', 'small', 'large', 'huge'];
export const materials = ['cork', 'glass', 'oak', 'slate', 'steel'] as const;
export const facings = ['east', 'north', 'south', 'west'] as const;
const paces = ['slowly', 'calmly', 'briskly', 'wildly'];

/**
 * One sentence about the solid and how it moves, with up to three others that only stand by: words alone do not say which is
 * which, their order does. `noise` adds bystanders and typing errors.
 */
export function renderText({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawText {
  const mine = `the ${level(sizes, size)} ${level(materials, tint)} ${solids[kind].name}`;
  const other = (): string => `the ${stream.pick(sizes)} ${stream.pick(materials)} ${stream.pick(solids).name}`;
  const bystanders = Math.min(3, Math.floor(4 * noise * stream.uniform(0.4, 1)));
  const facing = `facing ${level(facings, pose)}`;
  const tells = stream.chance(0.5);
  const moves = tells ? laws[kind].name : 'moves';
  const core = stream.chance(0.5)
    ? `${mine} ${moves} ${level(paces, speed)}, ${facing}`
    : `${facing}, ${mine} ${moves} ${level(paces, speed)}`;
  const places = ['beside', 'behind', 'before', 'far from'];
  const parts = Array.from({ length: bystanders }, () => `${stream.pick(places)} ${other()}`);
  const sentence = stream.chance(0.5) ? [...parts, core].join(', ') : [core, ...parts].join(', ');
  return { text: `${mistyped(sentence, 0.03 * noise, stream)}.` };
}

/** A letter in a few, by `rate`, is left out or swapped with the next. */
function mistyped(text: string, rate: number, stream: Stream): string {
  const isLetter = (at: number): boolean => at < text.length && text[at] !== ' ' && text[at] !== ',';
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (!isLetter(at) || !stream.chance(rate)) out += text[at];
    else if (isLetter(at + 1) && stream.chance(0.5)) {
      out += text[at + 1] + text[at];
      at++;
    }
  }
  return out;
}

/** kg/m^3, in the order of the materials. */
const densities = [240, 2500, 750, 2800, 7850];
export const tableColumns = [
  'length',
  'width',
  'height',
  'mass',
  'pace',
  'price',
  'material',
  'facing',
  'maker',
] as const;
export const makers = ['Abel', 'Bohr', 'Cori', 'Dirac'] as const;

let measured: readonly ReturnType<typeof measure>[] | null = null;

/**
 * The solid on a scale and under a rule: cm, kg, m/s. Price and maker say nothing. `noise` makes the rule worse and leaves
 * cells empty.
 */
export function renderTable({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawTable {
  measured ??= solids.map(measure);
  const { extent, volume } = measured[kind];
  const scale = 0.07 + 0.06 * size;
  const read = (value: number): number => value * (1 + (0.02 + 0.2 * noise) * stream.normal());
  const round = (value: number): number => Math.round(1000 * value) / 1000;
  const material = Math.min(materials.length - 1, Math.floor(tint * materials.length));
  const cells = [
    ...extent.map((side) => round(read(100 * scale * side))),
    round(read(densities[material] * volume * scale ** 3)),
    round(read(rateOf(speed))),
    round(10 + 90 * stream.uniform()),
    materials[material],
    level(facings, pose),
    stream.pick(makers),
  ];
  return { values: cells.map((cell) => (stream.chance(0.02 + 0.2 * noise) ? null : cell)) };
}

type Edges = (readonly [number, number])[];

const pathOf = (from: number, to: number): Edges =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => [from + at, from + at + 1] as const);

const cliqueOf = (nodes: readonly number[]): Edges =>
  nodes.flatMap((a) => nodes.filter((b) => b > a).map((b) => [a, b] as const));

/** Ten families, each for about `n` nodes, 8 to 16; how many nodes it came to, and its edges, at most 31. */
const families: readonly ((n: number) => { readonly nodes: number; readonly edges: Edges })[] = [
  (n) => ({ nodes: n, edges: [...pathOf(0, n - 1), [n - 1, 0]] }),
  (n) => ({ nodes: n, edges: pathOf(0, n - 1) }),
  (n) => ({ nodes: n, edges: Array.from({ length: n - 1 }, (_, at) => [0, at + 1] as const) }),
  (n) => ({ nodes: n, edges: Array.from({ length: n - 1 }, (_, at) => [Math.floor(at / 2), at + 1] as const) }),
  (n) => {
    const half = Math.floor(n / 2);
    const rungs = Array.from({ length: half }, (_, at) => [at, half + at] as const);
    return { nodes: 2 * half, edges: [...pathOf(0, half - 1), ...pathOf(half, 2 * half - 1), ...rungs] };
  },
  (n) => {
    const spokes = Array.from({ length: n - 1 }, (_, at) => [0, at + 1] as const);
    return { nodes: n, edges: [...spokes, ...pathOf(1, n - 1), [n - 1, 1]] };
  },
  (n) => ({
    nodes: n,
    edges: [...cliqueOf([0, 1, 2, 3]), ...pathOf(3, n - 4), ...cliqueOf([n - 4, n - 3, n - 2, n - 1])],
  }),
  (n) => {
    const spine = Math.ceil(n / 2);
    const legs = Array.from({ length: n - spine }, (_, at) => [at, spine + at] as const);
    return { nodes: n, edges: [...pathOf(0, spine - 1), ...legs] };
  },
  (n) => ({
    nodes: n,
    edges: Array.from({ length: n - 2 }, (_, at) => [[0, at + 2] as const, [1, at + 2] as const]).flat(),
  }),
  (n) => {
    const rest = Array.from({ length: n - 5 }, (_, at) => [at % 5, 5 + at] as const);
    return { nodes: n, edges: [...cliqueOf([0, 1, 2, 3, 4]), ...rest] };
  },
];

/**
 * The family of its kind with some edges laid anew. A node has a number, which is about its degree, and an id from 0 to 3.
 * `size` is how many nodes, `pose` shifts the ids, `tint` is how much id 0 is preferred, `speed` adds a tail, `noise` lays anew.
 */
export function renderGraph({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawGraph {
  const family = families[kind](8 + Math.floor(8.99 * size));
  const tail = Math.floor(4 * speed);
  const nodes = family.nodes + tail;
  const name = stream.shuffled(nodes);
  const seen = new Set<number>();
  const edges: number[] = [];
  const degree = new Int32Array(nodes);
  const lay = (a: number, b: number): boolean => {
    const key = Math.min(a, b) * nodes + Math.max(a, b);
    if (a === b || seen.has(key)) return false;
    seen.add(key);
    edges.push(name[a], name[b]);
    degree[name[a]]++;
    degree[name[b]]++;
    return true;
  };
  const hook = stream.below(family.nodes);
  const wanted = [...family.edges];
  for (let at = 0; at < tail && wanted.length < maxEdges; at++)
    wanted.push([at === 0 ? hook : family.nodes + at - 1, family.nodes + at]);
  for (const [a, b] of wanted) {
    if (!stream.chance(0.03 + 0.25 * noise)) lay(a, b);
    else for (let attempt = 0; attempt < 20 && !lay(stream.below(nodes), stream.below(nodes)); attempt++);
  }
  const nodeFeatures = new Float32Array(nodes * 2);
  for (let node = 0; node < nodes; node++) {
    nodeFeatures[2 * node] = degree[node] + (0.2 + noise) * stream.normal();
    const id = stream.chance(0.3 + 0.6 * tint) ? 0 : 1 + stream.below(3);
    nodeFeatures[2 * node + 1] = (id + Math.floor(4 * pose)) % 4;
  }
  return { nodes, directed: false, edges: Int32Array.from(edges), nodeFeatures, edgeFeatures: null };
}

/** What the graph tokenizer holds by default. */
const maxEdges = 32;
