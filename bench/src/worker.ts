// The process of one program: sets a benchmark up, then runs and times it whenever the parent asks, and waits in between.

import { createInterface } from 'node:readline';
import type { BenchmarkName } from './benchmarks.ts';
import { entryOf, type ProgramName } from './programs/index.ts';
import type { Runner } from './programs/program.ts';
import { encodeReply, type Reply } from './protocol.ts';

const reply = (message: Reply): void => {
  process.stdout.write(encodeReply(message));
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

const setUp = async (name: ProgramName, benchmark: BenchmarkName, folder: string): Promise<Runner> => {
  const entry = entryOf(name);
  if (entry.host !== 'node') throw new Error(`bench: ${name} does not run in Node`);
  const program = await entry.load();
  const runner = await program.runners[benchmark]?.(folder);
  if (runner === undefined) throw new Error(`bench: ${name} has no ${benchmark}`);
  reply({ kind: 'ready', version: program.version, backend: program.backend });
  return runner;
};

const serve = async (runner: Runner): Promise<void> => {
  for await (const name of createInterface({ input: process.stdin })) {
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    await runner.run(name);
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(cpuBefore);
    const repeats = runner.repeats?.(name) ?? 1;
    const cpuMs = (user + system) / 1000 / repeats;
    reply({ kind: 'measured', ms: ms / repeats, cpuMs, value: await runner.result() });
  }
};

try {
  const [name, benchmark, folder] = process.argv.slice(2);
  await serve(await setUp(name as ProgramName, benchmark as BenchmarkName, folder));
} catch (error) {
  reply({ kind: 'failed', message: messageOf(error) });
  process.exitCode = 1;
}
