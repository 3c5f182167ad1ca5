// What a program that is measured looks like to the worker that runs it.

import { readFileSync } from 'node:fs';
import type { BenchmarkName } from '../benchmarks.ts';
import type { Machine } from '../machine.ts';

/** Where the input of a benchmark lies, and what it is sized for. */
export interface Place {
  readonly folder: string;
  readonly machine: Machine;
}

/** One benchmark set up in one program, kept alive between measurements. */
export interface Runner {
  /** Does the work of a case once. Nothing may be left queued but what finish() waits for. */
  run(name: string): void | Promise<void>;
  /** When a GPU has done all that was asked of it; measured with the runs before it. */
  finish?(): Promise<void>;
  /** A number of the last run that all programs must agree on. Not measured. */
  result(): number | Promise<number>;
}

export interface Program {
  /** Backend and what a reader must know of it, as the table shows it. */
  readonly backend: string;
  readonly version: string;
  readonly runners: { readonly [B in BenchmarkName]?: (place: Place) => Runner | Promise<Runner> };
}

/** The version of a dependency of bench, from its manifest: packages need not export it. */
export const installedVersion = (name: string): string => {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
  } catch {
    throw new Error(`${name} is not installed in bench/node_modules`);
  }
};
