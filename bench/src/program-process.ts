// The parent's end of one program's process. It may be missing, crash or hang; all of that is a rejected promise with one line.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchmarkName } from './benchmarks.ts';
import { entryOf, type ProgramName } from './programs/index.ts';
import { decodeReply, type Measured, type Ready, type Reply } from './protocol.ts';

/** Longer than any step or set-up that was seen, shorter than the patience of a reader. */
const usualTimeoutMs = 120_000;

const pathTo = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The first Python that finds a module, or null. It is found, not imported: importing torch takes seconds. */
const pythonWith = (module: string): string | null => {
  const probe = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`;
  const found = ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', probe]).status === 0);
  return found ?? null;
};

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/** Throws one line when what the program needs is not on this machine. */
export const commandOf = (name: ProgramName, benchmark: BenchmarkName, folder: string): CommandLine => {
  const entry = entryOf(name);
  if (entry.host === 'node') {
    // our own flags: the TypeScript loader, the export condition, and what ends a child whose ancestors are gone
    return { file: process.execPath, args: [...process.execArgv, pathTo('./worker.ts'), name, benchmark, folder] };
  }
  const python = pythonWith(entry.needs);
  if (python === null) throw new Error(`no Python with ${entry.needs} was found; ${entry.install}`);
  return { file: python, args: [pathTo(`../peers/${entry.script}`), benchmark, folder, ...entry.args] };
};

export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly #replies: Reply[] = [];
  #wake: (() => void) | undefined;
  #ended: string | undefined;
  #lastWords = '';
  readonly #timeoutMs: number;

  constructor({ file, args }: CommandLine, timeoutMs = usualTimeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#child = spawn(file, args, { stdio: 'pipe' });
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (code, signal) => this.#end(`the process ended with ${signal ?? `code ${code}`}`));
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const reply = decodeReply(line);
      if (reply === null) return;
      this.#replies.push(reply);
      this.#wake?.();
    });
  }

  #end(why: string): void {
    const lines = this.#lastWords.trim().split('\n');
    const words = (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim();
    this.#ended ??= words === '' ? why : `${why}: ${words}`;
    this.#wake?.();
  }

  async #next(): Promise<Reply> {
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      if (this.#ended !== undefined) throw new Error(this.#ended);
      const left = deadline - performance.now();
      if (left <= 0) {
        this.stop();
        throw new Error(`no reply within ${this.#timeoutMs / 1000} s`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Resolves when the program is set up. */
  async ready(): Promise<Ready> {
    const reply = await this.#next();
    if (reply.kind === 'ready') return reply;
    throw new Error(reply.kind === 'failed' ? reply.message : 'it replied out of turn');
  }

  /** One run of a case of the benchmark. */
  async run(name: string): Promise<Measured> {
    this.#child.stdin?.write(`${name}\n`);
    const reply = await this.#next();
    if (reply.kind === 'measured') return reply;
    throw new Error(reply.kind === 'failed' ? reply.message : 'it replied out of turn');
  }

  /** Whether it can be asked again. */
  get alive(): boolean {
    return this.#ended === undefined && !this.#child.killed;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
