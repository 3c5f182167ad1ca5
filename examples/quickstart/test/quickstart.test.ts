// The quickstart as a user runs it, in processes of its own, on the two modalities that load at once.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'omnigrad-quickstart-'));

let folder: string;

beforeEach(() => {
  folder = newFolder();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

const start = (args: readonly string[], cwd = folder): ChildProcess =>
  spawn(process.execPath, ['--import', tsx, '--conditions=omnigrad-source', main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
  });

const ended = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    let out = '';
    let errors = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('close', (code) => resolve({ code, out, errors }));
  });

const run = (...args: readonly string[]): Promise<Ended> => ended(start(args));

const small = ['--modalities', 'tabular,timeseries', '--minutes', '0.1'];

const summary = (dir: string): unknown =>
  JSON.parse(readFileSync(join(folder, dir, 'summary.json'), 'utf8'), (key, value: unknown) =>
    key === 'seconds' ? 0 : value,
  );

const lastCheckpoint = (dir: string): string =>
  readFileSync(join(folder, dir, 'checkpoints', 'stage-3.safetensors')).toString('base64');

/** A folder with a run of `small` that has ended: what the tests compare with, or break a copy of. */
let shared: string;
let whole: Ended;

beforeAll(async () => {
  shared = newFolder();
  whole = await ended(start([...small, '--out', 'whole'], shared));
}, 240_000);

afterAll(() => {
  rmSync(shared, { recursive: true, force: true });
});

const copyWhole = (): void => cpSync(join(shared, 'whole'), join(folder, 'whole'), { recursive: true });

/** Resolves once the run folder holds a checkpoint of some step, or the process ended. */
const checkpointOf = async (dir: string, child: ChildProcess): Promise<void> => {
  const checkpoints = join(folder, dir, 'checkpoints');
  const there = (): boolean =>
    existsSync(checkpoints) && readdirSync(checkpoints).some((n) => n.endsWith('.safetensors'));
  while (child.exitCode === null && !there()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('a run', () => {
  it('ends with a table, a summary and a report, and a second one of the same seed with the same bytes', async () => {
    copyWhole();
    const second = await run(...small, '--out', 'second', '--seed', '1');
    expect(whole.errors).toBe('');
    expect(whole.code).toBe(0);
    expect(second.code).toBe(0);
    expect(whole.out).toMatch(/species .*accuracy/);
    expect(whole.out).toContain(`wrote ${join('whole', 'report.html')}`);
    expect(summary('second')).toEqual(summary('whole'));
    expect(lastCheckpoint('second')).toBe(lastCheckpoint('whole'));
    const found = summary('whole') as {
      stages: { steps: number; firstLoss: number; lastLoss: number }[];
      tasks: object[];
    };
    expect(found.tasks).toHaveLength(2);
    for (const { steps, firstLoss, lastLoss } of found.stages) {
      expect(steps).toBeGreaterThan(0);
      expect(lastLoss).toBeLessThan(firstLoss);
    }
    expect(readFileSync(join(folder, 'whole', 'report.html'), 'utf8')).not.toMatch(/(src|href)="https?:/);
    for (const name of ['config.json', 'metrics.jsonl']) expect(existsSync(join(folder, 'whole', name))).toBe(true);
  });

  it('goes on after kill -9 and ends in the same bytes', async () => {
    copyWhole();
    const child = start([...small, '--out', 'broken']);
    const death = ended(child);
    await checkpointOf('broken', child);
    child.kill('SIGKILL');
    await death;
    const resumed = await run('--resume', 'broken');
    expect(resumed.errors).toBe('');
    expect(resumed.code).toBe(0);
    expect(resumed.out).toMatch(/resuming .*broken/);
    expect(summary('broken')).toEqual(summary('whole'));
    expect(lastCheckpoint('broken')).toBe(lastCheckpoint('whole'));
    expect(readFileSync(join(folder, 'broken', 'metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8'),
    );
  });

  it('writes a checkpoint on Ctrl-C and says how to go on', async () => {
    const child = start(['--modalities', 'tabular,timeseries', '--minutes', '5', '--out', 'long']);
    const death = ended(child);
    child.stdout?.on('data', (chunk) => {
      if (String(chunk).includes('stage 1')) setTimeout(() => child.kill('SIGINT'), 300);
    });
    const { code, out } = await death;
    expect(code).toBe(130);
    expect(out).toMatch(/checkpoint written: .*step-\d+\.safetensors/);
    expect(out).toContain('continue with: npm start -- --resume long');
  });
});

describe('bad input is one clear line', () => {
  it('an unknown modality', async () => {
    const { code, errors } = await run('--modalities', 'image,smell');
    expect(code).toBe(1);
    expect(errors).toContain(
      'unknown modality "smell"; choose from image, text, audio, tabular, timeseries, imu, video, depth,',
    );
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('a folder that holds a run, and one that holds none to resume', async () => {
    writeFileSync(join(folder, 'config.json'), '{}');
    const full = await run(...small, '--out', '.');
    expect(full).toMatchObject({ code: 1, out: '' });
    expect(full.errors).toBe(
      'error: run: folder "." already holds a run (config.json); continue it with --resume, or choose another --out\n',
    );
    const empty = await run('--resume', 'nowhere');
    expect(empty.code).toBe(1);
    expect(empty.errors).toBe(
      'error: run: folder "nowhere" does not exist; start a new run without --resume, or choose another --out\n',
    );
  });

  it('a folder in use', async () => {
    const child = start(['--modalities', 'tabular', '--minutes', '5', '--out', 'busy']);
    const death = ended(child);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', () => resolve());
    });
    const { code, errors } = await run('--resume', 'busy');
    child.kill('SIGKILL');
    await death;
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^error: run: folder "busy" (is in use by process \d+|holds no checkpoint to resume from)[^\n]*\n$/,
    );
  });

  it('options that ask for another run than the one resumed', async () => {
    copyWhole();
    const { code, errors } = await run('--resume', 'whole', '--seed', '2');
    expect(code).toBe(1);
    expect(errors).toBe(
      'error: --resume: the options ask for another run than whole holds: seed: 1 in the checkpoint, 2 asked; leave them out, or start a new run with --out\n',
    );
  });

  it('a checkpoint of another config', async () => {
    copyWhole();
    const file = join(folder, 'whole', 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"width": 64', '"width": 32'));
    const { code, errors } = await run('--resume', 'whole');
    expect(code).toBe(1);
    expect(errors).toMatch(/^error: checkpoint: file ".*step-\d+\.safetensors": of another config: [^\n]*\n$/);
  });
});
