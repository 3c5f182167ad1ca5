// The command line.

import { parseArgs } from 'node:util';
import { type BenchmarkName, benchmarkNames } from './benchmarks.ts';
import { type Device, devices } from './machine.ts';
import { entryOf, type ProgramName, programNames } from './programs/index.ts';

export interface Options {
  readonly benchmark: BenchmarkName;
  readonly device: Device;
  readonly json: boolean;
  readonly rounds: number;
  readonly budgetMs: number;
  readonly programs: readonly ProgramName[];
  /** Programs that the defaults leave out, and why. */
  readonly leftOut: readonly string[];
}

const programsOn = (device: Device): ProgramName[] => programNames.filter((name) => entryOf(name).device === device);

export const usage = `npm run bench -- <cpu | gpu | train-step | forward | matmul | attention | elementwise | capture | data | tune> [options]

  cpu                 all of the following on this Node and on Node 24, one table of each with our targets
                      (--rounds alone; about a quarter of an hour)
  gpu                 train step, matmul, attention and elementwise on a GPU through WebGPU, in one table with our targets
                      (--rounds alone; about a quarter of an hour)
  train-step          a step of training a small encoder, here and in every installed peer
  forward             the forward pass of that encoder
  matmul              f32 products: squares of 64 to 1024, and those of the train step; on a GPU squares of 256 to 8192
  attention           8 heads of 64 over 4096 tokens, forward and backward
  elementwise         copy, softmax, layer norm, GELU and AdamW on 16 M elements
  capture             a step of this engine eager and replayed: wall time, the host's part of it, and what handing
                      work to threads costs (--rounds and --json alone)
  data                samples a second that are loaded, prepared and masked, of every modality, and the share of a
                      training that waits for them, with 0, 1 and 2 workers (--rounds, default 1, and --json alone)
  tune                this GPU's numbers for the choice of matrix kernels, for packages/webgpu/src/kernels/tunings.ts

  --device cpu|gpu    what it runs on (default: cpu). gpu is the machine's GPU, or SwiftShader where there is none or
                      OMNIGRAD_SOFTWARE_GPU=1 asks for it; there sizes are cut
  --rounds N          measured rounds, however long they take; in each, every program runs once
                      (default: 7, or as many as begin within 2.5 minutes)
  --programs a,b      only these, on the cpu: ${programsOn('cpu').join(', ')};
                      on the gpu: ${programsOn('gpu').join(', ')}
  --slow              with the programs that take minutes
  --json              one JSON object a line, nothing else on stdout (npm run --silent bench -- ...)
  --help              this text`;

export class UsageError extends Error {}

const commands = ['cpu', 'gpu', ...benchmarkNames, 'capture', 'data', 'tune'];

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

const deviceOf = (text: string): Device => {
  const known = devices.find((name) => name === text);
  if (known === undefined) throw new UsageError(`bench: --device: expected ${devices.join(' or ')}, came ${text}`);
  return known;
};

const chosen = (text: string, benchmark: BenchmarkName, device: Device): ProgramName[] =>
  [...new Set(text.split(','))].map((name) => {
    if (!isProgram(name)) {
      throw new UsageError(`bench: --programs: unknown program ${name}; expected some of ${programNames.join(', ')}`);
    }
    if (!entryOf(name).benchmarks.includes(benchmark)) {
      throw new UsageError(`bench: --programs: ${name} has no ${benchmark}`);
    }
    if (entryOf(name).device !== device) {
      throw new UsageError(`bench: --programs: ${name} does not run on --device ${device}`);
    }
    return name;
  });

const readArgs = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        device: { type: 'string', default: 'cpu' },
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

const usualBudgetMs = 150_000;

/** The defaults. */
export const optionsOf = (benchmark: BenchmarkName, device: Device, slow = false): Options => {
  const able = programsOn(device).filter((name) => entryOf(name).benchmarks.includes(benchmark));
  const isIn = (name: ProgramName): boolean => slow || entryOf(name).onlyWhenAsked === undefined;
  return {
    benchmark,
    device,
    json: false,
    rounds: roundsOf(),
    budgetMs: usualBudgetMs,
    programs: able.filter(isIn),
    leftOut: able.filter((name) => !isIn(name)).map((name) => `${name}: ${entryOf(name).onlyWhenAsked}`),
  };
};

/** Null when help was asked for. Throws UsageError with one line. */
export const parseOptions = (args: readonly string[]): Options | null => {
  const { values, positionals } = readArgs([...args]);
  if (values.help) return null;
  const benchmark = benchmarkOf(positionals);
  const device = deviceOf(values.device);
  const rounds = roundsOf(values.rounds);
  const budgetMs = values.rounds === undefined ? usualBudgetMs : Number.POSITIVE_INFINITY;
  const base = { ...optionsOf(benchmark, device, values.slow), json: values.json, rounds, budgetMs };
  if (values.programs === undefined) return base;
  return { ...base, programs: chosen(values.programs, benchmark, device), leftOut: [] };
};
