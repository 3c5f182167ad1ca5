// What a program that is measured looks like to the worker that runs it.

import { readFileSync } from 'node:fs';
import type { BenchmarkName } from '../benchmarks.ts';

/** One benchmark set up in one program, kept alive between measurements. */
export interface Runner {
  /** Runs the measured work of a case to its end: nothing may be left queued. */
  run(name: string): void | Promise<void>;
  /** A number of the last run that all programs must agree on. Not measured. */
  result(): number | Promise<number>;
  /** How often run() does the work; the time is divided by it. Default 1. */
  repeats?(name: string): number;
}

export interface Program {
  /** Backend and what a reader must know of it, as the table shows it. */
  readonly backend: string;
  readonly version: string;
  readonly runners: { readonly [B in BenchmarkName]?: (folder: string) => Runner | Promise<Runner> };
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
