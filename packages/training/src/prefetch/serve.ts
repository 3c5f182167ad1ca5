// The side of a thread that prepares batches: makes the streams of its recipes, then answers orders until it is ended.

import { ParameterScope } from '@omnigrad/nn';
import type { BatchRequest, HostBatch, Stream } from '../stream.ts';
import { type Answer, type Order, packError, type ServeOptions, transferable } from './messages.ts';
import { streamOf } from './recipe.ts';

/** The parent as a thread sees it: `parentPort` of node:worker_threads, or a thin wrap of a Web Worker's globals. */
export interface ServePort {
  postMessage(message: Answer, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (order: Order) => void): unknown;
}

/** Resolves when the streams stand; orders are answered from then on. Throws nothing: errors go to the parent. */
export const serveBatches = async (port: ServePort, { recipes, width }: ServeOptions): Promise<void> => {
  const streams = new Map<string, Stream>();
  try {
    // Parameters are declared and never made: only the host's half of a tokenizer works here.
    const scope = new ParameterScope();
    for (const recipe of recipes) {
      const definition = await streamOf(recipe);
      streams.set(recipe.modality, definition.bind(scope.child(recipe.modality), width));
    }
  } catch (error) {
    port.postMessage({ kind: 'unable', error: packError(error) }, []);
    return;
  }
  const prepare = (request: BatchRequest): HostBatch => {
    const stream = streams.get(request.modality);
    if (stream === undefined)
      throw new Error(`a batch of ${request.modality} was asked of a thread without its recipe`);
    return stream.prepare(request);
  };
  port.on('message', ({ id, requests }) => {
    try {
      const batches = requests.map(prepare);
      port.postMessage({ kind: 'batches', id, batches }, transferable(batches));
    } catch (error) {
      port.postMessage({ kind: 'failed', id, error: packError(error) }, []);
    }
  });
  port.postMessage({ kind: 'ready' }, []);
};
