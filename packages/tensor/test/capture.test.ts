// Captured steps on the reference backend: replay equals eager, and what a replay would freeze is refused.

import {
  accumulateInto,
  adamwInPlace,
  add,
  type Backend,
  capture,
  createReferenceBackend,
  crossEntropyRows,
  debugNans,
  dropout,
  fill,
  foldKey,
  gatherRows,
  hostAction,
  ids,
  keep,
  linear,
  matmul,
  mean,
  mul,
  noGrad,
  normal,
  type OmnigradError,
  ones,
  persistentBuffer,
  type RngKey,
  relu,
  reshape,
  rngKey,
  scope,
  slotOf,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  uploadInto,
  useBackend,
  valueAndGrad,
  where,
} from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let backend: Backend;
beforeEach(() => {
  backend = createReferenceBackend();
  useBackend(backend);
});
afterEach(() => {
  expect(backend.memory().inUse).toBe(0);
  backend.dispose();
  useBackend(undefined);
});

const messageOf = (fn: () => unknown): string => {
  try {
    fn();
  } catch (error) {
    return (error as OmnigradError).message;
  }
  return 'nothing was thrown';
};

/** Two layers with dropout, AdamW and a schedule: all that a training step has. */
const model = () => {
  const size = 3 * 4 + 4 + 4 * 2 + 2;
  const [params, grads, m, v] = [0, 1, 2, 3].map(() => persistentBuffer(backend, 'f64', size));
  const hyper = persistentBuffer(backend, 'f64', 9);
  const gradScale = persistentBuffer(backend, 'f64', 1);
  using start = normal(rngKey(1), [size]);
  uploadInto(params, start.readSync());
  uploadInto(gradScale, Float64Array.of(1));
  const w1 = slotOf(params, 0, [3, 4]);
  const b1 = slotOf(params, 12, [4]);
  const w2 = slotOf(params, 16, [4, 2]);
  const b2 = slotOf(params, 24, [2]);
  const slots = [w1, b1, w2, b2];
  let steps = 0;
  const key = (): RngKey => foldKey(rngKey(7), steps);
  const rate = (): number => 0.1 / (1 + steps);
  const step = ({ x, y }: { readonly x: Tensor; readonly y: Tensor }) => {
    fill(grads, 0);
    const { value, grads: gs } = valueAndGrad(() => {
      const hidden = dropout(relu(linear(x, w1, b1)), key, 0.25);
      const logits = linear(hidden, w2, b2);
      return { loss: mean(crossEntropyRows(logits, y)), logits };
    }, slots);
    gs.forEach((g, i) => {
      accumulateInto(grads, [0, 12, 16, 24][i], g);
    });
    hostAction('adamw', [], () => {
      steps++;
      uploadInto(hyper, Float64Array.of(rate(), 0.9, 0.95, 0.1, 0.05, 1e-8, 0.05, 1 - 0.9 ** steps, 1 - 0.95 ** steps));
    });
    adamwInPlace({ params, grads, m, v, hyper, gradScale }, [{ offset: 0, length: size, decay: true }]);
    return { loss: value.loss, logits: value.logits };
  };
  return {
    step,
    params,
    dispose: () => {
      for (const x of [...slots, params, grads, m, v, hyper, gradScale]) x.dispose();
    },
  };
};

const batch = (i: number, rows = 5) => ({
  x: normal(foldKey(rngKey(3), i), [rows, 3]),
  y: ids(Array.from({ length: rows }, (_, r) => (r + i) % 2)),
});

const train = (run: (b: ReturnType<typeof batch>) => { loss: Tensor; logits: Tensor }, sizes: readonly number[]) =>
  sizes.map((rows, i) =>
    scope(() => {
      const { loss, logits } = run(batch(i, rows));
      return [...loss.readSync(), ...logits.readSync()];
    }),
  );

describe('a captured training step', () => {
  it('replays to the bytes of the eager one, for each shape, with dropout, schedule and AdamW', () => {
    const sizes = [5, 3, 5, 3, 5, 3, 5, 5, 3, 2];
    const eager = model();
    const wanted = train(eager.step, sizes);
    const captured = model();
    using step = capture(captured.step);
    const got = train(step, sizes);
    expect(got).toEqual(wanted);
    expect(captured.params.readSync()).toEqual(eager.params.readSync());
    expect(step.report()).toMatchObject({ recorded: 5, replayed: 5, evicted: 0 });
    expect(Object.keys(step.report().commands)).toEqual([
      '[["x","f64[5, 3]"],["y","i32[5]"]]',
      '[["x","f64[3, 3]"],["y","i32[3]"]]',
    ]);
    eager.dispose();
    captured.dispose();
  });

  it('keeps the recordings used last, and one arena for all', () => {
    const run = (capacity: number) => {
      const m = model();
      using step = capture(m.step, { capacity });
      train(step, [5, 5, 5, 3, 3, 3, 5, 5, 5]);
      const report = step.report();
      m.dispose();
      return report;
    };
    expect(run(2)).toMatchObject({ recorded: 4, replayed: 5, evicted: 0 });
    const one = run(1);
    expect(one).toMatchObject({ recorded: 6, replayed: 3, evicted: 2 });
    expect(run(2).bytes).toBe(one.bytes);
  });

  it('allocates nothing but its results in a replay', () => {
    const m = model();
    using step = capture(m.step);
    train(step, [5, 5]);
    const given = batch(0);
    const before = backend.memory();
    const { loss, logits } = step(given);
    expect(backend.memory().buffers).toBe(before.buffers + 2);
    for (const x of [loss, logits, given.x, given.y]) x.dispose();
    m.dispose();
  });

  it('checks the ids of every replay', () => {
    const m = model();
    using step = capture(m.step);
    train(step, [5, 5, 5]);
    const before = m.params.readSync();
    const x = normal(rngKey(3), [5, 3]);
    const y = ids([0, 1, 0, 7, 0]);
    expect(messageOf(() => step({ x, y }))).toBe('crossEntropyRows: id 7 at position 3 is outside 0 to 1');
    expect(m.params.readSync()).toEqual(before);
    x.dispose();
    y.dispose();
    m.dispose();
  });

  it('runs eagerly inside another capture and while NaNs are looked for', () => {
    const inner = capture(({ x }: { x: Tensor }) => mul(x, 2));
    using outer = capture(({ x }: { x: Tensor }) => add(inner({ x }), 1));
    const x = tensor([1, 2]);
    for (let i = 0; i < 3; i++) {
      using y = outer({ x });
      expect(Array.from(y.readSync())).toEqual([3, 5]);
    }
    const before = debugNans(true);
    outer({ x }).dispose();
    debugNans(before);
    expect(outer.report()).toMatchObject({ recorded: 2, replayed: 1 });
    expect(inner.report().recorded).toBe(0);
    x.dispose();
  });

  it('takes other inputs than tensors as a part of the key', () => {
    using step = capture(({ x, stage, by }: { x: Tensor; stage: string; by: number }) =>
      stage === 'double' ? mul(x, 2) : mul(x, by),
    );
    const x = tensor([1, 2]);
    const values = [];
    for (let i = 0; i < 3; i++) {
      for (const [stage, by] of [
        ['double', 0],
        ['times', 3],
        ['times', 5],
      ] as const) {
        using y = step({ x, stage, by });
        values.push(y.readSync()[1]);
      }
    }
    expect(values).toEqual([4, 6, 10, 4, 6, 10, 4, 6, 10]);
    x.dispose();
  });
});

describe('host arrays among the inputs', () => {
  /** Every way in, and every type. */
  const mixed = ({ rows, labels, shown, scale }: ReturnType<typeof hostBatch>) => {
    const x = tensor(rows, [labels.length, 3]);
    const exists = tensor(shown, [labels.length, 1], { dtype: 'bool' });
    const shift = persistent(rows.length);
    uploadInto(shift, scale);
    const logits = add(where(exists, x, 0), reshape(shift, [labels.length, 3]));
    return { rows: crossEntropyRows(logits, ids(labels), { ignoreIndex: -100 }), logits };
  };
  let buffer: Tensor | null = null;
  const persistent = (size: number): Tensor => {
    buffer ??= persistentBuffer(backend, 'f64', size);
    return buffer;
  };
  const hostBatch = (i: number, n = 4) => {
    using x = normal(foldKey(rngKey(5), i), [2 * n, 3]);
    const data = x.readSync();
    return {
      rows: Float32Array.from(data.subarray(0, 3 * n)),
      scale: Float64Array.from(data.subarray(3 * n)),
      labels: Int32Array.from({ length: n }, (_, r) => (r + i) % 3),
      shown: Uint32Array.from({ length: n }, (_, r) => ((r * i) % 3) * 2),
    };
  };

  it('are uploaded anew by every replay, converted as in the step', () => {
    persistent(12);
    using step = capture(mixed);
    for (let i = 0; i < 6; i++) {
      scope(() => {
        const [got, wanted] = [step(hostBatch(i)), mixed(hostBatch(i))];
        expect(got.rows.readSync()).toEqual(wanted.rows.readSync());
        expect(got.logits.readSync()).toEqual(wanted.logits.readSync());
      });
    }
    expect(step.report()).toMatchObject({ recorded: 2, replayed: 4 });
    expect(Object.keys(step.report().commands)).toEqual([
      '[["rows","array 0: Float32Array(12)"],["scale","array 1: Float64Array(12)"],["labels","array 2: Int32Array(4)"],["shown","array 3: Uint32Array(4)"]]',
    ]);
    buffer?.dispose();
    buffer = null;
  });

  it('choose the recording by type, length and identity, not by contents', () => {
    using step = capture(({ a, b }: { a: Float32Array | Float64Array; b: Float32Array }) =>
      add(sum(tensor(a)), mul(sum(tensor(b)), 10)),
    );
    const value = (a: Float32Array | Float64Array, b: Float32Array): number => {
      using y = step({ a, b });
      return y.itemSync();
    };
    for (let i = 0; i < 4; i++) {
      const [one, other] = [Float32Array.of(1, i), Float32Array.of(2, i)];
      expect(value(one, other)).toBe(21 + 11 * i);
      // The same array for both is another recording: a replay could not tell which of two was meant.
      expect(value(one, one)).toBe(11 + 11 * i);
      expect(value(Float64Array.of(1, i), other)).toBe(21 + 11 * i);
      expect(value(Float32Array.of(i), other)).toBe(20 + 11 * i);
    }
    expect(step.report()).toMatchObject({ recorded: 8, replayed: 8 });
  });

  it('may come twice in a step, in lists and in maps, and be the only inputs', () => {
    using step = capture((inputs: { list: readonly Float32Array[]; map: ReadonlyMap<string, Int32Array> }) => {
      const [a, b] = inputs.list;
      const c = inputs.map.get('c') ?? new Int32Array(2);
      return add(mul(tensor(a), tensor(b)), add(tensor(a), tensor(c, { dtype: 'f64' })));
    });
    for (let i = 0; i < 4; i++) {
      using y = step({
        list: [Float32Array.of(i, 2), Float32Array.of(3, i)],
        map: new Map([['c', Int32Array.of(i, -i)]]),
      });
      expect(Array.from(y.readSync())).toEqual([5 * i, i + 2]);
    }
  });

  it('are checked again as ids, before anything changes', () => {
    const table = tensor([[1], [2], [3]]);
    const seen = tensor([0]);
    using step = capture(({ data, more }: { data: Float32Array; more: Int32Array }) => {
      const picked = sum(gatherRows(reshape(table, [1, 3, 1]), ids(data, [1, 2])));
      hostAction('count', [], () => uploadInto(seen, Float64Array.of(seen.readSync()[0] + 1)));
      return add(picked, sum(gatherRows(reshape(table, [1, 3, 1]), tensor(more, [1, 1]))));
    });
    const value = (data: readonly number[], more: number): number => {
      using y = step({ data: Float32Array.from(data), more: Int32Array.of(more) });
      return y.itemSync();
    };
    expect([value([0, 0], 0), value([0, 1], 0), value([2, 1], 1)]).toEqual([3, 4, 7]);
    expect(messageOf(() => value([0, 3], 0))).toBe('gatherRows: id 3 at position 1 is outside 0 to 2');
    expect(messageOf(() => value([0, 1], -1))).toContain('gatherRows: id -1 at position 0 is outside 0 to 2');
    expect(messageOf(() => value([0.5, 1], 0))).toBe('ids: id 0.5 at position 0 is not a whole number');
    expect(seen.itemSync()).toBe(3);
    expect(value([2, 2], 2)).toBe(9);
    expect(step.report()).toMatchObject({ recorded: 2, replayed: 2 });
    table.dispose();
    seen.dispose();
  });

  const twice = (step: (inputs: { data: Float32Array }) => Tensor): string => {
    using captured = capture(step);
    return messageOf(() => {
      for (let i = 0; i < 2; i++) captured({ data: Float32Array.of(1, 2, i) }).dispose();
    });
  };

  it('are known by identity: what is worked out from them is frozen, and refused', () => {
    const refused = 'has other numbers the second time';
    expect(twice(({ data }) => tensor(data.map((x) => x + 1)))).toBe(
      'capture: tensor, command 0, has other numbers the second time ([2,3,1] became [2,3,2]) and a replay would freeze them; pass it as an input of the step, or make it in hostAction()',
    );
    expect(twice(({ data }) => tensor(data.slice()))).toContain(refused);
    expect(twice(({ data }) => tensor(data.subarray(1)))).toContain(refused);
    expect(twice(({ data }) => tensor([...data]))).toContain(refused);
    expect(twice(({ data }) => mul(tensor(data), data[2]))).toContain(refused);
  });

  it('can be asked to be all that a step uploads', () => {
    const strict = (step: (inputs: { data: Float32Array }) => Tensor) => {
      using captured = capture(step, { onlyInputs: true });
      return messageOf(() => captured({ data: Float32Array.of(1, 2) }).dispose());
    };
    expect(strict(({ data }) => add(mul(tensor(data), 3), ones([2])))).toBe('nothing was thrown');
    expect(strict(({ data }) => tensor(data.slice()))).toBe(
      'capture: the step uploads [1,2] [2], which is none of its inputs; make the array before the step and pass it as an input',
    );
    expect(strict(({ data }) => gatherRows(tensor(data, [1, 2, 1]), ids([0], [1, 1])))).toContain('uploads [0] [1, 1]');
  });

  it('must not be written to', () => {
    const step = ({ data }: { data: Float32Array }): Tensor => {
      data[0]++;
      return tensor(data);
    };
    expect(twice(step)).toBe('capture: the step writes into a host array of its inputs; write into a copy');
  });
});

describe('what a replay would freeze', () => {
  const twice = <T>(step: (inputs: { x: Tensor }) => T): string => {
    using captured = capture(step);
    const x = tensor([1, 2, 3]);
    const message = messageOf(() => {
      for (let i = 0; i < 2; i++) {
        scope(() => {
          captured({ x });
        });
      }
    });
    x.dispose();
    return message;
  };

  it('numbers', () => {
    let i = 0;
    expect(twice(({ x }) => mul(x, ++i))).toBe(
      'capture: fill, command 0, has other numbers the second time ({"value":1} became {"value":2}) and a replay would freeze them; pass it as an input of the step, or make it in hostAction()',
    );
  });

  it('host data', () => {
    let i = 0;
    expect(twice(({ x }) => add(x, tensor([1, 2, ++i])))).toBe(
      'capture: tensor, command 0, has other numbers the second time ([1,2,1] became [1,2,2]) and a replay would freeze them; pass it as an input of the step, or make it in hostAction()',
    );
  });

  it('frozen numbers of a host action', () => {
    let i = 0;
    const step = ({ x }: { x: Tensor }): Tensor => {
      hostAction('sgd', [++i], () => undefined);
      return mul(x, 2);
    };
    expect(twice(step)).toContain('sgd, command 0, has other numbers the second time ([1] became [2])');
  });

  it('branches of the host', () => {
    let i = 0;
    expect(twice(({ x }) => (++i === 1 ? mul(x, x) : add(x, x)))).toBe(
      'capture: the step does other things the second time: mul became add at command 0; a captured step must not branch on values of the host: put what decides into its inputs',
    );
    let k = 0;
    expect(twice(({ x }) => (++k === 2 ? square(x) : square(square(x))))).toContain(
      'does less the second time: square',
    );
  });

  it('tensors from outside', () => {
    const [a, b] = [tensor([1, 1, 1]), tensor([2, 2, 2])];
    let i = 0;
    expect(twice(({ x }) => sub(x, ++i === 1 ? a : b))).toBe(
      'capture: sub reads another tensor from outside the step the second time; pass it as an input of the step',
    );
    a.dispose();
    b.dispose();
  });

  it('reads', () => {
    expect(twice(({ x }) => mul(x, sum(x).itemSync()))).toBe(
      'readSync: a captured step cannot wait for values; return the tensor and read it after the step',
    );
  });

  it('tensors that outlive the step, persistent buffers, writes into inputs', () => {
    let kept: Tensor | undefined;
    expect(
      twice(({ x }) => {
        kept = keep(square(x));
        return square(x);
      }),
    ).toBe('capture: 1 tensors made in the step outlive it through keep(); return them instead');
    kept?.dispose();
    expect(twice(() => persistentBuffer(backend, 'f64', 3))).toBe(
      'capture: the step makes a persistent buffer; create modules and optimisers before the captured step',
    );
    expect(
      twice(({ x }) => {
        fill(x, 0);
        return x;
      }),
    ).toBe(
      'fill: writes into an input of the captured step, which is a copy; close over what the step changes instead',
    );
  });

  it('ids made in the step', () => {
    expect(twice(({ x }) => crossEntropyRows(reshape(x, [1, 3]), ids([0])))).toBe('nothing was thrown');
  });
});

it('inputs are plain', () => {
  using step = capture(({ x }: { x: Tensor; data?: Uint8Array }) => square(x));
  const x = tensor([1]);
  expect(messageOf(() => step({ x, data: new Uint8Array(2) }))).toBe(
    'capture: inputs are tensors, host arrays (Float32Array, Float64Array, Int32Array, Uint32Array), numbers, strings and booleans in arrays, maps and plain objects, came Uint8Array',
  );
  x.dispose();
  expect(messageOf(() => capture((n: number) => n)(3))).toBe(
    'capture: came without a tensor or host array among the inputs of the step',
  );
  expect(messageOf(() => capture((n: number) => n, { capacity: 0 }))).toBe(
    'capture: capacity is a whole number of at least 1, came 0',
  );
  expect(messageOf(() => step({ x }))).toBe(
    'capture: a tensor [1] was used after it was disposed; return it from its scope or keep() it',
  );
});

it('an error inside the step leaves nothing behind', () => {
  using step = capture(({ x, w }: { x: Tensor; w: Tensor }) => noGrad(() => matmul(square(x), w)));
  const [x, w] = [tensor([[1, 2]]), tensor([[1, 2]])];
  for (let i = 0; i < 3; i++) expect(messageOf(() => step({ x, w }))).toContain('matmul: inner dimensions differ');
  expect(step.report().recorded).toBe(0);
  x.dispose();
  w.dispose();
});
