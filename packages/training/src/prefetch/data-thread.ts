// Threads that prepare batches: worker_threads of Node. A page makes its own (see StartThread) or goes without.

import type { Answer, Order, ServeOptions } from './messages.ts';

/** A thread that runs serveBatches(). */
export interface DataThread {
  post(order: Order): void;
  /** Ends it at once; resolves when it has ended. */
  terminate(): Promise<unknown>;
}

export interface ThreadEvents {
  answer(answer: Answer): void;
  /** It is gone, asked or not. */
  ended(why: string): void;
}

/**
 * Starts a thread that calls serveBatches(port, options). Null: there are no threads here. A page that wants some wraps
 * `new Worker(...)` of a module of its own, which its bundler can see.
 */
export type StartThread = (options: ServeOptions, events: ThreadEvents) => DataThread | null;

/** This package, as a module that a thread can import: from its sources, or the bundle that holds this file. */
const self = import.meta.url.endsWith('.ts')
  ? new URL('../index.ts', import.meta.url).href
  : new URL('./index.mjs', import.meta.url).href;

/**
 * The whole program of a thread. A text, so that sources and bundles need no file of their own for it. Threads of Node 20
 * have none of the loaders of their process: from sources, the one that it was started with (tsx) is registered again.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
if (workerData.self.endsWith('.ts')) {
  const flags = process.execArgv.map((flag) => flag.replace(/^--import=/, ''));
  const loader = flags.find((flag) => /(^|[/])tsx([/]|$)/.test(flag));
  const here = require('node:url').pathToFileURL(process.cwd() + '/');
  if (loader !== undefined) require('node:module').register(loader, here, { data: {} });
}
import(workerData.self).then(({ serveBatches }) => serveBatches(parentPort, workerData.options));`;

/** Node's threads, started with these flags of Node; default those of this process, its loaders among them. */
export const nodeThreads =
  (execArgv?: readonly string[]): StartThread =>
  (options, events) => {
    const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
    if (threads === undefined) return null;
    const worker = new threads.Worker(program, {
      eval: true,
      workerData: { self, options },
      name: 'omnigrad data',
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    worker.on('message', (answer: Answer) => events.answer(answer));
    worker.on('error', (error) => events.ended(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => events.ended(`it ended with code ${code}`));
    return { post: (order) => worker.postMessage(order), terminate: () => worker.terminate() };
  };
