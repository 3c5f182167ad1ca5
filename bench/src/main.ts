// `npm run bench`: measures this engine beside the installed peers in one interleaved run.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkOf } from './benchmarks.ts';
import { captureBenchmark } from './capture.ts';
import { ceilingMeter } from './ceiling.ts';
import { cpuBenchmark } from './cpu.ts';
import { writeInputs } from './inputs.ts';
import { measure } from './measure.ts';
import { type Options, parseOptions, roundsOf, UsageError, usage } from './options.ts';
import { ours } from './programs/index.ts';
import { loadNow, print, type Result } from './report.ts';

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

/** A folder that is gone when this process is, however it ends; the programs' processes end when their input does. */
const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  return folder;
};

const run = async (options: Options): Promise<Result> => {
  const loadBefore = loadNow();
  const folder = temporaryFolder();
  writeInputs(options.benchmark, folder);
  const cases = benchmarkOf(options.benchmark).cases.map(({ name }) => name);
  const ceiling = ceilingMeter();
  const onRound = (round: number): void => {
    progress(round === 0 ? 'warming up ...' : `round ${round} of ${options.rounds} ...`);
    ceiling.measure();
  };
  const outcomes = await measure({ ...options, cases, folder, onRound });
  progress('');
  ceiling.close();
  return { options, outcomes, ceilings: ceiling.best(), loadBefore };
};

/** Of the commands that take no programs. */
const roundsAlone = (name: string, args: readonly string[]): number => {
  const [flag, value, ...rest] = args;
  if (args.length === 0) return roundsOf();
  if (flag === '--rounds' && value !== undefined && rest.length === 0) return roundsOf(value);
  throw new UsageError(`bench: ${name} takes --rounds N alone, came ${args.join(' ')}`);
};

const main = async (): Promise<void> => {
  const [benchmark, ...rest] = process.argv.slice(2);
  if (benchmark === 'cpu' && !rest.includes('--help')) {
    await cpuBenchmark(roundsAlone('cpu', rest), progress);
    return;
  }
  if (benchmark === 'capture' && !rest.includes('--help')) {
    const json = rest.includes('--json');
    const rounds = roundsAlone(
      'capture',
      rest.filter((arg) => arg !== '--json'),
    );
    if (!(await captureBenchmark(rounds, json))) process.exitCode = 1;
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return;
  }
  const result = await run(options);
  print(result);
  if (result.outcomes.some(({ program, failure }) => program === ours && failure !== null)) process.exitCode = 1;
};

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
