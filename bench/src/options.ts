// The command line.

import { parseArgs } from 'node:util';
import { type BenchmarkName, benchmarkNames } from './benchmarks.ts';
import { entryOf, type ProgramName, programNames } from './programs/index.ts';

export interface Options {
  readonly benchmark: BenchmarkName;
  readonly json: boolean;
  readonly rounds: number;
  readonly budgetMs: number;
  readonly programs: readonly ProgramName[];
  /** Programs that the defaults leave out, and why. */
  readonly leftOut: readonly string[];
}

export const usage = `npm run bench -- <cpu | train-step | forward | matmul | attention | elementwise | capture> [options]

  cpu                 all of the following on this Node and on Node 24, one table of each with our targets
                      (--rounds alone; about a quarter of an hour)
  train-step          a step of training a small encoder, here and in every installed peer
  forward             the forward pass of that encoder
  matmul              f32 products: squares of 64 to 1024, and those of the train step
  attention           8 heads of 64 over 4096 tokens, forward and backward
  elementwise         copy, softmax, layer norm, GELU and AdamW on 16 M elements
  capture             a step of this engine eager and replayed: wall time, the host's part of it, and what handing
                      work to threads costs (--rounds and --json alone)

  --rounds N          measured rounds, however long they take; in each, every program runs once
                      (default: 7, or as many as begin within 2.5 minutes)
  --programs a,b      only these: ${programNames.join(', ')}
  --slow              with the programs that take minutes
  --json              one JSON object a line, nothing else on stdout (npm run --silent bench -- ...)
  --help              this text`;

export class UsageError extends Error {}

const commands = ['cpu', ...benchmarkNames, 'capture'];

const benchmarkOf = (words: readonly string[]): BenchmarkName => {
  const [word] = words;
  const known = benchmarkNames.find((name) => name === word);
  if (words.length === 1 && known !== undefined) return known;
  const came = words.length === 0 ? 'nothing' : words.join(' ');
  throw new UsageError(`bench: expected ${commands.join(', ')}, came ${came}; --help lists the options`);
};

export const roundsOf = (text = '7'): number => {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new UsageError(`bench: --rounds: expected a whole number from 1 to 1000, came ${text}`);
};

const isProgram = (name: string): name is ProgramName => programNames.some((known) => known === name);

const chosen = (text: string, benchmark: BenchmarkName): ProgramName[] =>
  [...new Set(text.split(','))].map((name) => {
    if (!isProgram(name)) {
      throw new UsageError(`bench: --programs: unknown program ${name}; expected some of ${programNames.join(', ')}`);
    }
    if (!entryOf(name).benchmarks.includes(benchmark)) {
      throw new UsageError(`bench: --programs: ${name} has no ${benchmark}`);
    }
    return name;
  });

const readArgs = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        programs: { type: 'string' },
        slow: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`bench: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
};

/** Null when help was asked for. Throws UsageError with one line. */
export const parseOptions = (args: readonly string[]): Options | null => {
  const { values, positionals } = readArgs([...args]);
  if (values.help) return null;
  const benchmark = benchmarkOf(positionals);
  const rounds = roundsOf(values.rounds);
  const budgetMs = values.rounds === undefined ? 150_000 : Number.POSITIVE_INFINITY;
  const base = { benchmark, json: values.json, rounds, budgetMs };
  if (values.programs !== undefined) return { ...base, programs: chosen(values.programs, benchmark), leftOut: [] };
  const able = programNames.filter((name) => entryOf(name).benchmarks.includes(benchmark));
  const isIn = (name: ProgramName): boolean => values.slow || entryOf(name).onlyWhenAsked === undefined;
  return {
    ...base,
    programs: able.filter(isIn),
    leftOut: able.filter((name) => !isIn(name)).map((name) => `${name}: ${entryOf(name).onlyWhenAsked}`),
  };
};
