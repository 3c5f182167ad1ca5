// A run whose device is lost, at any moment, ends in the bytes of one that was not; a device that is lost for good ends it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Backend, BackendError, DeviceLostError, useBackend } from '@omnigrad/tensor';
import { wrapBackend } from '@omnigrad/tensor/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loss, openRun, type RunConfig, throughLosses, train } from '../src/index.ts';
import { smallConfig, smallStreams } from './small-model.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnigrad-recovery-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const gone = (): DeviceLostError => new DeviceLostError('test', 'pulled out');

/** A backend that is lost once `isLost` says so: as on a GPU, what was asked for goes on, and reads fail, all of them, later. */
const fragile = (isLost: () => boolean): { backend: Backend; inner: Backend } => {
  const inner = createCpuBackend();
  const alive = (): void => {
    if (isLost()) throw gone();
  };
  const backend: Backend = {
    ...wrapBackend(inner, {
      allocate: (bytes, persistent) => {
        alive();
        return inner.allocate(bytes, persistent);
      },
    }),
    read: async (view) => {
      const values = await inner.read(view);
      // the loss of the device is news that comes later
      await new Promise((resolve) => setImmediate(resolve));
      alive();
      return values;
    },
  };
  return { backend, inner };
};

/** When an attempt loses its device: with that many of its steps begun, in the pictures after stage 2, or behind the last step. */
type Moment = number | 'pictures' | 'evaluation';

interface Plan {
  readonly dir: string;
  /** By attempt. */
  readonly lost: readonly Moment[];
  readonly mostLosses?: number;
  readonly noMore?: boolean;
}

const config: RunConfig = {
  ...smallConfig([4, 3, 4]),
  modalities: ['tabular', 'timeseries'],
  // checkpoints after 3, 4, 6, 7, 9 and 11 steps
  checkpointEvery: 3,
};
const streams = smallStreams().filter(({ modality }) => config.modalities.some((m) => m === modality));

/** A run with losses. Every backend ends with no tensor of this run on it. */
const runWith = async ({ dir, lost: moments, mostLosses, noMore }: Plan): Promise<Loss[]> => {
  using run = openRun({ dir, mode: 'new' });
  run.writeConfig(config);
  const losses: Loss[] = [];
  let attempts = 0;
  let polls = 0;
  let lost = false;
  const open = (): Backend => {
    lost = false;
    polls = 0;
    const { backend, inner } = fragile(() => lost);
    return {
      ...backend,
      dispose: () => {
        expect(inner.memory()).toMatchObject({ inUse: 0, buffers: 0 });
        inner.dispose();
      },
    };
  };
  const lose = (): void => {
    lost = true;
  };
  await throughLosses(
    {
      run,
      resume: null,
      backend: open(),
      reopen: async () => {
        if (noMore) throw new BackendError('test', 'no other device');
        return open();
      },
      onLoss: (loss) => losses.push(loss),
      ...(mostLosses === undefined ? {} : { mostLosses }),
    },
    async (backend, resume) => {
      const moment = moments[attempts++];
      useBackend(backend);
      try {
        const outcome = await train({
          config,
          streams,
          backend,
          run,
          resume,
          events: {},
          stopRequested: () => {
            // asked after a step was begun, before it is read
            if (++polls === moment) lose();
            return false;
          },
          beforeDecodersDrop: async (model) => {
            if (moment === 'pictures') lose();
            await model.arena.values.read();
          },
        });
        if (outcome.status === 'interrupted') throw new Error('nobody asked for that');
        using model = outcome.model;
        if (moment === 'evaluation') lose();
        await model.arena.values.read();
      } finally {
        useBackend(undefined);
      }
    },
  );
  return losses;
};

const bytesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    [
      join(dir, 'metrics.jsonl'),
      ...readdirSync(join(dir, 'checkpoints'))
        .sort()
        .map((name) => join(dir, 'checkpoints', name)),
    ].map((path) => [path.slice(dir.length), readFileSync(path).toString('base64')]),
  );

/** Where a loss made the run go on from. */
const stepsOf = (losses: readonly Loss[]): number[] =>
  losses.map(({ resume }) => resume?.checkpoint.state.globalStep ?? 0);

describe('a lost device', () => {
  it('costs the steps since the last checkpoint, wherever it happens, and no byte', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    expect(await runWith({ dir: whole, lost: [] })).toEqual([]);
    // in the read of the first checkpoint; of one that ends a stage; twice between two checkpoints; ...
    const losses = await runWith({ dir: broken, lost: [3, 4, 2, 2, 'pictures', 2, 'evaluation'] });
    expect(stepsOf(losses)).toEqual([0, 3, 4, 4, 7, 7, 11]);
    expect(losses[0].error.reason).toBe('pulled out');
    expect(bytesOf(broken)).toEqual(bytesOf(whole));
  });

  it('ends the run when it comes again and again, with what was saved', async () => {
    const dir = join(folder, 'again');
    const error = await runWith({ dir, lost: [4, 1, 1] }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({
      message: 'training: the device was lost 3 times without a new checkpoint (pulled out)',
    });
    using run = openRun({ dir, mode: 'resume' });
    expect(run.latestCheckpoint().checkpoint.state.globalStep).toBe(3);
    const rows = run.readMetrics();
    expect(rows).toHaveLength(3);
    expect(rows.every(({ globalStep, loss }) => globalStep < 3 && Number(loss) > 0)).toBe(true);

    const once = runWith({ dir: join(folder, 'once'), lost: [1], mostLosses: 1 });
    await expect(once).rejects.toThrow('training: the device was lost once without a new checkpoint (pulled out)');
  });

  it('ends the run when there is no other', async () => {
    const dir = join(folder, 'last');
    const ended = runWith({ dir, lost: [5], noMore: true });
    await expect(ended).rejects.toThrow('test: no other device');
    using run = openRun({ dir, mode: 'resume' });
    expect(run.latestCheckpoint().checkpoint.state.globalStep).toBe(4);
  });
});
