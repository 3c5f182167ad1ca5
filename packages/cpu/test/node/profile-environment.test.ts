// OMNIGRAD_PROFILE as a program meets it: what it prints and writes, and what it leaves as it is.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCpuBackend } from '../../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnigrad-profile-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** Lines. */
  readonly stderr: readonly string[];
}

const program = fileURLToPath(new URL('profiled.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Runs the program in the folder; `asked` is OMNIGRAD_PROFILE. */
const run = (how: string, asked: string | undefined): Ended => {
  const { OMNIGRAD_PROFILE: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', tsx, '--conditions=omnigrad-source', program, how],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: asked === undefined ? env : { ...env, OMNIGRAD_PROFILE: asked },
    },
  );
  return { status, stdout, stderr: stderr.split('\n').slice(0, -1) };
};

/** The table of the program's three ops, as patterns of its lines. */
const table = [
  /^op +calls +ms +of the time +GFLOP\/s +GB\/s +of the ceiling$/,
  /^(matmul +2|add +1) +\d+\.\d\d +\d+\.\d % .* %$/,
  /^(matmul +2|add +1) +\d+\.\d\d +\d+\.\d % .* %$/,
  /^host, outside kernels +\d+\.\d\d +\d+\.\d %$/,
  /^\d+\.\d\d ms, \d threads?; ceilings measured now: [\d.]+ GFLOP\/s in products, [\d.]+ GB\/s in a copy$/,
];
const lineOf = (file: string): string => `trace: ${file} (open it in Perfetto or chrome://tracing)`;
const expectLines = (got: readonly string[], want: readonly (RegExp | string)[]): void =>
  expect(got).toEqual(want.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));

/** Names of the calls in a trace file. */
const opsIn = (file: string): string[] => {
  const { traceEvents } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    readonly traceEvents: readonly { readonly name: string }[];
  };
  return traceEvents.map(({ name }) => name);
};
const ops = ['matmul', 'matmul', 'add'];

let plain: Ended;
beforeAll(() => {
  folder = tmpdir();
  plain = run('end', undefined);
  expect(plain).toEqual({ status: 0, stdout: expect.stringMatching(/^(-?[\d.]+,){399}-?[\d.]+\n$/), stderr: [] });
});

describe('OMNIGRAD_PROFILE', () => {
  it.each(['', '0', 'false'])('says no with "%s"', (asked) => {
    expect(run('end', asked)).toEqual(plain);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['1', 'true'])('prints a table and writes a trace with "%s", and the result is the same', (asked) => {
    const { status, stdout, stderr } = run('end', asked);
    expect([status, stdout]).toEqual([0, plain.stdout]);
    expectLines(stderr, [...table, lineOf('omnigrad-profile.json')]);
    expect(readdirSync(folder)).toEqual(['omnigrad-profile.json']);
    expect(opsIn('omnigrad-profile.json')).toEqual(ops);
  });

  it('names the file of the trace', () => {
    mkdirSync(join(folder, 'v1.2'));
    const { stderr } = run('async', 'v1.2/trace');
    expectLines(stderr, [...table, lineOf('v1.2/trace')]);
    expect(opsIn('v1.2/trace')).toEqual(ops);
  });

  it('reports when the backend is disposed, once', () => {
    const { status, stdout, stderr } = run('dispose', '1');
    expect([status, stdout]).toEqual([0, plain.stdout]);
    expectLines(stderr, [...table, lineOf('omnigrad-profile.json'), 'disposed']);
  });

  it('reports at the end of a program that throws or exits, whose code stays', () => {
    const thrown = run('throw', '1');
    expect([thrown.status, thrown.stdout]).toEqual([1, plain.stdout]);
    // Node tells of the error last
    expectLines(thrown.stderr.slice(0, 6), [...table, lineOf('omnigrad-profile.json')]);
    expect(thrown.stderr.slice(6)).toContain('Error: thrown');
    const exited = run('exit', 'other.json');
    expect([exited.status, exited.stdout]).toEqual([3, plain.stdout]);
    expectLines(exited.stderr, [...table, lineOf('other.json')]);
    expect(readdirSync(folder).sort()).toEqual(['omnigrad-profile.json', 'other.json']);
  });

  it('tells in one line that the trace could not be written', () => {
    const { status, stdout, stderr } = run('end', 'no/such/folder.json');
    expect([status, stdout]).toEqual([0, plain.stdout]);
    expectLines(stderr, [
      ...table,
      /^trace: no\/such\/folder\.json was not written: ENOENT: no such file or directory/,
    ]);
  });

  it('is silent about backends on which nothing ran', () => {
    expect(run('idle', '1')).toEqual({ status: 0, stdout: '', stderr: [] });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('numbers the files of several backends, in the order of their reports', () => {
    mkdirSync(join(folder, 'a.b'));
    const { status, stdout, stderr } = run('many', 'a.b/path.json');
    expect([status, stdout]).toEqual([0, plain.stdout.repeat(3)]);
    const files = ['a.b/path.json', 'a.b/path-2.json', 'a.b/path-3.json'];
    expectLines(
      stderr,
      files.flatMap((file) => [...table, lineOf(file)]),
    );
    for (const file of files) expect(opsIn(file)).toEqual(ops);
  });

  it('leaves a program that profiles by itself its own profile', () => {
    const { status, stdout, stderr } = run('profiled', '1');
    expect([status, stdout]).toEqual([0, `${plain.stdout}2\n`]);
    expectLines(stderr, [...table, lineOf('omnigrad-profile.json')]);
  });
});

describe('a host without processes', () => {
  beforeAll(() => {
    // what is measured and remembered once, with the help of files
    createCpuBackend().dispose();
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it('has no environment to ask', () => {
    vi.stubEnv('OMNIGRAD_PROFILE', 'nowhere/to/be/written.json');
    const backend = createCpuBackend();
    expect(backend).toHaveProperty('profile');
    backend.dispose();
    for (const stub of [undefined, {}, { env: process.env }, { env: process.env, getBuiltinModule: () => undefined }]) {
      vi.stubGlobal('process', stub);
      const other = createCpuBackend({ threads: 1 });
      vi.unstubAllGlobals();
      expect(other).not.toHaveProperty('profile');
      other.dispose();
    }
  });
});
