// What the tests of src/run do in a process of its own: to be killed, to compete for a folder, to fill a disk, to be
// interrupted. Run by `startChild`; the first argument says which.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openRun, watchInterrupts, writeCheckpoint } from '../src/run/index.ts';

const [, , role, dir] = process.argv;

const checkpoint = (step: number, size: number) => {
  const filled = { shape: [size], data: new Float32Array(size).fill(step) };
  return {
    tensors: new Map([
      ['model.w', filled],
      ['adamw.m', filled],
    ]),
    state: {
      ...({ format: 1, stage: 1, step, globalStep: step, groupSteps: [step], seed: 7 } as const),
      ...{ configHash: 'c', dataFingerprint: 'd', trackers: {} },
    },
  };
};

const messageOf = (action: () => unknown): string => {
  try {
    action();
    return 'no error';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Saves without end, each checkpoint with its metric row; goes on where the last one was killed. */
function save(): void {
  const resume = readdirSync(dir).includes('config.json');
  const run = openRun({ dir, mode: resume ? 'resume' : 'new' });
  let step = 0;
  if (resume) {
    step = run.latestCheckpoint().checkpoint.state.globalStep;
    run.truncateMetrics((row) => row.globalStep <= step);
  } else run.writeConfig({ width: 4 });
  for (;;) {
    step++;
    run.appendMetric({ globalStep: step, loss: 1 / step });
    run.saveCheckpoint(checkpoint(step, 20_000));
    process.stdout.write(`saved ${step}\n`);
  }
}

/** Tries once for each of the folders and keeps what it won until its input closes. */
function compete(): void {
  const until = Number(process.argv[4]);
  while (Date.now() < until);
  for (const name of readdirSync(dir).sort()) {
    const message = messageOf(() => openRun({ dir: join(dir, name), mode: 'new' }));
    process.stdout.write(`${name}: ${message}\n`);
  }
  process.stdout.write('tried all\n');
  process.stdin.resume();
}

/** In a mount namespace of its own: a disk of 200 KiB, then the same one read-only. */
function fillDisk(): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', dir]);
  const path = join(dir, 'a');
  const run = openRun({ dir: path, mode: 'new' });
  run.writeConfig({});
  run.saveCheckpoint(checkpoint(1, 10));
  const full = messageOf(() => run.saveCheckpoint(checkpoint(2, 100_000)));
  const files = readdirSync(run.paths.checkpoints);
  const latest = run.latestCheckpoint().checkpoint.state.globalStep;
  run.close();
  execFileSync('mount', ['-o', 'remount,ro', dir]);
  const resume = messageOf(() => openRun({ dir: path, mode: 'resume' }));
  const fresh = messageOf(() => openRun({ dir: join(dir, 'b'), mode: 'new' }));
  const write = messageOf(() => writeCheckpoint(join(dir, 'c.safetensors'), checkpoint(1, 10)));
  process.stdout.write(JSON.stringify({ full, files, latest, resume, fresh, write }));
}

function interrupt(): void {
  const interrupts = watchInterrupts({ onFirst: (signal) => process.stdout.write(`first ${signal}\n`) });
  process.stdout.write(`ready ${interrupts.requested} ${interrupts.exitCode}\n`);
  if (dir === 'idle') return;
  let turns = 0;
  setInterval(() => {
    if (dir === 'stop' && interrupts.exitCode !== null) process.exit(interrupts.exitCode);
    if (interrupts.requested !== null) process.stdout.write(`saving ${++turns}\n`);
  }, 5);
}

const roles: Readonly<Record<string, () => void>> = { save, compete, fillDisk, interrupt };
roles[role]();
