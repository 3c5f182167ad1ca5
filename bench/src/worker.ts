// The process of one program: sets a benchmark up, then runs and times it whenever the parent asks, and waits in between.

import { createInterface } from 'node:readline';
import type { BenchmarkName } from './benchmarks.ts';
import { readWork, type Work } from './inputs.ts';
import { entryOf, type ProgramName } from './programs/index.ts';
import type { Runner } from './programs/program.ts';
import { encodeReply, type Measured, type Reply } from './protocol.ts';

const reply = (message: Reply): void => {
  process.stdout.write(encodeReply(message));
};

const failed = (error: unknown): void =>
  reply({ kind: 'failed', message: (error instanceof Error ? error.message : String(error)).split('\n')[0] });

const setUp = async (name: ProgramName, benchmark: BenchmarkName, folder: string, work: Work): Promise<Runner> => {
  const entry = entryOf(name);
  if (entry.host !== 'node') throw new Error(`bench: ${name} does not run in Node`);
  const program = await entry.load();
  const runner = await program.runners[benchmark]?.({ folder, machine: work.machine });
  if (runner === undefined) throw new Error(`bench: ${name} has no ${benchmark}`);
  reply({ kind: 'ready', version: program.version, backend: program.backend });
  return runner;
};

const measure = async (runner: Runner, name: string, repeats: number): Promise<Measured> => {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  for (let i = 0; i < repeats; i++) {
    const running = runner.run(name);
    // no turn of the event loop where there is nothing to wait for
    if (running instanceof Promise) await running;
  }
  await runner.finish?.();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1000;
  return { kind: 'measured', ms: ms / repeats, cpuMs: cpuMs / repeats, value: await runner.result() };
};

try {
  const [name, benchmark, folder] = process.argv.slice(2);
  const work = readWork(folder);
  const runner = await setUp(name as ProgramName, benchmark as BenchmarkName, folder, work);
  for await (const line of createInterface({ input: process.stdin })) {
    // a case that fails leaves the others
    await measure(runner, line, work.repeats[line] ?? 1).then(reply, failed);
  }
} catch (error) {
  failed(error);
  process.exitCode = 1;
}
