// The few members of the host's global object that this package looks at, in Node and in pages: typed here because the workspace
// compiles without the DOM library and runs where Node's modules are not. WebAssembly has web-assembly.ts.

export interface NodeFs {
  readFileSync(path: string, encoding: 'utf8'): string;
  writeFileSync(path: string, text: string): void;
  mkdirSync(path: string, options: { readonly recursive: true }): void;
  renameSync(from: string, to: string): void;
}

interface NodeOs {
  availableParallelism(): number;
  homedir(): string;
  cpus(): readonly { readonly model: string }[];
}

interface NodeWorker {
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  unref(): void;
  terminate(): void;
}

interface NodeWorkerThreads {
  readonly Worker: new (
    code: string,
    options: {
      readonly eval: true;
      readonly workerData: object;
      readonly execArgv: readonly string[];
      readonly name: string;
    },
  ) => NodeWorker;
}

interface NodeModules {
  'node:fs': NodeFs;
  'node:os': NodeOs;
  'node:worker_threads': NodeWorkerThreads;
}

export interface NodeProcess {
  readonly pid: number;
  readonly env?: { readonly [name: string]: string | undefined };
  readonly versions: { readonly v8?: string };
  getBuiltinModule?<N extends keyof NodeModules>(name: N): NodeModules[N] | undefined;
}

interface WebWorker {
  postMessage(message: object): void;
  addEventListener(type: 'message' | 'error', listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

/** All of it may be absent. A page may refuse to give its localStorage, by an exception. */
export interface Host {
  readonly process?: NodeProcess;
  readonly navigator?: { readonly hardwareConcurrency?: number; readonly userAgent?: string };
  readonly localStorage?: { getItem(key: string): string | null; setItem(key: string, value: string): void };
  readonly Worker?: new (url: string, options: { readonly name: string }) => WebWorker;
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
  readonly crossOriginIsolated?: boolean;
  /** Present in a worker of a page, absent in its main thread. */
  readonly WorkerGlobalScope?: unknown;
}

const globals: object = globalThis;
export const host = globals as Host;
