// A stopped and resumed run ends in the same bytes as one that was never stopped.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@omnigrad/cpu';
import { useBackend } from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRun, type RunConfig, type StageSummary, train } from '../src/index.ts';
import { smallConfig, smallStreams } from './small-model.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnigrad-resume-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Session {
  readonly dir: string;
  readonly config: RunConfig;
  readonly resume: boolean;
  /** Stop after this many steps of this session. */
  readonly stopAfter?: number;
  readonly capture?: boolean;
}

const session = async ({
  dir,
  config,
  resume,
  stopAfter,
  capture,
}: Session): Promise<readonly StageSummary[] | null> => {
  using run = openRun({ dir, mode: resume ? 'resume' : 'new' });
  if (!resume) run.writeConfig(config);
  const point = resume ? run.latestCheckpoint() : null;
  if (point !== null) run.truncateMetrics((row) => Number(row.globalStep) < point.checkpoint.state.globalStep);
  const backend = createCpuBackend();
  useBackend(backend);
  try {
    let polls = 0;
    const outcome = await train({
      config,
      streams: smallStreams(),
      backend,
      run,
      resume: point,
      events: {},
      ...(capture === undefined ? {} : { capture }),
      stopRequested: () => ++polls === stopAfter,
    });
    if (outcome.status === 'interrupted') return null;
    outcome.model.dispose();
    expect(backend.memory().inUse).toBe(0);
    return outcome.stages.map((s) => ({ ...s, seconds: 0 }));
  } finally {
    useBackend(undefined);
    backend.dispose();
  }
};

const bytesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(dir, 'checkpoints'))
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .map((name) => [name, readFileSync(join(dir, 'checkpoints', name)).toString('base64')]),
  );

describe('resume', () => {
  // 8 + 6 + 8 steps: stopped inside each stage, and exactly between two of them.
  it.each([3, 8, 11, 14, 19])('after %i steps equals the unbroken run', async (stopAfter) => {
    const config = smallConfig();
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    const expected = await session({ dir: whole, config, resume: false });
    expect(await session({ dir: broken, config, resume: false, stopAfter })).toBeNull();
    const stages = await session({ dir: broken, config, resume: true });
    expect(expected).toHaveLength(3);
    expect(stages).toEqual(expected);
    const [a, b] = [bytesOf(whole), bytesOf(broken)];
    expect(b['stage-3.safetensors']).toBe(a['stage-3.safetensors']);
    expect(b['stage-2.safetensors']).toBe(a['stage-2.safetensors']);
    expect(readFileSync(join(broken, 'metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(whole, 'metrics.jsonl'), 'utf8'),
    );
  });

  it('of the same seed gives the same bytes twice', async () => {
    const config = smallConfig([4, 2, 4]);
    await session({ dir: join(folder, 'a'), config, resume: false });
    await session({ dir: join(folder, 'b'), config, resume: false });
    expect(bytesOf(join(folder, 'b'))).toEqual(bytesOf(join(folder, 'a')));
  });

  it('recorded and replayed steps end in the bytes of steps that run by themselves', async () => {
    const base = smallConfig([24, 30, 30]);
    const config: RunConfig = { ...base, model: { ...base.model, dropout: 0.1, partnerDrop: 0.5 } };
    const [captured, plain] = [join(folder, 'captured'), join(folder, 'plain')];
    const stages = await session({ dir: captured, config, resume: false });
    expect(stages).toEqual(await session({ dir: plain, config, resume: false, capture: false }));
    expect(bytesOf(captured)).toEqual(bytesOf(plain));
    expect(readFileSync(join(captured, 'metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(plain, 'metrics.jsonl'), 'utf8'),
    );
  });

  it('refuses a checkpoint of another config', async () => {
    const dir = join(folder, 'other');
    const config = smallConfig([4, 2, 4]);
    await session({ dir, config, resume: false, stopAfter: 2 });
    const other: RunConfig = { ...config, model: { ...config.model, width: 64 } };
    await expect(session({ dir, config: other, resume: true })).rejects.toThrow(/of another config/);
  });

  it('stops with one line, and no checkpoint, when a loss is not finite', async () => {
    const dir = join(folder, 'nan');
    const base = smallConfig([6, 2, 2]);
    const config: RunConfig = {
      ...base,
      checkpointEvery: 100,
      stages: [{ ...base.stages[0], learningRate: 1e30, minLearningRate: 1e30 }, base.stages[1], base.stages[2]],
    };
    await expect(session({ dir, config, resume: false })).rejects.toThrow(
      /^stage 1, step \d+: the loss of \w+ is (NaN|Infinity), the gradient norm .*learningRate, or resume from the last checkpoint$/,
    );
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual([]);
  });
});
