// The command when its GPU fails: it goes on, or ends with one line that says what to do, and what it has written is whole.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readCheckpoint } from '@omnigrad/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Run {
  readonly name: string;
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

const folder = mkdtempSync(join(tmpdir(), 'omnigrad-gpu-faults-'));
const runs = new Map<string, Run>();
let exitCode: number | null = null;
let lastWords = '';

/** As if the package webgpu were not installed, the first two times that the backend asks for it. */
const hook = `
  let left = 2;
  export const resolve = (name, context, next) => {
    if (name === 'webgpu' && context.parentURL?.endsWith('/src/device.ts') && left-- > 0) throw new Error('not found');
    return next(name, context);
  };`;
const dataUrl = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
const registered = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`);

const isRun = (value: unknown): value is Run => typeof value === 'object' && value !== null && 'name' in value;

beforeAll(async () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('gpu-faults-child.ts', import.meta.url));
  const flags = ['--conditions=omnigrad-source', '--import', tsx, '--import', registered];
  const child = spawn(process.execPath, [...flags, script, folder]);
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    lastWords += String(chunk);
  });
  exitCode = await new Promise((resolve) => child.on('close', resolve));
  for (const line of out.split('\n').filter((text) => text !== '')) {
    const run: unknown = JSON.parse(line);
    if (isRun(run)) runs.set(run.name, run);
  }
}, 240_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const runOf = (name: string): Run => {
  const run = runs.get(name);
  if (run === undefined)
    throw new Error(`the run ${name} did not end; the process ended with ${exitCode}: ${lastWords}`);
  return run;
};

/** The error line of a run that ended with one and nothing else. */
const errorOf = (name: string): string => {
  const { code, errors } = runOf(name);
  expect(code).toBe(1);
  expect(errors).toMatch(/^error: [^\n]+\n$/);
  return errors.slice(0, -1);
};

const checkpointsOf = (name: string): string[] => readdirSync(join(folder, name, 'checkpoints')).sort();

const metricsOf = (name: string): string => readFileSync(join(folder, name, 'metrics.jsonl'), 'utf8');

/** The checkpoints are those of the stages before `stage`, and read; the log ends with the last of them, and holds what was read. */
const expectWholeUpTo = (name: string, stage: 2 | 3): void => {
  const steps = Array.from({ length: stage - 1 }, (_, i) => [`stage-${i + 1}`, `step-000000${2 * i + 2}`]).flat();
  expect(checkpointsOf(name)).toEqual(steps.map((file) => `${file}.safetensors`).sort());
  for (const file of checkpointsOf(name)) readCheckpoint(join(folder, name, 'checkpoints', file));
  const rows = metricsOf(name).trimEnd().split('\n');
  for (const row of rows) expect(JSON.parse(row)).toMatchObject({ loss: 2 ** -10, gradNorm: 2 ** -10 });
  expect(JSON.parse(rows.at(-1) ?? '')).toMatchObject({ globalStep: 2 * stage - 3 });
};

const lostLines = (name: string): string[] =>
  runOf(name)
    .out.split('\n')
    .filter((line) => line.startsWith('the device was lost'));

describe('a GPU that is lost', () => {
  const lost = 'the device was lost (destroyed: device was destroyed)';

  it('is exchanged for another, in a line each time, and the run ends as one without losses', () => {
    expect(runOf('whole')).toMatchObject({ code: 0, errors: '' });
    expect(runOf('lost-and-found')).toMatchObject({ code: 0, errors: '' });
    const step = (n: number): string => join(folder, 'lost-and-found', 'checkpoints', `step-000000${n}.safetensors`);
    expect(lostLines('lost-and-found')).toEqual([
      `${lost}; on a new one the run begins anew, for no checkpoint was written yet`,
      `${lost}; on a new one the run goes on from ${step(2)}: stage 1, step 2`,
      `${lost}; on a new one the run goes on from ${step(6)}: stage 3, step 2`,
    ]);
    expect(metricsOf('lost-and-found')).toBe(metricsOf('whole'));
    expect(checkpointsOf('lost-and-found')).toEqual(checkpointsOf('whole'));
    for (const file of checkpointsOf('whole')) {
      const [a, b] = ['whole', 'lost-and-found'].map((name) => readFileSync(join(folder, name, 'checkpoints', file)));
      expect(b.equals(a), file).toBe(true);
    }
  });

  it('ends the run where there is no other, and the CPU can go on', () => {
    const dir = join(folder, 'lost-for-good');
    expect(lostLines('lost-for-good')).toHaveLength(1);
    expect(errorOf('lost-for-good')).toBe(
      `error: webgpu: no GPU was found; install its driver with Vulkan, or use the CPU backend; the checkpoints are intact: go on with train --resume ${dir} --device cpu`,
    );
    expect(runOf('goes-on')).toMatchObject({ code: 0, errors: '' });
    expect(runOf('goes-on').out).toContain('stage 1, step 2');
  });

  it('ends the run when that goes on and on', () => {
    expect(lostLines('lost-again-and-again')).toHaveLength(2);
    expect(errorOf('lost-again-and-again')).toMatch(
      /^error: training: the device was lost 3 times without a new checkpoint \(destroyed: device was destroyed\); the checkpoints are intact: go on with train --resume \S+lost-again-and-again --device cpu$/,
    );
    expectWholeUpTo('lost-again-and-again', 2);
    // of the last run, and of the process
    expect(exitCode).toBe(1);
  });
});

describe('a GPU that refuses', () => {
  it('a command, ends the run', () => {
    expect(errorOf('refused')).toMatch(
      /^error: webgpu: the GPU refused a command: Dispatch workgroup count X \(1000000\) exceeds [^\n]+; the checkpoints are intact: go on with train --resume \S+refused --device cpu$/,
    );
    expectWholeUpTo('refused', 2);
  });

  it('to be read, ends the run', () => {
    expect(errorOf('unreadable')).toMatch(
      /^error: webgpu: a tensor could not be read back: Error: not now; the checkpoints are intact: go on with train --resume \S+unreadable --device cpu$/,
    );
    expectWholeUpTo('unreadable', 3);
  });

  it('a shader, ends the run with its place', () => {
    expect(errorOf('misprint')).toMatch(
      /^error: webgpu: a kernel does not compile, [^\n]*optim\/adam[^\n]*; no checkpoint was written yet: delete \S+misprint and start anew, perhaps with --device cpu$/,
    );
    expect(readdirSync(join(folder, 'misprint'))).toEqual(['checkpoints', 'config.json']);
    expect(checkpointsOf('misprint')).toEqual([]);
  });

  it('a model that is too large for it, before the first step and with the sizes', () => {
    expect(errorOf('too-large')).toMatch(
      /^error: webgpu: a tensor of 0\.\d\d MiB was asked for, this adapter binds 0\.06 MiB at most; use a smaller batch or split it; no checkpoint was written yet: delete \S+ and start anew, perhaps with --device cpu$/,
    );
    expect(runOf('too-large').out).not.toContain('stage 1');
    expect(readdirSync(join(folder, 'too-large'))).toEqual(['checkpoints', 'config.json']);
  });
});

describe('no GPU', () => {
  const reasons = {
    'no-package': 'webgpu: Node has no WebGPU of its own; npm install webgpu@0.6.2 gives it one',
    'no-adapter': 'webgpu: no GPU was found; install its driver with Vulkan, or use the CPU backend',
  } as const;

  it.each(['no-package', 'no-adapter'] as const)(
    '%s: an error with --device gpu, the CPU with auto, which says so',
    (name) => {
      expect(errorOf(name)).toBe(`error: ${reasons[name]}`);
      // no run is left behind
      expect(readdirSync(folder)).not.toContain(name);
      const auto = runOf(`${name}-auto`);
      expect(auto).toMatchObject({ code: 0, errors: '' });
      expect(auto.out).toMatch(/; CPU, \d+ threads? \(webgpu: /);
      expect(auto.out).toContain(`(${reasons[name]})`);
    },
  );
});
