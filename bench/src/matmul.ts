// The matrix products of the matmul benchmark: squares, and those of the train step as they come in it.

import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { operand } from './operands.ts';
import { model } from './train-step.ts';

/** op(A) op(B): A is [batch, m, k], or [batch, k, m] where transA; B is [batch, k, n], or [batch, n, k] where transB. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

const plain = (m: number, k: number, n: number, batch = 1): Product => ({
  batch,
  m,
  k,
  n,
  transA: false,
  transB: false,
});

const { batch, tokens, width, heads, feedForward } = model;
const rows = batch * tokens;
const depth = width / heads;

const square = (n: number): readonly [string, Product] => [`${n}`, plain(n, n, n)];

/** By name. The squares, the forward products of a block, then the two gradients of one layer and a product of few rows. */
const products: ReadonlyMap<string, Product> = new Map([
  ...[64, 128, 256, 512, 1024, 2048, 4096, 8192].map(square),
  ['qkv', plain(rows, width, 3 * width)],
  ['out', plain(rows, width, width)],
  ['fc1', plain(rows, width, feedForward)],
  ['fc2', plain(rows, feedForward, width)],
  ['q kT', { ...plain(tokens, depth, tokens, batch * heads), transB: true }],
  ['p v', plain(tokens, tokens, depth, batch * heads)],
  ['fc1 dx', { ...plain(rows, feedForward, width), transB: true }],
  ['fc1 dw', { ...plain(width, rows, feedForward), transA: true }],
  ['head', plain(batch, width, feedForward)],
]);

export const productOf = (name: string): Product => {
  const product = products.get(name);
  if (product === undefined) throw new Error(`bench: matmul has no case ${name}`);
  return product;
};

const flopOf = ({ batch: b, m, k, n }: Product): number => 2 * b * m * k * n;

export const shapesOf = ({ batch: b, m, k, n, transA, transB }: Product): { a: number[]; b: number[] } => {
  const leading = b === 1 ? [] : [b];
  return { a: [...leading, ...(transA ? [k, m] : [m, k])], b: [...leading, ...(transB ? [n, k] : [k, n])] };
};

/** On [0, 1): sums of results do not cancel, so programs can be compared by one number. */
export const operandsOf = ({ batch: b, m, k, n }: Product): { a: Float32Array; b: Float32Array } => ({
  a: operand(1, b * m * k),
  b: operand(2, b * k * n),
});

const isSquare = (name: string): boolean => /^\d+$/.test(name);

const describe = (name: string, { batch: b, m, k, n, transA, transB }: Product): string => {
  const operands = `${m}x${k}${transA ? 'T' : ''} · ${k}x${n}${transB ? 'T' : ''}`;
  return isSquare(name) ? operands : `${name}: ${b > 1 ? `${b} of ` : ''}${operands}`;
};

/** On a GPU squares alone, from where it has something to do. */
const measured: { readonly [M in Machine]: (name: string) => boolean } = {
  cpu: (name) => !isSquare(name) || Number(name) <= 1024,
  gpu: (name) => isSquare(name) && Number(name) >= 256,
  'software-gpu': (name) => isSquare(name) && Number(name) >= 256 && Number(name) <= 1024,
};

/** FLOP of one measurement, about. */
const measurement: { readonly [M in Machine]: number } = { cpu: 2 ** 31, gpu: 2 ** 40, 'software-gpu': 2 ** 28 };

const repeatsOf = (flop: number, machine: Machine): number => {
  const repeats = Math.max(1, Math.round(measurement[machine] / flop));
  // small products wait for the host, whatever their number
  return machine === 'gpu' ? Math.min(100, repeats) : repeats;
};

export const matmulCases = (machine: Machine): Case[] =>
  [...products]
    .filter(([name]) => measured[machine](name))
    .map(([name, product]) => {
      const cost = flopOf(product);
      return { name, title: describe(name, product), cost, repeats: repeatsOf(cost, machine) };
    });

/** What the cases of a machine multiply, by name. */
export const productsOf = (machine: Machine): { [name: string]: Product } =>
  Object.fromEntries(matmulCases(machine).map(({ name }) => [name, productOf(name)]));
