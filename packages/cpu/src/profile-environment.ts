// OMNIGRAD_PROFILE in Node's environment: every backend is a profiled one, and at its end, or else that of the process, tells where
// the time went: a table on stderr, and a trace in a file. Nothing of this in pages.

import type { CpuBackendInstance } from './backend.ts';
import { host, type NodeFs } from './host.ts';
import { Profiler } from './profile.ts';

/** Values that say yes or no; any other is the file of the trace. */
const [yes, no]: readonly (readonly string[])[] = [
  ['1', 'true'],
  ['', '0', 'false'],
];
const usualFile = 'omnigrad-profile.json';

/** Backends that reported, each into a file of its own. */
let reports = 0;
/** Whether the end of the process is awaited. */
let listens = false;
const unreported = new Set<ReportingProfiler>();

/** `path.json`, then `path-2.json`, `path-3.json` ... */
const numbered = (file: string, number: number): string =>
  number === 1 ? file : file.replace(/(\.[^./\\]+)?$/, `-${number}$1`);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class ReportingProfiler extends Profiler {
  readonly #file: string;
  readonly #fs: NodeFs;

  constructor(inner: CpuBackendInstance, file: string, fs: NodeFs) {
    super(inner);
    this.#file = file;
    this.#fs = fs;
  }

  override dispose(): void {
    this.report();
    super.dispose();
  }

  /** Once, and without exceptions: the program that is profiled goes on, or ends, as it would have. */
  report(): void {
    if (!unreported.delete(this) || !this.hasRun) return;
    const file = numbered(this.#file, ++reports);
    let what = 'profile';
    try {
      const profile = this.profile();
      console.error(profile.table());
      what = `trace: ${file}`;
      this.#fs.writeFileSync(file, profile.chromeTrace());
      console.error(`trace: ${file} (open it in Perfetto or chrome://tracing)`);
    } catch (error) {
      console.error(`${what} was not written: ${reasonOf(error)}`);
    }
  }
}

/** `backend`, or where OMNIGRAD_PROFILE asks for it a profiled one that reports. */
export const profiledIfAsked = (backend: CpuBackendInstance): CpuBackendInstance => {
  const { process } = host;
  const asked = process?.env?.OMNIGRAD_PROFILE ?? '';
  const fs = no.includes(asked) ? undefined : process?.getBuiltinModule?.('node:fs');
  if (process === undefined || fs === undefined) return backend;
  const profiler = new ReportingProfiler(backend, yes.includes(asked) ? usualFile : asked, fs);
  // one listener for all: Node warns of more than ten
  if (!listens) {
    listens = true;
    process.on('exit', () => {
      for (const one of [...unreported]) one.report();
    });
  }
  unreported.add(profiler);
  return profiler;
};
