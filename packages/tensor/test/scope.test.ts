// Scopes, disposal and the report of forgotten tensors.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  accumulateInto,
  add,
  createReferenceBackend,
  dropout,
  embedding,
  ids,
  keep,
  leakedTensors,
  less,
  mean,
  mul,
  persistentBuffer,
  reshape,
  scope,
  slotOf,
  softmax,
  stack,
  type Tensor,
  tensor,
  useBackend,
  valueAndGrad,
  where,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { errorOf, guardBytes } from './support.ts';

const backend = createReferenceBackend();
useBackend(backend);

const bytes = guardBytes(backend);

describe('scope', () => {
  it('frees what was made inside', () => {
    const result = scope(() => {
      const x = tensor([1, 2, 3]);
      expect(bytes()).toBe(24);
      return mul(x, x).readSync();
    });
    expect([...result]).toEqual([1, 4, 9]);
    expect(bytes()).toBe(0);
  });

  it('spares what it returns: in arrays, objects and maps', () => {
    const made = scope(() => {
      tensor([9]);
      return { one: tensor([1]), list: [tensor([2]), 'text', null], map: new Map([['k', tensor([3])]]) };
    });
    expect(bytes()).toBe(24);
    const [second] = made.list;
    for (const x of [made.one, second, made.map.get('k')]) (x as Tensor).dispose();
  });

  it('leaves alone what came from outside', () => {
    const x = tensor([1]);
    expect(scope(() => x)).toBe(x);
    scope(() => {
      add(x, 1);
    });
    expect(x.disposed).toBe(false);
    x.dispose();
  });

  it('gives survivors to the enclosing scope', () => {
    scope(() => {
      const inner = scope(() => tensor([1, 2]));
      expect(inner.disposed).toBe(false);
      expect(bytes()).toBe(16);
    });
    expect(bytes()).toBe(0);
  });

  it('keeps what keep() was given, through every scope', () => {
    const kept = scope(() => scope(() => keep(tensor([1, 2]))));
    expect(kept.disposed).toBe(false);
    let hidden: Tensor | undefined;
    scope(() => {
      hidden = keep(tensor([3]));
    });
    expect(hidden?.itemSync()).toBe(3);
    hidden?.dispose();
    kept.dispose();
  });

  it('keeps a tensor of an outer scope from inside an inner one', () => {
    let x: Tensor | undefined;
    scope(() => {
      const made = tensor([1]);
      scope(() => keep(made));
      x = made;
    });
    expect(x?.disposed).toBe(false);
    x?.dispose();
  });

  it('frees everything when the function throws', () => {
    const fails = (): never => {
      tensor([1, 2]);
      scope(() => tensor([3]));
      throw new Error('inside');
    };
    expect(errorOf(() => scope(fails))).toBe('Error: inside');
    expect(bytes()).toBe(0);
    // and the next scope is a clean one
    scope(() => tensor([1])).dispose();
  });

  it('refuses a promise, and frees what was made before it', () => {
    const step = async (): Promise<void> => {
      tensor([1, 2]);
    };
    expect(errorOf(() => scope(step))).toBe(
      'ScopeError: scope: the function returned a promise; a scope is synchronous: read results after it returns',
    );
    expect(bytes()).toBe(0);
  });
});

describe('dispose', () => {
  it('frees once', () => {
    const x = tensor([1, 2]);
    x.dispose();
    x.dispose();
    expect(bytes()).toBe(0);
  });

  it('is what `using` calls', () => {
    {
      using x = tensor([1, 2]);
      expect(x.itemSync).toBeTypeOf('function');
      expect(bytes()).toBe(16);
    }
    expect(bytes()).toBe(0);
  });

  it('makes every later use an error that says so', () => {
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    x.dispose();
    const message = (op: string): string =>
      `DisposedError: ${op}: a tensor [2] was used after it was disposed; return it from its scope or keep() it`;
    expect(errorOf(() => add(y, x))).toBe(message('add'));
    expect(errorOf(() => reshape(x, [2, 1]))).toBe(message('reshape'));
    expect(errorOf(() => x.readSync())).toBe(message('readSync'));
    expect(errorOf(() => x.read())).toBe(message('read'));
    y.dispose();
    const escaped: Tensor[] = [];
    scope(() => {
      escaped.push(tensor([1, 2]));
    });
    expect(errorOf(() => add(escaped[0], 1))).toBe(message('add'));
  });

  it('frees shared elements with the last tensor over them', () => {
    const x = tensor([1, 2, 3, 4]);
    const y = reshape(x, [2, 2]);
    x.dispose();
    expect([...y.readSync()]).toEqual([1, 2, 3, 4]);
    expect(bytes()).toBe(32);
    y.dispose();
    expect(bytes()).toBe(0);
  });
});

describe('outside every scope', () => {
  it('an op leaves nothing behind but its result', () => {
    const [x, c] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[1, 0]], { dtype: 'bool' }),
    ];
    const [one, two] = [ids([1]), tensor([1, 2])];
    const calls: readonly (() => Tensor)[] = [
      () => add(x, 1),
      () => less(x, 2),
      () => where(c, x, 0),
      () => where(c, 1, 0),
      () => softmax(x, { axis: 0 }),
      () => embedding(x, one),
      () => stack([two, two], { axis: 1 }),
      () => dropout(x, [1, 2], 0.5),
      () => mean(x),
    ];
    const start = bytes();
    for (const call of calls) {
      call().dispose();
      expect(bytes(), call.toString()).toBe(start);
    }
    const { value, grads } = valueAndGrad(() => mean(mul(x, where(c, x, 0))), [x]);
    for (const y of [value, ...grads, x, c, one, two]) y.dispose();
  });

  it('a refused op leaves nothing behind', () => {
    const x = tensor([1, 2], { dtype: 'bool' });
    expect(errorOf(() => add(x, 1))).toBe('DTypeError: add: is not defined for bool; cast() to a float type');
    x.dispose();
  });
});

describe('arenas', () => {
  it('are persistent, zeroed, and seen by no scope', () => {
    const arena = scope(() => {
      const made = persistentBuffer(backend, 'f64', 8);
      return { made };
    }).made;
    expect([...arena.readSync()]).toEqual(new Array(8).fill(0));
    expect(backend.memory().persistent).toBe(64);
    arena.dispose();
    expect(backend.memory().persistent).toBe(0);
  });

  it('have slots that read and write the same elements', () => {
    const arena = persistentBuffer(backend, 'f64', 8);
    const slot = slotOf(arena, 2, [2, 2]);
    scope(() => {
      accumulateInto(arena, 2, tensor([1, 2, 3, 4]));
      accumulateInto(arena, 2, tensor([1, 1, 1, 1]));
    });
    expect([...slot.readSync()]).toEqual([2, 3, 4, 5]);
    expect(errorOf(() => slotOf(arena, 6, [3]))).toBe('ShapeError: slotOf: [3] at 6 does not fit 8 elements');
    slot.dispose();
    arena.dispose();
  });
});

describe('a forgotten tensor', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');

  /** Finalisers run in a later turn, after the collector has found the tensor. */
  const until = async (done: () => boolean, turns = 50): Promise<void> => {
    for (let i = 0; i < turns && !done(); i++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('is reclaimed, counted and reported with the line that made it', async () => {
    const start = leakedTensors().count;
    const forget = (): void => {
      tensor([1, 2, 3]);
      const x = scope(() => tensor([4]));
      expect(x.itemSync()).toBe(4);
      scope(() => {
        keep(tensor([5, 6]));
      });
    };
    forget();
    expect(bytes()).toBe(48);
    await until(() => bytes() === 0);
    expect(leakedTensors().count).toBe(start + 3);
    expect(bytes()).toBe(0);
    const lines = leakedTensors().lines.slice(start);
    expect(lines.some((line) => /^24 bytes made at .*scope\.test\.ts:\d+:\d+/.test(line))).toBe(true);
  });

  it('is told apart by place, also when a loop makes many, and leaves the way stacks are written alone', async () => {
    const own = (): string => 'mine';
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = own;
    const start = leakedTensors().lines.length;
    const forget = (): void => {
      for (let i = 0; i < 3; i++) tensor([1]);
      tensor([2]);
    };
    try {
      forget();
      expect(Error.prepareStackTrace).toBe(own);
    } finally {
      Error.prepareStackTrace = before;
    }
    forget();
    await until(() => bytes() === 0);
    const lines = leakedTensors().lines.slice(start);
    const places = lines.map((line) => /at .*scope\.test\.ts:\d+/.exec(line)?.[0]);
    expect(places).toHaveLength(8);
    expect(places).not.toContain(undefined);
    expect(new Set(places).size).toBe(2);
  });

  it('is not counted when it was disposed', async () => {
    const start = leakedTensors().count;
    const careful = (): void => tensor([1, 2, 3]).dispose();
    careful();
    await until(() => false, 10);
    expect(leakedTensors().count).toBe(start);
  });
});
