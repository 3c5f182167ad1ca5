// Philox-4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): a counter-based generator. A key and a position give the
// number; there is no state to save. The same words come from every backend and thread count.

import { ArgumentError } from './errors.ts';
import { type Shape, sizeOf } from './shape.ts';

/** Two 32-bit words. */
export type RngKey = readonly [number, number];

/** A key, or where to ask for it: a captured step asks again at every replay. */
export type KeySource = RngKey | (() => RngKey);

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two u32. */
const mulHigh = (a: number, b: number): number => {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16);
  const mid2 = al * bh + (mid & 0xffff);
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(mid2 / 65536)) >>> 0;
};

/** The four words at `counter` under `key`, written to out[at .. at+3]. */
export const philox = (
  key: RngKey,
  counter: readonly [number, number, number, number],
  out: Uint32Array,
  at = 0,
): void => {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(M0, c0);
    const l0 = Math.imul(M0, c0) >>> 0;
    const h1 = mulHigh(M1, c2);
    const l1 = Math.imul(M1, c2) >>> 0;
    c0 = (h1 ^ c1 ^ k0) >>> 0;
    c1 = l1;
    c2 = (h0 ^ c3 ^ k1) >>> 0;
    c3 = l0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
};

/** The key of a seed: any whole number from 0 to 2^53 - 1. */
export const rngKey = (seed: number): RngKey => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError('rngKey', `a seed is a whole number from 0 to 2^53 - 1, came ${seed}`);
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
};

/** FNV-1a, so that keys can be folded with names. */
const hashName = (name: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return h;
};

/** An independent key for each path of names and numbers below `key`. */
export const foldKey = (key: RngKey, ...path: readonly (number | string)[]): RngKey => {
  const out = new Uint32Array(4);
  let k: RngKey = key;
  for (const step of path) {
    const isName = typeof step === 'string';
    const word = isName ? hashName(step) : step >>> 0;
    const high = isName ? step.length : Math.floor(step / 2 ** 32);
    philox(k, [word, high, isName ? 1 : 2, 0x6f6d6e69], out);
    k = [out[0], out[1]];
  }
  return k;
};

/** As foldKey, and of a function again a function. */
export const foldKeySource = (key: KeySource, ...path: readonly (number | string)[]): KeySource =>
  typeof key === 'function' ? () => foldKey(key(), ...path) : foldKey(key, ...path);

/** `n` words of the stream of `key`: word i is lane i mod 4 at counter [floor(i / 4), 0, 0, 0]. */
export const randomWords = (key: RngKey, n: number): Uint32Array => {
  const out = new Uint32Array(Math.ceil(n / 4) * 4);
  for (let block = 0; block * 4 < n; block++) philox(key, [block, 0, 0, 0], out, block * 4);
  return out.subarray(0, n);
};

/** Uniform on [0, 1) with 24 bits, so that float32 holds it exactly. */
export const randomUniform = (key: RngKey, shape: Shape | number): Float32Array => {
  const words = randomWords(key, typeof shape === 'number' ? shape : sizeOf(shape));
  return Float32Array.from(words, (w) => (w >>> 8) * 2 ** -24);
};

/** Standard normal numbers by Box-Muller on pairs of uniforms. */
export const randomNormal = (key: RngKey, shape: Shape | number): Float32Array => {
  const n = typeof shape === 'number' ? shape : sizeOf(shape);
  const words = randomWords(key, 2 * Math.ceil(n / 2));
  const out = new Float32Array(n);
  for (let i = 0; i < n; i += 2) {
    // u in (0, 1] keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log(((words[i] >>> 8) + 1) * 2 ** -24));
    const angle = 2 * Math.PI * (words[i + 1] >>> 8) * 2 ** -24;
    out[i] = radius * Math.cos(angle);
    if (i + 1 < n) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
};

/** A whole number below `limit`, without modulo bias worth naming (limit is at most 2^24). */
export const randomBelow = (key: RngKey, limit: number): number =>
  Math.floor((randomWords(key, 1)[0] >>> 8) * 2 ** -24 * limit);

/** A random permutation of 0 .. n-1 (argsort of words, ties by position). */
export const randomPermutation = (key: RngKey, n: number): Int32Array => {
  const words = randomWords(key, n);
  return Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => words[a] - words[b] || a - b);
};
