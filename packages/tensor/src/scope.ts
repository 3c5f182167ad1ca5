// Scopes: what is made inside is freed when the function returns, except what it returns or keeps. Scopes are
// synchronous. Outside every scope a tensor is the caller's to dispose; one that is forgotten is reclaimed when the
// garbage collector finds it, counted, and reported with the line that made it. No code of ours relies on that.

import { ScopeError } from './errors.ts';
import { Tensor } from './tensor.ts';

type ScopeFrame = Set<Tensor>;

const frames: ScopeFrame[] = [];

interface Leak {
  readonly release: () => void;
  readonly origin: string;
  readonly bytes: number;
}

let leaks = 0;
const leakReport: string[] = [];
const registry = new FinalizationRegistry<Leak>((leak) => {
  leaks++;
  if (leakReport.length < 100) leakReport.push(`${leak.bytes} bytes made ${leak.origin}`);
  leak.release();
});

const ownFile = /packages\/tensor\/src\/|@omnigrad\/tensor\//;

/** Null where a program writes stacks in a way of its own. */
const lineOfStack = (stack: unknown): string | null => {
  const lines = typeof stack === 'string' ? stack.split('\n').slice(1) : [];
  return lines.find((line) => !ownFile.test(line))?.trim() ?? null;
};

/** The place that made a tensor, without its text; null where the engine, other than V8, does not tell. */
const placeOfCall = (): string | null => {
  const before = Error.prepareStackTrace;
  let place: string | null = null;
  Error.prepareStackTrace = (_error, sites) => {
    const site = sites.find((one) => !ownFile.test(one.getFileName() ?? ''));
    place = `${site?.getFileName()}:${site?.getLineNumber()}:${site?.getColumnNumber()}`;
    return '';
  };
  // reading the stack is what calls it
  void new Error().stack;
  Error.prepareStackTrace = before;
  return place;
};

// The text of a stack takes tens of microseconds, with source maps above all, and loops make tensors in few places: a place costs
// that once. A program that makes its code as it goes must not fill this forever.
const mostPlaces = 10_000;
const lineOfPlace = new Map<string, string>();

const originLine = (): string => {
  const place = placeOfCall();
  const known = place === null ? undefined : lineOfPlace.get(place);
  if (known !== undefined) return known;
  const line = lineOfStack(new Error().stack) ?? `at ${place ?? 'an unknown line'}`;
  if (place !== null && lineOfPlace.size < mostPlaces) lineOfPlace.set(place, line);
  return line;
};

/** Tensors that the garbage collector found undisposed, with the lines that made the first hundred. */
export const leakedTensors = (): { readonly count: number; readonly lines: readonly string[] } => ({
  count: leaks,
  lines: [...leakReport],
});

const watchForLeak = (x: Tensor): void => {
  const { storage } = x;
  // The token is the storage's own count: releasing it here is what dispose() would have done.
  registry.register(x, { release: () => storage.release(), origin: originLine(), bytes: storage.bytes }, x);
};

/** Gives a new tensor to the innermost scope, or to the caller outside every scope. */
export const adopt = (x: Tensor): Tensor => {
  const frame = frames.at(-1);
  if (frame === undefined) watchForLeak(x);
  else frame.add(x);
  return x;
};

export const forgetLeak = (x: Tensor): void => {
  registry.unregister(x);
};

/** Calls `visit` for every tensor inside plain arrays, objects and maps. */
export const visitTensors = (value: unknown, visit: (x: Tensor) => void): void => {
  if (value instanceof Tensor) visit(value);
  else if (Array.isArray(value)) for (const item of value) visitTensors(item, visit);
  else if (value instanceof Map) for (const item of value.values()) visitTensors(item, visit);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) visitTensors(item, visit);
  }
};

const run = <T>(fn: () => T, survive: (x: Tensor, madeHere: boolean) => void): T => {
  const frame: ScopeFrame = new Set();
  frames.push(frame);
  let result: T;
  try {
    result = fn();
    if (result instanceof Promise) {
      throw new ScopeError(
        'scope',
        'the function returned a promise; a scope is synchronous: read results after it returns',
      );
    }
  } catch (error) {
    for (const x of frame) x.dispose();
    throw error;
  } finally {
    frames.pop();
  }
  visitTensors(result, (x) => survive(x, frame.delete(x)));
  for (const x of frame) x.dispose();
  return result;
};

/**
 * Runs `fn` and frees every tensor made inside it, except those in its result (arrays, plain objects and maps are
 * searched) and those given to `keep`. The survivors belong to the enclosing scope, or to the caller.
 * Throws ScopeError when `fn` returns a promise.
 */
export const scope = <T>(fn: () => T): T =>
  run(fn, (x, madeHere) => {
    if (madeHere) adopt(x);
  });

/** As `scope`, but the survivors belong to no scope: the engine disposes them itself. */
export const detachedScope = <T>(fn: () => T): T => run(fn, () => undefined);

/** Takes `x` out of its scope: it lives until it is disposed. */
export const keep = <T extends Tensor>(x: T): T => {
  for (const frame of frames) {
    if (frame.delete(x)) {
      watchForLeak(x);
      break;
    }
  }
  return x;
};
