// What profilers of backends share: lines of a table, a trace for Chromium's viewers, and OMNIGRAD_PROFILE in Node's environment,
// which asks for a report at the end of a backend, or else of the process. Nothing of that in pages.

/** Rows of cells as lines: the first column to the left, the others to the right. */
export const tableLines = (rows: readonly (readonly string[])[], leftColumns = 1): string[] => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < leftColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
};

export const showShare = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A call of a kernel, in milliseconds of one clock. */
export interface ProfileEvent {
  readonly name: string;
  readonly began: number;
  readonly ms: number;
  /** What a viewer shows beside it. */
  readonly args: Readonly<Record<string, number | string>>;
}

/** The trace event format of Chromium: complete events, in microseconds. */
export const chromeTraceOf = (events: readonly ProfileEvent[]): string => {
  const origin = events[0]?.began ?? 0;
  return JSON.stringify({
    displayTimeUnit: 'ms',
    traceEvents: events.map(({ name, began, ms, args }) => ({
      name,
      cat: 'kernel',
      ph: 'X',
      pid: 1,
      tid: 1,
      ts: Math.round((began - origin) * 1e6) / 1e3,
      dur: Math.round(ms * 1e6) / 1e3,
      args,
    })),
  });
};

interface Host {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    on(event: 'exit', listener: () => void): void;
    getBuiltinModule?(name: 'node:fs'): { writeFileSync(path: string, text: string): void } | undefined;
  };
}

const globals: object = globalThis;
const hostProcess = () => (globals as Host).process;

/** Values that say yes or no; any other is the file of the trace. */
const [yes, no]: readonly (readonly string[])[] = [
  ['1', 'true'],
  ['', '0', 'false'],
];
const usualFile = 'omnigrad-profile.json';

const asked = (): string => hostProcess()?.env?.OMNIGRAD_PROFILE ?? '';

/** Whether OMNIGRAD_PROFILE asks for profiles, and there are files to write them to. */
export const profilesAreAsked = (): boolean =>
  !no.includes(asked()) && hostProcess()?.getBuiltinModule?.('node:fs') !== undefined;

/** Reports so far, each into a file of its own. */
let reports = 0;
/** Whether the end of the process is awaited. */
let listens = false;
const unreported = new Set<() => void>();

/** `path.json`, then `path-2.json`, `path-3.json` ... */
const numbered = (file: string, number: number): string =>
  number === 1 ? file : file.replace(/(\.[^./\\]+)?$/, `-${number}$1`);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is told of a profile: null where there is nothing. */
export type ProfileReport = () => { table(): string; chromeTrace(): string } | null;

/**
 * Where OMNIGRAD_PROFILE asks for it, `report` is told at the end of the process: a table on stderr, and a trace in a file. The function
 * that comes back tells it earlier; either way once, and without exceptions: the program that is profiled goes on, or ends, as it would have.
 */
export const reportProfileAtEnd = (report: ProfileReport): (() => void) => {
  const process = hostProcess();
  const answer = asked();
  const fs = no.includes(answer) ? undefined : process?.getBuiltinModule?.('node:fs');
  if (process === undefined || fs === undefined) return () => undefined;
  const tell = (): void => {
    if (!unreported.delete(tell)) return;
    let what = 'profile';
    try {
      const profile = report();
      if (profile === null) return;
      const file = numbered(yes.includes(answer) ? usualFile : answer, ++reports);
      console.error(profile.table());
      what = `trace: ${file}`;
      fs.writeFileSync(file, profile.chromeTrace());
      console.error(`trace: ${file} (open it in Perfetto or chrome://tracing)`);
    } catch (error) {
      console.error(`${what} was not written: ${reasonOf(error)}`);
    }
  };
  // one listener for all: Node warns of more than ten
  if (!listens) {
    listens = true;
    process.on('exit', () => {
      for (const one of [...unreported]) one();
    });
  }
  unreported.add(tell);
  return tell;
};
