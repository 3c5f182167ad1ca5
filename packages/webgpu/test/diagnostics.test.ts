// What tells of the GPU's work: profiles, pipelines made ahead, and refusals that name the op.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  BackendError,
  call,
  capture,
  cpuPlan,
  exp,
  input,
  type Kernel,
  matmul,
  output,
  scope,
  softmax,
  type Tensor,
  tensor,
  useBackend,
} from '@omnigrad/tensor';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { create } from 'webgpu';
import { WebGpuBackend } from '../src/backend.ts';
import { openDevice } from '../src/device.ts';
import { type Dispatch, reads, writes } from '../src/dispatch.ts';
import {
  createPlanningBackend,
  createWebGpuBackend,
  type MatmulTuning,
  narrowTuning,
  type WebGpuBackendInstance,
} from '../src/index.ts';
import { pipelineKey, recipeOfKey } from '../src/pipelines.ts';
import { PassTimer } from '../src/profile.ts';

let backend: WebGpuBackendInstance | undefined;
afterEach(() => {
  useBackend(undefined);
  backend?.dispose();
  backend = undefined;
  vi.unstubAllEnvs();
});

const make = async (options: Parameters<typeof createWebGpuBackend>[0] = {}): Promise<WebGpuBackendInstance> => {
  backend = await createWebGpuBackend({ software: true, ...options });
  useBackend(backend);
  return backend;
};

const errorOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    (result) => new Error(`no error, but ${String(result)}`),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );

/** Three kernels: a product, a sum of two, a softmax. */
const work = (x: Tensor): Tensor => scope(() => softmax(add(matmul(x, x), x)));
const square = (): Tensor =>
  tensor(
    Float32Array.from({ length: 400 }, (_, i) => Math.sin(i)),
    [20, 20],
  );

describe('a profile', () => {
  it('counts and times every dispatch, eager or replayed, and changes no result', async () => {
    const plain = await make();
    const wanted = await work(square()).read();
    plain.dispose();
    const on = await make({ profile: true });
    using x = square();
    using y = work(x);
    expect(await y.read()).toEqual(wanted);
    const step = capture(({ x: given }: { readonly x: Tensor }) => work(given));
    for (let i = 0; i < 5; i++) {
      using z = step({ x });
      expect(await z.read()).toEqual(wanted);
    }
    const { rows, wallMs, betweenMs, untimed, rounded } = await on.profile();
    const callsOf = (op: string): number[] => rows.filter((row) => row.op === op).map(({ calls }) => calls);
    expect(['matmul', 'add', 'softmax'].map(callsOf)).toEqual([[6], [6], [6]]);
    expect(rows.find(({ op }) => op === 'softmax')?.kernel).toMatch(/^softmax\/rows/);
    expect(rows.every(({ ms, meanMs, calls }) => ms > 0 && Math.abs(ms - calls * meanMs) < 1e-9)).toBe(true);
    expect(rows.map(({ ms }) => ms)).toEqual(rows.map(({ ms }) => ms).sort((a, b) => b - a));
    expect(rows.reduce((all, { ms }) => all + ms, 0) + betweenMs).toBeCloseTo(wallMs, 6);
    // Dawn in Node rounds nothing here
    expect([untimed, rounded]).toEqual([0, false]);
    on.resetProfile();
    expect((await on.profile()).rows).toEqual([]);
    step.dispose();
  });

  it('is a table for people, and a trace', async () => {
    const on = await make({ profile: true });
    using x = square();
    work(x).dispose();
    const profile = await on.profile();
    const lines = profile.table().split('\n');
    expect(lines[0]).toBe(
      'Times of the GPU. Every dispatch is a pass of its own here: the whole takes longer than without a profile.',
    );
    expect(lines[1]).toMatch(/^op +kernel +calls +ms +of the time +mean µs$/);
    for (const line of lines.slice(2, 5))
      expect(line).toMatch(/^\w+ +\w+\/\S+( \w+)? +1 +\d+\.\d\d +\d+\.\d % +\d+\.\d$/);
    expect(lines[5]).toMatch(/^between dispatches +\d+\.\d\d +\d+\.\d %$/);
    expect(lines.slice(6)).toEqual([expect.stringMatching(/^\d+\.\d\d ms, 3 dispatches$/)]);
    const { traceEvents } = JSON.parse(profile.chromeTrace()) as {
      readonly traceEvents: readonly { name: string; ts: number; dur: number; args: { kernel: string } }[];
    };
    expect(traceEvents.map(({ name }) => name)).toEqual(['matmul', 'add', 'softmax']);
    expect(traceEvents[0].ts).toBe(0);
    // one after the other
    for (const i of [1, 2]) {
      expect(traceEvents[i].ts).toBeGreaterThanOrEqual(traceEvents[i - 1].ts + traceEvents[i - 1].dur - 1);
    }
    expect(traceEvents[1].args.kernel).toBe('elementwise/binary');
  });

  it('times more dispatches of one submit than a query set has room for', async () => {
    const on = await make({ profile: true });
    const negate: Kernel<null> = {
      name: 'negate',
      reference: () => undefined,
      cpu: () => cpuPlan([call('unary', [input(0), output(0)], { fn: 'neg', n: 1 })]),
    };
    using x = tensor([1]);
    using y = tensor([0]);
    const command = on.prepare(negate, [x.view('test')], [y.view('test')], null);
    for (let i = 0; i < 2100; i++) command();
    expect([...(await y.read())]).toEqual([-1]);
    const { rows, untimed } = await on.profile();
    expect([rows.find(({ op }) => op === 'negate')?.calls, untimed]).toEqual([2100, 0]);
  });

  it('takes bounded memory where nobody waits, and says what it left out', async () => {
    const on = await make({ profile: true });
    using x = tensor([1]);
    for (let i = 0; i < 100; i++) {
      add(x, x).dispose();
      on.flush();
    }
    const profile = await on.profile();
    const { calls } = profile.rows[0];
    expect(calls).toBeGreaterThanOrEqual(32);
    expect(calls + profile.untimed).toBe(100);
    if (profile.untimed > 0) expect(profile.table()).toContain(`\n${profile.untimed} more were not timed: `);
  });

  it('says in one line why there is none', async () => {
    const without = await make();
    expect((await errorOf(without.profile())).message).toBe(
      'webgpu: no profile: make the backend with profile: true, or set OMNIGRAD_PROFILE=1',
    );
    without.dispose();
    const open = await openDevice({ software: true });
    const abilities = { ...open.abilities, timestamps: false };
    const options = { memoryLimit: Number.POSITIVE_INFINITY, profile: true, report: false, debug: false };
    backend = new WebGpuBackend({ ...open, abilities }, options);
    useBackend(backend);
    using x = square();
    work(x).dispose();
    const message = 'webgpu: no profile: this adapter has no timestamp-query';
    expect((await errorOf(backend.profile())).message).toBe(message);
    expect(() => backend?.resetProfile()).toThrow(message);
  });

  it('tells that a host rounds times', async () => {
    const instance = create([]);
    const adapter = await instance.requestAdapter();
    const device = await adapter?.requestDevice({ requiredFeatures: ['timestamp-query'] });
    if (device === undefined) throw new Error('no device');
    const timer = new PassTimer(device);
    const encoder = device.createCommandEncoder();
    encoder.beginComputePass({ timestampWrites: timer.begin({ op: 'none', kernel: 'none' }) }).end();
    const read = timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    read?.();
    await timer.settled();
    const profile = timer.profile();
    expect(profile.rounded).toBe(true);
    expect(profile.table()).toMatch(/\nthis host rounds times to 65\.5 µs: means of few calls say little$/);
    device.destroy();
  });

  it('is printed when the backend ends, where OMNIGRAD_PROFILE asks for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'omnigrad-profile-'));
    const file = join(folder, 'trace.json');
    vi.stubEnv('OMNIGRAD_PROFILE', file);
    const lines: unknown[] = [];
    const print = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
    const on = await make();
    using x = square();
    work(x).dispose();
    await on.finish();
    on.dispose();
    print.mockRestore();
    expect(lines).toEqual([
      expect.stringMatching(/^Times of the GPU\./),
      `trace: ${file} (open it in Perfetto or chrome://tracing)`,
    ]);
    expect(readFileSync(file, 'utf8')).toContain('"kernel":"elementwise/binary"');
    rmSync(folder, { recursive: true });
  });
});

describe('a warm-up', () => {
  it('makes the pipelines that a step will take, so that it makes none', async () => {
    const on = await make();
    const planning = createPlanningBackend(on.abilities);
    useBackend(planning);
    scope(() => work(square())).dispose();
    useBackend(on);
    const { pipelineKeys } = planning;
    expect(pipelineKeys).toHaveLength(3);
    const progress: [number, number][] = [];
    expect(await on.warmUp(pipelineKeys, (...step) => void progress.push(step))).toEqual({ made: 3, skipped: [] });
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(on.pipelineKeys).toEqual(pipelineKeys);
    const createPipeline = vi.fn(on.device.createComputePipeline.bind(on.device));
    on.device.createComputePipeline = createPipeline;
    using x = square();
    using y = work(x);
    const got = await y.read();
    expect(createPipeline).not.toHaveBeenCalled();
    expect(on.pipelineKeys).toEqual(pipelineKeys);
    // made at first use
    const other = await createWebGpuBackend({ software: true });
    useBackend(other);
    using same = square();
    using wanted = work(same);
    expect(await wanted.read()).toEqual(got);
    expect(other.pipelineKeys).toEqual(pipelineKeys);
    expect(await other.warmUp(pipelineKeys)).toEqual({ made: 0, skipped: [] });
    other.dispose();
  });

  it('is served by a step that comes meanwhile', async () => {
    const on = await make();
    const keys = ['elementwise/binary main FUNCTION=0 ALIKE=true rrw', 'elementwise/unary main FUNCTION=17 rw'];
    const made = on.warmUp(keys);
    using x = tensor([1, 2]);
    using y = add(x, x);
    expect([...(await y.read())]).toEqual([2, 4]);
    expect(await made).toEqual({ made: 2, skipped: [] });
    expect(on.pipelineKeys).toEqual(keys);
  });

  it('skips keys of other versions and adapters, and harms nothing', async () => {
    const on = await make();
    const useless = [
      '',
      'elementwise/unary',
      'elementwise/unary main',
      'elementwise/unary main FUNCTION=1 rr',
      'elementwise/unary main FUNCTION=one rw',
      'elementwise/unary main WHAT=1 rw',
      'elementwise/unary other FUNCTION=1 rw',
      'no/such main rw',
      'toString main rw',
    ];
    let last = 0;
    const result = await on.warmUp([...useless, 'elementwise/unary main FUNCTION=0 rw'], (done) => {
      last = done;
    });
    expect(result).toEqual({ made: 1, skipped: useless });
    expect(last).toBe(10);
    expect(on.pipelineKeys).toEqual(['elementwise/unary main FUNCTION=0 rw']);
    using x = tensor([1, 2]);
    using y = add(x, x);
    expect([...(await y.read())]).toEqual([2, 4]);
    await on.finish();
  });

  it('ends with the backend', async () => {
    const on = await make();
    const pending = errorOf(on.warmUp(['elementwise/unary main FUNCTION=3 rw']));
    on.dispose();
    expect((await pending).message).toBe('webgpu: the backend was disposed; create another');
    expect((await errorOf(on.warmUp([]))).message).toBe('webgpu: the backend was disposed; create another');
  });

  it('reads keys as they were written', () => {
    for (const dispatch of [
      { wgsl: 'attention/gather', uniforms: [], bindings: [reads(0), writes(1)], workgroups: [1, 1, 1] },
      {
        ...{ wgsl: 'matmul/tiled', entry: 'scalar', uniforms: [], bindings: [writes(0)], workgroups: [1, 1, 1] },
        constants: { A4: true, B4: false, DEPTH: 16, SMALL: 1e-7, BELOW: -2.5 },
      },
      { wgsl: 'elementwise/fill', uniforms: [], bindings: [], workgroups: [1, 1, 1] },
    ] as const satisfies readonly Dispatch[]) {
      const { wgsl, entry = 'main', constants = {}, bindings }: Dispatch = dispatch;
      expect(recipeOfKey(pipelineKey(dispatch))).toEqual({
        ...{ wgsl, entry, constants },
        writes: bindings.map(({ write }) => write),
      });
    }
  });
});

describe('debug', () => {
  /** From here on every dispatch asks for more workgroups than there may be, until the function that comes back is called. */
  const breakDispatches = ({ device }: WebGpuBackendInstance): (() => void) => {
    const createCommandEncoder = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder(descriptor);
      const beginComputePass = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = (of) => {
        const pass = beginComputePass(of);
        const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass);
        pass.dispatchWorkgroups = () => dispatchWorkgroups(1e6);
        return pass;
      };
      return encoder;
    };
    return () => {
      device.createCommandEncoder = createCommandEncoder;
    };
  };

  it('names the op whose command the GPU refuses', async () => {
    const on = await make({ debug: true });
    using x = tensor([1, 2, 3]);
    using before = exp(x);
    expect((await before.read())[0]).toBeCloseTo(Math.E, 5);
    const mend = breakDispatches(on);
    using y = add(x, x);
    mend();
    using z = exp(y);
    const errors = await Promise.all([errorOf(z.read()), errorOf(on.finish())]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(BackendError);
      expect(error.message).toMatch(/^webgpu: add: the GPU refused a command: [^\n]*1000000[^\n]*$/);
    }
  });

  it('names it in a replayed step, and an upload', async () => {
    const on = await make({ debug: true });
    using x = tensor([1, 2, 3]);
    const step = capture(({ x: given }: { readonly x: Tensor }) => scope(() => exp(add(given, given))));
    for (let i = 0; i < 3; i++) {
      using y = step({ x });
      expect((await y.read())[0]).toBeCloseTo(Math.E ** 2, 4);
    }
    const mend = breakDispatches(on);
    using y = step({ x });
    mend();
    expect((await errorOf(y.read())).message).toMatch(/^webgpu: \w+: the GPU refused a command: /);
    step.dispose();
  });

  it('is asked for by OMNIGRAD_DEBUG too; without it no op is known', async () => {
    for (const [value, message] of [
      ['1', /^webgpu: add: the GPU refused a command: /],
      ['0', /^webgpu: the GPU refused a command: /],
    ] as const) {
      vi.stubEnv('OMNIGRAD_DEBUG', value);
      const on = await make();
      using x = tensor([1, 2, 3]);
      await x.read();
      const mend = breakDispatches(on);
      using y = add(x, x);
      on.flush();
      mend();
      expect((await errorOf(y.read())).message).toMatch(message);
      on.dispose();
    }
  });
});

it('a table of speeds that is given chooses the kernels', async () => {
  const keysWith = async (tuning: MatmulTuning | undefined): Promise<readonly string[]> => {
    const on = await make(tuning === undefined ? {} : { tuning });
    using x = square();
    matmul(x, x).dispose();
    await on.finish();
    const { pipelineKeys } = on;
    on.dispose();
    return pipelineKeys;
  };
  const tile = { full: 1, single: 1 };
  const small = await keysWith({ ...narrowTuning, tiles: { 'lanes 16x16': tile } });
  const wide = await keysWith({ ...narrowTuning, tiles: { 'lanes 64x64': tile } });
  expect(small).toEqual([expect.stringMatching(/^matmul\/lanes .*ROWS=4 COLUMNS=4 /)]);
  expect(wide).toEqual([expect.stringMatching(/^matmul\/lanes .*ROWS=16 COLUMNS=16 /)]);
  expect((await keysWith(undefined))[0]).toMatch(/^matmul\/lanes /);
});
