// metrics.jsonl: one JSON object a line, buffered in memory and appended at checkpoints. A flush is whole or undone, and
// rows after the checkpoint that a run resumes from are cut, so that the file ends up equal to an unbroken run's.

import { fstatSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { atomicWrite, attempt, type FileOperations, syncFolder, writeAll } from './atomic-write.ts';
import { RunError, reasonOf, systemCode, writeFix } from './errors.ts';
import { stringify } from './json.ts';

/** The step that a row belongs to, and whatever else JSON can hold; when read, the rest is the caller's to check. */
export interface LoggedRow {
  readonly globalStep: number;
  readonly [field: string]: unknown;
}

export class MetricsFile {
  readonly #path: string;
  readonly #files: FileOperations;
  #pending: string[] = [];

  constructor(path: string, files: FileOperations) {
    this.#path = path;
    this.#files = files;
  }

  /** @throws {RunError} bad-value */
  append(row: LoggedRow): void {
    this.#pending.push(`${stringify(this.#path, row)}\n`);
  }

  /** After a failure the rows are still pending and the file is what it was. @throws {RunError} write-failed */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = new TextEncoder().encode(this.#pending.join(''));
    const files = this.#files;
    try {
      const fd = files.open(this.#path, 'a');
      const before = fstatSync(fd).size;
      try {
        writeAll(fd, bytes, files);
        files.sync(fd);
      } catch (error) {
        attempt(() => files.truncate(fd, before));
        throw error;
      } finally {
        files.close(fd);
      }
      if (before === 0) syncFolder(dirname(this.#path), files);
    } catch (error) {
      throw this.#writeFailed(error);
    }
    this.#pending = [];
  }

  /** The rows on disk, then the pending ones. A last line without its end, torn by a kill, does not count. */
  read(): LoggedRow[] {
    return [...this.#readLines(), ...this.#pending.map((line) => line.trimEnd())].map((line, at) =>
      this.#parse(line, at),
    );
  }

  /** Rewrites the file, atomically, with the rows that `keep` accepts, byte for byte; pending rows are dropped. */
  truncate(keep: (row: LoggedRow) => boolean): void {
    const kept = this.#readLines().filter((line, at) => keep(this.#parse(line, at)));
    this.#pending = [];
    this.#replace(kept);
  }

  /** Without it the next row would be glued to a line that a kill has torn. */
  dropTornLine(): void {
    const text = this.#readText();
    if (text !== '' && !text.endsWith('\n')) this.#replace(this.#readLines());
  }

  #replace(lines: readonly string[]): void {
    if (lines.length === 0 && this.#readText() === '') return;
    try {
      atomicWrite(this.#path, new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')), this.#files);
    } catch (error) {
      throw this.#writeFailed(error);
    }
  }

  #readText(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return '';
      const problem = `cannot be read: ${reasonOf(error)}`;
      throw new RunError('unreadable', 'file', this.#path, problem, 'check its permissions', { cause: error });
    }
  }

  #readLines(): string[] {
    return this.#readText().split('\n').slice(0, -1);
  }

  #parse(line: string, at: number): LoggedRow {
    let row: unknown = null;
    try {
      row = JSON.parse(line);
    } catch {
      // Reported below, as for JSON that is not a row.
    }
    if (isRow(row)) return row;
    const fix = `delete that line of ${basename(this.#path)}`;
    throw new RunError('malformed', 'file', this.#path, `line ${at + 1} is not a JSON object with a globalStep`, fix);
  }

  #writeFailed(error: unknown): RunError {
    const problem = `not written: ${reasonOf(error)}`;
    return new RunError('write-failed', 'file', this.#path, problem, writeFix(error), { cause: error });
  }
}

function isRow(value: unknown): value is LoggedRow {
  return typeof value === 'object' && value !== null && 'globalStep' in value && typeof value.globalStep === 'number';
}
