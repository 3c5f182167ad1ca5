// Faults that need a process of its own: kill -9, competition, a full and a read-only disk, signals.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRun } from '../src/run/index.ts';
import { makeTemporaryFolder, startChild } from './run-helpers.ts';

// A mount in a namespace of its own ends with the child; some systems allow no such namespace.
const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp'], { stdio: 'ignore' }).status === 0;

describe('other processes', () => {
  it('can be killed with -9 at any moment of saving', async () => {
    const dir = makeTemporaryFolder();
    let last = 0;
    for (let round = 0; round < 5; round++) {
      const child = startChild(['save', dir]);
      await child.saw(`saved ${last + 2}\n`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
      child.process.kill('SIGKILL');
      expect(await child.ended()).toBe(null);
      const said = Number(/saved (\d+)\n(?:saved \d+)?$/.exec(child.output)?.[1]);

      using run = openRun({ dir, mode: 'resume' });
      const { checkpoint } = run.latestCheckpoint();
      last = checkpoint.state.globalStep;
      // What it had reported is there; at most one more was durable before it could say so.
      expect(last).toBeGreaterThanOrEqual(said);
      expect(last).toBeLessThanOrEqual(said + 1);
      for (const [name, { data }] of checkpoint.tensors) {
        expect(
          data.every((value) => value === last),
          name,
        ).toBe(true);
      }
      const hidden = [...readdirSync(dir), ...readdirSync(run.paths.checkpoints)].filter((name) =>
        name.endsWith('.tmp'),
      );
      expect(hidden).toEqual([]);
      run.truncateMetrics((row) => row.globalStep <= last);
      const lines = Array.from({ length: last }, (_, at) => `{"globalStep":${at + 1},"loss":${1 / (at + 1)}}\n`);
      expect(readFileSync(run.paths.metrics, 'utf8')).toBe(lines.join(''));
    }
  });

  it('compete for a folder, stale lock and all, and one wins', async () => {
    const dir = makeTemporaryFolder();
    const folders = Array.from({ length: 4 }, (_, at) => `run-${String(at).padStart(2, '0')}`);
    const { pid } = spawnSync('true');
    for (const name of folders) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, `run-${pid}-00000000.lock`), '');
    }
    const start = String(Date.now() + 1500);
    const children = Array.from({ length: 4 }, () => startChild(['compete', dir, start]));
    await Promise.all(children.map((child) => child.saw('tried all')));
    for (const name of folders) {
      const said = children.map(({ output }) => output.split('\n').find((line) => line.startsWith(`${name}: `)) ?? '');
      expect(
        said.filter((line) => line.endsWith(': no error')),
        said.join('\n'),
      ).toHaveLength(1);
      const use = `${name}: run: folder "${join(dir, name)}" is in use by process `;
      expect(said.filter((line) => line.startsWith(use))).toHaveLength(3);
      expect(said.filter((line) => line.endsWith('; wait for it, or choose another --out'))).toHaveLength(3);
    }
  });

  it.skipIf(!canMount)('fill the disk, and find it read-only before any work', async () => {
    const dir = makeTemporaryFolder();
    const child = startChild(['fillDisk', dir], ['unshare', '-rm']);
    expect(await child.ended(), child.output).toBe(0);
    const a = join(dir, 'a');
    const full = `checkpoint: file "${a}/checkpoints/step-0000002.safetensors": not saved: no space left on the device (ENOSPC on write); older checkpoints are intact; free some space, or choose another --out`;
    const readOnly = 'cannot be written: read-only file system';
    const fix = 'make the folder writable, or choose another --out';
    expect(JSON.parse(child.output)).toEqual({
      full,
      files: ['step-0000001.safetensors'],
      latest: 1,
      resume: `run: folder "${a}" ${readOnly} (EROFS on open); ${fix}`,
      fresh: `run: folder "${join(dir, 'b')}" ${readOnly} (EROFS on mkdir); ${fix}`,
      write: `checkpoint: file "${join(dir, 'c.safetensors')}": not saved: read-only file system (EROFS on open); older checkpoints are intact; ${fix}`,
    });
  });

  it('stop by themselves after one signal, and are not kept alive by waiting for one', async () => {
    const codes = { SIGINT: 130, SIGTERM: 143 } as const;
    const idle = startChild(['interrupt', 'idle']);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = startChild(['interrupt', 'stop']);
      await child.saw('ready null null');
      child.process.kill(signal);
      expect(await child.ended()).toBe(codes[signal]);
      expect(child.output).toContain(`first ${signal}\n`);
    }
    expect(await idle.ended()).toBe(0);
  });

  it('end at once with a SIGINT after SIGINT or SIGTERM', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = startChild(['interrupt', 'busy']);
      await child.saw('ready');
      child.process.kill(signal);
      await child.saw('saving');
      // A second SIGTERM is no reason to lose the checkpoint that is being written.
      child.process.kill('SIGTERM');
      const turns = child.output.split('saving').length;
      await child.saw(`saving ${turns + 5}\n`);
      child.process.kill('SIGINT');
      expect(await child.ended()).toBe(130);
      expect(child.output.match(/first/g)).toHaveLength(1);
    }
  });
});
