// A run's folder: config.json, metrics.jsonl, checkpoints/, summary.json, report.html, and a lock while it is open.
// Opening it proves that it can be written, before any training. What is in the files is the trainer's business.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { atomicWrite, attempt, type FileOperations, makeFolder, nodeFiles, temporaryFor } from './atomic-write.ts';
import type { Checkpoint } from './checkpoint-file.ts';
import { CheckpointStore, type LatestCheckpoint, type LatestOptions } from './checkpoint-store.ts';
import { RunError, reasonOf, systemCode, writeFix } from './errors.ts';
import { stringify } from './json.ts';
import { acquireLock, isLiveLockName, notWritable, type RunLock } from './lock.ts';
import { type LoggedRow, MetricsFile } from './metrics-file.ts';

export interface OpenRunOptions {
  /** The run's own folder, `runs/<name>`; made with those above it for a new run. */
  readonly dir: string;
  readonly mode: 'new' | 'resume';
  /** For tests of faults: the system calls that change the disk. */
  readonly files?: FileOperations;
}

/**
 * Opens and locks the folder. A new run wants a folder that holds no run; a resumed one a config and a checkpoint.
 * @throws {RunError} in-use, not-writable, exists, nothing-to-resume, bad-name
 */
export function openRun({ dir, mode, files = nodeFiles }: OpenRunOptions): RunFolder {
  if (dir === '' || dir.includes('\0')) {
    throw new RunError('bad-name', 'folder', dir, 'is not a path', 'choose another --out');
  }
  const kind = kindOf(dir);
  if (kind === 'file') throw new RunError('not-writable', 'folder', dir, 'is a file', 'choose another --out');
  if (mode === 'resume') requireConfig(dir, kind);
  try {
    makeFolder(dir, files);
  } catch (error) {
    throw notWritable(dir, error);
  }
  const lock = acquireLock(dir, files);
  try {
    if (mode === 'new') requireNoRun(dir);
    const checkpoints = join(dir, 'checkpoints');
    proveWritable(checkpoints, files);
    removeLeftovers(dir, files);
    removeLeftovers(checkpoints, files);
    const run = new RunFolder(dir, lock, files);
    if (mode === 'resume') {
      requireCheckpoint(run);
      new MetricsFile(run.paths.metrics, files).dropTornLine();
    }
    return run;
  } catch (error) {
    lock.release();
    throw error;
  }
}

export class RunFolder implements Disposable {
  readonly dir: string;
  readonly paths: Readonly<Record<'config' | 'metrics' | 'summary' | 'report' | 'checkpoints', string>>;
  readonly #files: FileOperations;
  readonly #lock: RunLock;
  readonly #metrics: MetricsFile;
  readonly #checkpoints: CheckpointStore;
  #open = true;

  /** Use `openRun`, which locks and checks. */
  constructor(dir: string, lock: RunLock, files: FileOperations) {
    this.dir = dir;
    this.paths = {
      config: join(dir, 'config.json'),
      metrics: join(dir, 'metrics.jsonl'),
      summary: join(dir, 'summary.json'),
      report: join(dir, 'report.html'),
      checkpoints: join(dir, 'checkpoints'),
    };
    this.#files = files;
    this.#lock = lock;
    this.#metrics = new MetricsFile(this.paths.metrics, files);
    this.#checkpoints = new CheckpointStore(this.paths.checkpoints, files);
  }

  /** @throws {RunError} write-failed, bad-value */
  writeConfig(config: unknown): void {
    this.#write(this.paths.config, `${stringify(this.paths.config, config, 2)}\n`);
  }

  /** What `writeConfig` was given, as JSON; validating it is the caller's. @throws {RunError} missing, unreadable, malformed */
  readConfig(): unknown {
    const config = readJson(this.paths.config);
    if (config !== undefined) return config;
    throw new RunError('missing', 'file', this.paths.config, 'does not exist', unreadableFix);
  }

  /** @throws {RunError} write-failed, bad-value */
  writeSummary(summary: unknown): void {
    this.#write(this.paths.summary, `${stringify(this.paths.summary, summary, 2)}\n`);
  }

  /** @throws {RunError} write-failed */
  writeReport(html: string): void {
    this.#write(this.paths.report, html);
  }

  /** A JSON file of the caller's own, `<name>.json` beside the others. @throws {RunError} bad-name, write-failed, bad-value */
  writeArtifact(name: string, value: unknown): void {
    const path = this.#artifactPath(name);
    this.#write(path, `${stringify(path, value)}\n`);
  }

  /** What `writeArtifact` was given; null where there is no such file. @throws {RunError} bad-name, unreadable, malformed */
  readArtifact(name: string): unknown {
    return readJson(this.#artifactPath(name)) ?? null;
  }

  /** Held in memory until the next checkpoint, flush or close; a NaN is written as "NaN". @throws {RunError} bad-value */
  appendMetric(row: LoggedRow): void {
    this.#requireOpen();
    this.#metrics.append(row);
  }

  /** Metrics to disk, durably. @throws {RunError} write-failed; the rows stay pending */
  flush(): void {
    this.#requireOpen();
    this.#metrics.flush();
  }

  /** On resume: keeps the rows that `keep` accepts, so those of steps that the checkpoint has seen. @throws {RunError} */
  truncateMetrics(keep: (row: LoggedRow) => boolean): void {
    this.#requireOpen();
    this.#metrics.truncate(keep);
  }

  /** All rows, pending ones too. @throws {RunError} malformed, with the line */
  readMetrics(): LoggedRow[] {
    return this.#metrics.read();
  }

  /**
   * Writes `checkpoints/step-<globalStep>.safetensors` and returns its path; `keepAs` names a second file of the
   * same bytes, which is never removed: `stage-1.safetensors`. Metrics go first: a checkpoint on disk implies that the rows up to it are
   * there. Last, step files but the newest two are removed, and files of later steps renamed to `.abandoned`.
   * @throws {CheckpointError} as writeCheckpoint; {RunError} write-failed (metrics), bad-name. Older ones are intact.
   */
  saveCheckpoint(checkpoint: Checkpoint, keepAs: string | null = null): string {
    this.#requireOpen();
    this.#metrics.flush();
    return this.#checkpoints.save(checkpoint, keepAs);
  }

  /**
   * The checkpoint of the highest step. If that file is damaged: an error that names the newest good one, or, with
   * `allowOlder`, that one together with the faults of those passed over.
   * @throws {CheckpointError} {RunError} nothing-to-resume
   */
  latestCheckpoint(options: LatestOptions = {}): LatestCheckpoint {
    const latest = this.#checkpoints.latest(options);
    if (latest !== null) return latest;
    const fix = 'save one first';
    throw new RunError('nothing-to-resume', 'folder', this.dir, 'holds no checkpoint', fix);
  }

  /** File names in checkpoints/, newest step first, those with other names last. */
  listCheckpoints(): string[] {
    return this.#checkpoints.list();
  }

  /** Flushes the metrics and gives the folder free, the latter also when the former fails. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#metrics.flush();
    } finally {
      this.#lock.release();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #artifactPath(name: string): string {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.json$/.test(name)) return join(this.dir, name);
    const fix = 'use letters, digits, ".", "_" and "-", ending in .json';
    throw new RunError('bad-name', 'file', name, `is no plain file name for "${this.dir}"`, fix);
  }

  #write(path: string, text: string): void {
    this.#requireOpen();
    try {
      atomicWrite(path, new TextEncoder().encode(text), this.#files);
    } catch (error) {
      const problem = `not written: ${reasonOf(error)}`;
      throw new RunError('write-failed', 'file', path, problem, writeFix(error), { cause: error });
    }
  }

  #requireOpen(): void {
    if (this.#open) return;
    throw new RunError('closed', 'folder', this.dir, 'is closed', 'open it again with openRun');
  }
}

const unreadableFix = 'start a new run with another --out';

/** Undefined where there is no such file. @throws {RunError} unreadable, malformed */
function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    const problem = `cannot be read: ${reasonOf(error)}`;
    throw new RunError('unreadable', 'file', path, problem, unreadableFix, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunError('malformed', 'file', path, 'is not JSON', unreadableFix, { cause: error });
  }
}

function kindOf(path: string): 'folder' | 'missing' | 'file' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw notWritable(path, error);
  }
}

function requireConfig(dir: string, kind: 'folder' | 'missing'): void {
  if (kind === 'folder' && kindOf(join(dir, 'config.json')) === 'file') return;
  const problem = kind === 'missing' ? 'does not exist' : 'holds no run to resume (no config.json)';
  const fix = 'start a new run without --resume, or choose another --out';
  throw new RunError('nothing-to-resume', 'folder', dir, problem, fix);
}

function requireCheckpoint(run: RunFolder): void {
  if (run.listCheckpoints().length > 0) return;
  const fix = 'delete the folder and start anew, or choose another --out';
  throw new RunError('nothing-to-resume', 'folder', run.dir, 'holds no checkpoint to resume from', fix);
}

function requireNoRun(dir: string): void {
  const present = ['config.json', 'metrics.jsonl'].find((name) => kindOf(join(dir, name)) !== 'missing');
  const checkpoints = join(dir, 'checkpoints');
  const saved = kindOf(checkpoints) === 'folder' && new CheckpointStore(checkpoints, nodeFiles).list().length > 0;
  const found = present ?? (saved ? basename(checkpoints) : null);
  if (found === null) return;
  const fix = 'continue it with --resume, or choose another --out';
  throw new RunError('exists', 'folder', dir, `already holds a run (${found})`, fix);
}

/** By writing: permissions alone do not tell of a read-only or full file system. The run's own folder had its lock. */
function proveWritable(folder: string, files: FileOperations): void {
  const probe = join(folder, `probe-${process.pid}`);
  try {
    makeFolder(folder, files);
    atomicWrite(probe, new TextEncoder().encode('x'), files);
    files.remove(probe);
  } catch (error) {
    attempt(() => files.remove(probe));
    throw notWritable(folder, error);
  }
}

/** What killed writes left. A lock in the making belongs to a process that is about to learn that we are here. */
function removeLeftovers(folder: string, files: FileOperations): void {
  for (const name of readdirSync(folder)) {
    const target = temporaryFor(name);
    if (target !== null && !isLiveLockName(target)) attempt(() => files.remove(join(folder, name)));
  }
}
