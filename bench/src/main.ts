// `npm run bench`: measures this engine beside the installed peers in one interleaved run.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chooseGpu } from './adapter.ts';
import { captureBenchmark } from './capture.ts';
import { cpuBenchmark } from './cpu.ts';
import { gpuBenchmark } from './gpu.ts';
import { parseOptions, roundsOf, UsageError, usage } from './options.ts';
import { isOurs } from './programs/index.ts';
import { print } from './report.ts';
import { runBenchmark } from './run.ts';

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
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
  if (benchmark === 'gpu' && !rest.includes('--help')) {
    const rounds = rest.length === 0 ? null : roundsAlone('gpu', rest);
    if (!(await gpuBenchmark(rounds, progress))) process.exitCode = 1;
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
  if (benchmark === 'data' && !rest.includes('--help')) {
    const options = rest.filter((arg) => arg !== '--json');
    // the data sets and their readers are for this benchmark alone
    const { dataBenchmark } = await import('./data.ts');
    await dataBenchmark(options.length === 0 ? 1 : roundsAlone('data', options), rest.includes('--json'), progress);
    return;
  }
  if (benchmark === 'tune' && !rest.includes('--help')) {
    if (rest.length > 0) throw new UsageError(`bench: tune takes no options, came ${rest.join(' ')}`);
    await chooseGpu();
    const program = fileURLToPath(new URL('./tune/program.ts', import.meta.url));
    const { status } = spawnSync(process.execPath, [...process.execArgv, program], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return;
  }
  const gpu = options.device === 'gpu' ? await chooseGpu() : null;
  const result = await runBenchmark(options, gpu, progress);
  print(result);
  if (result.outcomes.some(({ program, failures }) => isOurs(program) && failures.length > 0)) process.exitCode = 1;
};

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
