import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRun, type RunFolder, readCheckpoint, writeCheckpoint } from '../src/run/index.ts';
import { errorOf, makeCheckpoint, makeFaultyFiles, makeTemporaryFolder } from './run-helpers.ts';

/** A finished run with checkpoints of these steps. */
function makeRun(steps: readonly number[]): string {
  const dir = join(makeTemporaryFolder(), 'runs', 'a');
  using run = openRun({ dir, mode: 'new' });
  run.writeConfig({ width: 4 });
  for (const step of steps) run.saveCheckpoint(makeCheckpoint(step));
  return dir;
}

function damage(run: RunFolder, name: string): void {
  const path = join(run.paths.checkpoints, name);
  writeFileSync(path, readFileSync(path).subarray(0, -1));
}

const locksIn = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith('.lock'));
const endedPid = (): number => Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));

describe('opening a run', () => {
  it('makes the folders, holds a lock and gives it back', () => {
    const dir = join(makeTemporaryFolder(), 'runs', 'a');
    const run = openRun({ dir, mode: 'new' });
    expect(readdirSync(dir).length).toBe(2);
    expect(locksIn(dir)).toHaveLength(1);
    const lock: unknown = JSON.parse(readFileSync(join(dir, locksIn(dir)[0]), 'utf8'));
    expect(lock).toMatchObject({ pid: process.pid, host: hostname(), start: expect.any(String) });
    run.close();
    run.close();
    expect(readdirSync(dir)).toEqual(['checkpoints']);
    expect(readdirSync(run.paths.checkpoints)).toEqual([]);
    expect(errorOf(() => run.appendMetric({ globalStep: 1 })).message).toBe(
      `run: folder "${dir}" is closed; open it again with openRun`,
    );
    expect(errorOf(() => run.saveCheckpoint(makeCheckpoint(1))).code).toBe('closed');
    expect(errorOf(() => run.writeConfig({})).code).toBe('closed');
  });

  it('refuses a folder in use, and takes it once that is over', () => {
    const dir = makeRun([1]);
    const first = openRun({ dir, mode: 'resume' });
    for (const mode of ['new', 'resume'] as const) {
      expect(errorOf(() => openRun({ dir, mode })).message).toBe(
        `run: folder "${dir}" is in use by process ${process.pid}; wait for it, or choose another --out`,
      );
    }
    expect(locksIn(dir)).toHaveLength(1);
    first.saveCheckpoint(makeCheckpoint(2));
    first.close();
    openRun({ dir, mode: 'resume' }).close();
  });

  it.each([
    ['of a dead process', () => ({ pid: endedPid(), host: hostname(), start: '' })],
    ['of a process whose pid is another one now', () => ({ pid: process.pid, host: hostname(), start: 'earlier:1' })],
    ['of our own pid in an earlier life', () => ({ pid: process.pid, host: hostname(), start: '' })],
  ])('takes over a lock %s', (_, owner) => {
    const dir = makeRun([1]);
    const { pid, host, start } = owner();
    writeFileSync(join(dir, `run-${pid}-00000000.lock`), JSON.stringify({ pid, host, start }));
    using _run = openRun({ dir, mode: 'resume' });
    expect(locksIn(dir)).toHaveLength(1);
    expect(locksIn(dir)[0]).not.toContain('00000000');
  });

  it('believes the name of a damaged lock, and another machine', () => {
    const dir = makeRun([1]);
    writeFileSync(join(dir, `run-${process.ppid}-00000000.lock`), '{"pid":');
    expect(errorOf(() => openRun({ dir, mode: 'resume' })).message).toBe(
      `run: folder "${dir}" is in use by process ${process.ppid}; wait for it, or choose another --out`,
    );
    const other = makeRun([1]);
    const pid = endedPid();
    const name = `run-${pid}-00000000.lock`;
    writeFileSync(join(other, name), JSON.stringify({ pid, host: 'elsewhere', start: '' }));
    expect(errorOf(() => openRun({ dir: other, mode: 'resume' })).message).toBe(
      `run: folder "${other}" is in use by process ${pid} on host "elsewhere"; wait for it, or choose another --out, or delete ${name} there if that process is gone`,
    );
    expect(locksIn(other)).toEqual([name]);
  });

  it('waits for one that came at the same time and has to give way', async () => {
    const dir = makeRun([1]);
    // Our own lock under the largest name, so that it counts as alive, and as the one to go.
    const first = openRun({ dir, mode: 'resume' });
    const owner = readFileSync(join(dir, locksIn(dir)[0]));
    first.close();
    const rival = join(dir, `run-${process.pid}-ffffffff.lock`);
    writeFileSync(rival, owner);
    expect(errorOf(() => openRun({ dir, mode: 'resume' })).code).toBe('in-use');
    const gone = once(spawn('sh', ['-c', 'sleep 0.1; rm "$0"', rival]), 'exit');
    openRun({ dir, mode: 'resume' }).close();
    expect(locksIn(dir)).toEqual([]);
    await gone;
  });

  it('puts no new run into a folder that holds one', () => {
    const dir = makeRun([]);
    const message = (found: string) =>
      `run: folder "${dir}" already holds a run (${found}); continue it with --resume, or choose another --out`;
    expect(errorOf(() => openRun({ dir, mode: 'new' })).message).toBe(message('config.json'));
    expect(readdirSync(dir).sort()).toEqual(['checkpoints', 'config.json']);

    const orphan = makeTemporaryFolder();
    mkdirSync(join(orphan, 'checkpoints'));
    writeCheckpoint(join(orphan, 'checkpoints', 'step-0000009.safetensors'), makeCheckpoint(9));
    expect(errorOf(() => openRun({ dir: orphan, mode: 'new' })).message).toContain('already holds a run (checkpoints)');
  });

  it('resumes only what is there', () => {
    const root = makeTemporaryFolder();
    const fix = 'start a new run without --resume, or choose another --out';
    const missing = join(root, 'none');
    expect(errorOf(() => openRun({ dir: missing, mode: 'resume' })).message).toBe(
      `run: folder "${missing}" does not exist; ${fix}`,
    );
    expect(existsSync(missing)).toBe(false);
    expect(errorOf(() => openRun({ dir: root, mode: 'resume' })).message).toBe(
      `run: folder "${root}" holds no run to resume (no config.json); ${fix}`,
    );
    expect(readdirSync(root)).toEqual([]);
    const dir = makeRun([]);
    expect(errorOf(() => openRun({ dir, mode: 'resume' })).message).toBe(
      `run: folder "${dir}" holds no checkpoint to resume from; delete the folder and start anew, or choose another --out`,
    );
    expect(locksIn(dir)).toEqual([]);
  });

  it('names a path that is no folder before any work', () => {
    const root = makeTemporaryFolder();
    writeFileSync(join(root, 'file'), '');
    expect(errorOf(() => openRun({ dir: join(root, 'file'), mode: 'new' })).message).toBe(
      `run: folder "${join(root, 'file')}" is a file; choose another --out`,
    );
    expect(errorOf(() => openRun({ dir: join(root, 'file', 'a'), mode: 'new' })).message).toBe(
      `run: folder "${join(root, 'file', 'a')}" cannot be written: a part of the path is not a folder (ENOTDIR on mkdir); make the folder writable, or choose another --out`,
    );
    expect(errorOf(() => openRun({ dir: '', mode: 'new' })).message).toBe(
      'run: folder "" is not a path; choose another --out',
    );
    expect(errorOf(() => openRun({ dir: 'a\0b', mode: 'new' })).message).toBe(
      'run: folder "a b" is not a path; choose another --out',
    );
  });

  it.each([
    ['EACCES', 1, '', 'permission denied (EACCES on open); make the folder writable'],
    ['ENOSPC', 1, '', 'no space left on the device (ENOSPC on open); free some space'],
  ])('finds out by writing that it cannot: %s', (code, from, folder, problem) => {
    const dir = join(makeTemporaryFolder(), 'a');
    mkdirSync(dir);
    const { files } = makeFaultyFiles('open', code, from);
    expect(errorOf(() => openRun({ dir, mode: 'new', files })).message).toBe(
      `run: folder "${join(dir, folder)}" cannot be written: ${problem}, or choose another --out`,
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  it('proves checkpoints/ too', () => {
    const dir = join(makeTemporaryFolder(), 'a');
    const checkpoints = join(dir, 'checkpoints');
    const { files } = makeFaultyFiles('open', 'none', 1000);
    const open: typeof files.open = (path, flags) => {
      if (path.startsWith(`${checkpoints}/.probe`))
        throw Object.assign(new Error(), { code: 'EACCES', syscall: 'open' });
      return files.open(path, flags);
    };
    expect(errorOf(() => openRun({ dir, mode: 'new', files: { ...files, open } })).message).toBe(
      `run: folder "${checkpoints}" cannot be written: permission denied (EACCES on open); make the folder writable, or choose another --out`,
    );
    expect(readdirSync(dir)).toEqual(['checkpoints']);
  });

  it('removes what killed writes have left, and nothing else', () => {
    const dir = makeRun([1]);
    const checkpoints = join(dir, 'checkpoints');
    writeFileSync(join(dir, '.summary.json.0123456789ab.tmp'), '{"se');
    writeFileSync(join(dir, `.run-${endedPid()}-00000000.lock.0123456789ab.tmp`), '');
    const inTheMaking = `.run-${process.ppid}-00000000.lock.0123456789ab.tmp`;
    writeFileSync(join(dir, inTheMaking), '');
    writeFileSync(join(checkpoints, '.step-0000002.safetensors.0123456789ab.tmp'), 'torn');
    writeFileSync(join(checkpoints, 'notes.tmp'), 'mine');
    using run = openRun({ dir, mode: 'resume' });
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([inTheMaking]);
    expect(readdirSync(checkpoints).sort()).toEqual(['notes.tmp', 'step-0000001.safetensors']);
    expect(run.latestCheckpoint().checkpoint.state.globalStep).toBe(1);
  });
});

describe('checkpoints of a run', () => {
  it('keeps the last two, and those under names of their own', () => {
    const dir = makeRun([1]);
    using run = openRun({ dir, mode: 'resume' });
    run.saveCheckpoint(makeCheckpoint(5), 'stage-1.safetensors');
    run.saveCheckpoint(makeCheckpoint(6), 'best');
    expect(run.saveCheckpoint(makeCheckpoint(7))).toBe(join(run.paths.checkpoints, 'step-0000007.safetensors'));
    const others = ['stage-1.safetensors', 'best.safetensors'];
    expect(run.listCheckpoints()).toEqual(['step-0000007.safetensors', 'step-0000006.safetensors', ...others]);
    run.saveCheckpoint(makeCheckpoint(9_999_999));
    run.saveCheckpoint(makeCheckpoint(10_000_000));
    expect(run.listCheckpoints()).toEqual(['step-10000000.safetensors', 'step-9999999.safetensors', ...others]);
    const same = join(dir, 'same.safetensors');
    writeCheckpoint(same, makeCheckpoint(5));
    expect(readFileSync(same).equals(readFileSync(join(run.paths.checkpoints, 'stage-1.safetensors')))).toBe(true);
  });

  it('goes by step, not by time', () => {
    const dir = makeRun([98, 99]);
    utimesSync(join(dir, 'checkpoints', 'step-0000099.safetensors'), 0, 0);
    using run = openRun({ dir, mode: 'resume' });
    expect(run.latestCheckpoint().checkpoint.state.globalStep).toBe(99);
  });

  it('removes nothing when the new checkpoint fails', () => {
    const dir = makeRun([1, 2]);
    for (const call of ['write', 'sync', 'rename'] as const) {
      const faulty = makeFaultyFiles(call, 'ENOSPC').files;
      const { files } = makeFaultyFiles('open', 'none', 1000);
      const switched = { ...files };
      using run = openRun({ dir, mode: 'resume', files: switched });
      Object.assign(switched, { [call]: faulty[call] });
      expect(errorOf(() => run.saveCheckpoint(makeCheckpoint(3))).code).toBe('write-failed');
      expect(readdirSync(run.paths.checkpoints).sort()).toEqual([
        'step-0000001.safetensors',
        'step-0000002.safetensors',
      ]);
    }
  });

  it('never passes over a damaged newest one in silence', () => {
    const dir = makeRun([1, 2]);
    using run = openRun({ dir, mode: 'resume' });
    damage(run, 'step-0000002.safetensors');
    const good = join(run.paths.checkpoints, 'step-0000001.safetensors');
    const bad = join(run.paths.checkpoints, 'step-0000002.safetensors');
    const problem = 'data: expected 32 bytes after the header, got 31';
    const error = errorOf(() => run.latestCheckpoint());
    expect(error.message).toBe(
      `checkpoint: file "${bad}": ${problem}; go on from the older, good one, "${good}", with --resume --allow-older`,
    );
    expect(error.code).toBe('malformed');
    const { path, checkpoint, skipped } = run.latestCheckpoint({ allowOlder: true });
    expect(path).toBe(good);
    expect(checkpoint.state.globalStep).toBe(1);
    expect(skipped.map(({ message }) => message)).toEqual([
      `checkpoint: file "${bad}": ${problem}; resume from another checkpoint`,
    ]);
    damage(run, 'step-0000001.safetensors');
    expect(errorOf(() => run.latestCheckpoint({ allowOlder: true })).message).toBe(
      `checkpoint: file "${bad}": ${problem}; no checkpoint of the 2 here is good: start a new run with another --out`,
    );
  });

  it('falls back to the end of a stage', () => {
    const dir = makeRun([]);
    writeCheckpoint(join(dir, 'checkpoints', 'stage-1.safetensors'), makeCheckpoint(3));
    using run = openRun({ dir, mode: 'resume' });
    run.saveCheckpoint(makeCheckpoint(4));
    damage(run, 'step-0000004.safetensors');
    expect(run.latestCheckpoint({ allowOlder: true }).checkpoint.state.globalStep).toBe(3);
  });

  it('sets the branch that was left aside, so that it is neither latest nor prunes a good one', () => {
    const dir = makeRun([80, 100]);
    using run = openRun({ dir, mode: 'resume' });
    damage(run, 'step-0000100.safetensors');
    run.saveCheckpoint(makeCheckpoint(90));
    expect(readdirSync(run.paths.checkpoints).sort()).toEqual([
      'step-0000080.safetensors',
      'step-0000090.safetensors',
      'step-0000100.safetensors.abandoned',
    ]);
    expect(run.latestCheckpoint().checkpoint.state.globalStep).toBe(90);
  });

  it('distrusts a file that was renamed by hand', () => {
    const dir = makeRun([1]);
    const wrong = join(dir, 'checkpoints', 'step-0000009.safetensors');
    writeFileSync(wrong, readFileSync(join(dir, 'checkpoints', 'step-0000001.safetensors')));
    using run = openRun({ dir, mode: 'resume' });
    expect(errorOf(() => run.latestCheckpoint()).message).toContain(
      `"${wrong}": its name says step 9, its state 1; go on`,
    );
  });

  const fix = 'use letters, digits, ".", "_" and "-", such as stage-1.safetensors';

  it.each(['../stage', 'a/b', '/tmp/x.safetensors', '', '..', '.hidden', 'a\0', 'x'.repeat(300)])(
    'writes nothing under the name %j',
    (name) => {
      using run = openRun({ dir: makeRun([1]), mode: 'resume' });
      expect(errorOf(() => run.saveCheckpoint(makeCheckpoint(2), name)).message).toBe(
        `run: file "${name.replace('\0', ' ')}" is no plain file name for "${run.paths.checkpoints}"; ${fix}`,
      );
      expect(run.listCheckpoints()).toEqual(['step-0000001.safetensors']);
    },
  );

  it('takes no step for another name', () => {
    using run = openRun({ dir: makeRun([1]), mode: 'resume' });
    expect(errorOf(() => run.saveCheckpoint(makeCheckpoint(2), 'step-0000007')).message).toBe(
      `run: file "step-0000007" is the name of a step; ${fix}`,
    );
  });
});

describe('metrics, config, summary and report', () => {
  const row = (globalStep: number) => ({ globalStep, stage: 1, losses: { image: 1 / globalStep } });

  it('makes the metrics of a resumed run equal to those of an unbroken one', () => {
    const unbroken = join(makeTemporaryFolder(), 'a');
    {
      using run = openRun({ dir: unbroken, mode: 'new' });
      run.writeConfig({});
      for (let step = 1; step <= 9; step++) {
        run.appendMetric(row(step));
        if (step % 3 === 0) run.saveCheckpoint(makeCheckpoint(step));
      }
    }
    const broken = join(makeTemporaryFolder(), 'a');
    {
      using run = openRun({ dir: broken, mode: 'new' });
      run.writeConfig({});
      for (let step = 1; step <= 5; step++) {
        run.appendMetric(row(step));
        if (step === 3) run.saveCheckpoint(makeCheckpoint(step));
      }
    }
    // Torn in the middle of a row, as by a kill while it was appended.
    writeFileSync(join(broken, 'metrics.jsonl'), `${readFileSync(join(broken, 'metrics.jsonl'), 'utf8')}{"globalS`);
    {
      using run = openRun({ dir: broken, mode: 'resume' });
      expect(run.readMetrics().map(({ globalStep }) => globalStep)).toEqual([1, 2, 3, 4, 5]);
      const { globalStep } = run.latestCheckpoint().checkpoint.state;
      run.appendMetric({ globalStep: 99 });
      run.truncateMetrics((row) => row.globalStep <= globalStep);
      for (let step = globalStep + 1; step <= 9; step++) {
        run.appendMetric(row(step));
        if (step % 3 === 0) run.saveCheckpoint(makeCheckpoint(step));
      }
    }
    expect(readFileSync(join(broken, 'metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(unbroken, 'metrics.jsonl'), 'utf8'),
    );
    expect(readdirSync(join(broken, 'checkpoints'))).toEqual(readdirSync(join(unbroken, 'checkpoints')));
  });

  it('does not glue a row to a torn one', () => {
    const dir = makeRun([1]);
    writeFileSync(join(dir, 'metrics.jsonl'), '{"globalStep":1}\n{"glob');
    const run = openRun({ dir, mode: 'resume' });
    run.appendMetric({ globalStep: 2 });
    run.close();
    expect(readFileSync(run.paths.metrics, 'utf8')).toBe('{"globalStep":1}\n{"globalStep":2}\n');
  });

  it('holds rows back until a flush, one line each, and names what JSON cannot', () => {
    const dir = makeRun([1]);
    using run = openRun({ dir, mode: 'resume' });
    const changing = { globalStep: 2, loss: Number.NaN, norm: Number.POSITIVE_INFINITY, text: 'a\nb' };
    run.appendMetric(changing);
    changing.globalStep = 0;
    expect(existsSync(run.paths.metrics)).toBe(false);
    expect(run.readMetrics()).toEqual([{ globalStep: 2, loss: 'NaN', norm: 'Infinity', text: 'a\nb' }]);
    run.flush();
    expect(readFileSync(run.paths.metrics, 'utf8')).toBe(
      '{"globalStep":2,"loss":"NaN","norm":"Infinity","text":"a\\nb"}\n',
    );
    expect(errorOf(() => run.appendMetric({ globalStep: 3, big: 1n })).message).toBe(
      `run: file "${run.paths.metrics}" cannot hold the value: a bigint or a cycle has no JSON; pass plain data`,
    );
    expect(errorOf(() => run.writeConfig(undefined)).message).toBe(
      `run: file "${run.paths.config}" cannot hold the value: undefined has no JSON; pass plain data`,
    );
  });

  it('undoes a flush that fails, and writes the rows later', () => {
    const dir = makeRun([1]);
    let full = false;
    const base = makeFaultyFiles('open', 'none', 1000).files;
    const files: typeof base = {
      ...base,
      write(fd, bytes, offset, length) {
        if (!full) return base.write(fd, bytes, offset, length);
        base.write(fd, bytes, offset, 3);
        throw Object.assign(new Error(), { code: 'ENOSPC', syscall: 'write' });
      },
    };
    const run = openRun({ dir, mode: 'resume', files });
    run.appendMetric({ globalStep: 1 });
    run.flush();
    run.appendMetric({ globalStep: 2 });
    full = true;
    expect(errorOf(() => run.saveCheckpoint(makeCheckpoint(2))).message).toBe(
      `run: file "${run.paths.metrics}" not written: no space left on the device (ENOSPC on write); free some space, or choose another --out`,
    );
    expect(readFileSync(run.paths.metrics, 'utf8')).toBe('{"globalStep":1}\n');
    full = false;
    run.close();
    expect(readFileSync(run.paths.metrics, 'utf8')).toBe('{"globalStep":1}\n{"globalStep":2}\n');
    expect(locksIn(dir)).toEqual([]);
  });

  it('gives the folder free even if its last flush fails', () => {
    const dir = makeRun([1]);
    const { files } = makeFaultyFiles('open', 'none', 1000);
    const run = openRun({ dir, mode: 'resume', files });
    run.appendMetric({ globalStep: 1 });
    Object.assign(files, makeFaultyFiles('sync', 'EIO').files);
    expect(errorOf(() => run.close()).message).toBe(
      `run: file "${run.paths.metrics}" not written: input/output error (EIO on fsync); check the disk, or choose another --out`,
    );
    expect(locksIn(dir)).toEqual([]);
  });

  it.each(['[2]', '{"globalStep":"2"}', '{', 'null', ''])('names the line of a damaged row: %s', (line) => {
    const dir = makeRun([1]);
    writeFileSync(join(dir, 'metrics.jsonl'), `{"globalStep":1}\n${line}\n`);
    using run = openRun({ dir, mode: 'resume' });
    expect(errorOf(() => run.readMetrics()).message).toBe(
      `run: file "${run.paths.metrics}" line 2 is not a JSON object with a globalStep; delete that line of metrics.jsonl`,
    );
  });

  it('writes config, summary and report whole, and reads the config back', () => {
    const dir = makeRun([1]);
    using run = openRun({ dir, mode: 'resume' });
    run.writeSummary({ seed: 7 });
    run.writeReport('<!doctype html>');
    expect(run.readConfig()).toEqual({ width: 4 });
    run.writeArtifact('pictures.json', [1]);
    expect(run.readArtifact('pictures.json')).toEqual([1]);
    expect(run.readArtifact('none.json')).toBe(null);
    for (const name of ['../a.json', 'a', '/tmp/a.json', 'a/b.json']) {
      expect(errorOf(() => run.writeArtifact(name, 1)).message).toBe(
        `run: file "${name}" is no plain file name for "${dir}"; use letters, digits, ".", "_" and "-", ending in .json`,
      );
      expect(errorOf(() => run.readArtifact(name)).code).toBe('bad-name');
    }
    expect(readFileSync(run.paths.config, 'utf8')).toBe('{\n  "width": 4\n}\n');
    expect(readFileSync(run.paths.summary, 'utf8')).toBe('{\n  "seed": 7\n}\n');
    expect(readFileSync(run.paths.report, 'utf8')).toBe('<!doctype html>');
    writeFileSync(run.paths.config, '{"width"');
    expect(errorOf(() => run.readConfig()).message).toBe(
      `run: file "${run.paths.config}" is not JSON; start a new run with another --out`,
    );
    rmSync(run.paths.config);
    expect(errorOf(() => run.readConfig()).message).toBe(
      `run: file "${run.paths.config}" does not exist; start a new run with another --out`,
    );
  });

  it('leaves the old summary when a new one cannot be written', () => {
    const dir = makeRun([1]);
    const { files } = makeFaultyFiles('open', 'none', 1000);
    using run = openRun({ dir, mode: 'resume', files });
    run.writeSummary({ seed: 1 });
    const { rename } = files;
    files.rename = makeFaultyFiles('rename', 'EACCES').files.rename;
    expect(errorOf(() => run.writeSummary({ seed: 2 })).message).toBe(
      `run: file "${run.paths.summary}" not written: permission denied (EACCES on rename); make the folder writable, or choose another --out`,
    );
    files.rename = rename;
    expect(readFileSync(run.paths.summary, 'utf8')).toBe('{\n  "seed": 1\n}\n');
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(readCheckpoint(join(run.paths.checkpoints, 'step-0000001.safetensors')).state.globalStep).toBe(1);
  });
});
