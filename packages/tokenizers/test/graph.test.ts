import type { RawGraph } from '@omnigrad/data';
import type { ReconstructionMask } from '@omnigrad/nn';
import { concat, rngKey, scope, selfAttention, tensor } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eigenOfSymmetric,
  type GraphArrays,
  type GraphConfig,
  GraphTokenizer,
  graphDefaults,
  laplacianVectors,
  normalisedLaplacian,
  orthonormalRows,
} from '../src/index.ts';
import { describeContract, make, onReferenceBackend, readTokens, width } from './contract.ts';

const numbers = [
  { mean: 0, std: 1 },
  { mean: 2, std: 4 },
  { mean: -1, std: 0.5 },
];
const small: GraphConfig = {
  ...graphDefaults,
  maxNodes: 8,
  maxEdges: 10,
  nodes: { numbers, classes: [] },
  identifiers: { kind: 'laplacian', width: 4, flipSigns: true },
};
const orthonormal: GraphConfig['identifiers'] = { kind: 'orthonormal', width: 9, seed: 3 };
const molecules: GraphConfig = {
  ...small,
  nodes: { numbers: [], classes: [5, 3] },
  edges: { numbers: [], classes: [4] },
};
const mixed: GraphConfig = {
  ...small,
  nodes: { numbers, classes: [6] },
  edges: { numbers: [{ mean: 1, std: 2 }], classes: [2] },
  identifiers: orthonormal,
};

/** Numbers first, then classes, as `columns` say. */
const features = (seed: number, count: number, { numbers: n, classes }: GraphConfig['nodes']): Float32Array => {
  const each = n.length + classes.length;
  return Float32Array.from({ length: count * each }, (_, i) => {
    const wave = Math.sin(12.9898 * (i + 1) + 78.233 * seed);
    const column = (i % each) - n.length;
    return column < 0 ? 3 * wave : Math.floor(Math.abs(wave) * classes[column]);
  });
};

const graph = (
  { nodes: n, edges: e }: GraphConfig,
  nodes: number,
  ends: readonly (readonly [number, number])[],
  directed = false,
): RawGraph => ({
  nodes,
  directed,
  edges: Int32Array.from(ends.flat()),
  nodeFeatures: features(nodes, nodes, n),
  edgeFeatures: e.numbers.length + e.classes.length === 0 ? null : features(nodes + 50, ends.length, e),
});
const path = (n: number): [number, number][] => Array.from({ length: n - 1 }, (_, i) => [i, i + 1]);
/** All nodes differ, and so do all eigenvalues. */
const crooked = [...path(6), [1, 3], [1, 4]] as const satisfies readonly (readonly [number, number])[];

const graphs = (config: GraphConfig, directed = false): RawGraph[] => [
  graph(config, 8, [...path(8), [0, 7], [2, 6], [4, 4]], directed),
  graph(config, 6, crooked, directed),
  graph(config, 3, path(3), directed),
  graph(config, 1, [], directed),
  graph(config, 2, [[1, 0]], directed),
];

/** Hidden nodes, as rows of [B, maxNodes]; places without a node are left out. */
const hiddenNodes = ({ nodeCounts }: GraphArrays, mask: ReconstructionMask, maxNodes: number): number[] => {
  const count = mask.hidden.length / mask.batch;
  return Array.from(mask.hidden).flatMap((node, i) => {
    const b = Math.floor(i / count);
    return node < nodeCounts[b] ? [b * maxNodes + node] : [];
  });
};

/** Other features in the hidden nodes. */
const disturb =
  (config: GraphConfig) =>
  (arrays: GraphArrays, mask: ReconstructionMask): GraphArrays => {
    const nodes = { numbers: arrays.nodes.numbers.slice(), classes: arrays.nodes.classes.slice() };
    const { numbers: n, classes } = config.nodes;
    for (const row of hiddenNodes(arrays, mask, config.maxNodes)) {
      for (let c = 0; c < n.length; c++) nodes.numbers[row * n.length + c] += 1 + c;
      let first = 0;
      classes.forEach((count, c) => {
        const at = row * classes.length + c;
        nodes.classes[at] = first + ((nodes.classes[at] - first + 1) % count);
        first += count;
      });
    }
    return { ...arrays, nodes };
  };

for (const [name, config, directed] of [
  ['graph of numbers', small, false],
  ['molecule', molecules, false],
  ['directed graph, all kinds of features, orthonormal identifiers', mixed, true],
] as const) {
  describeContract(name, {
    make: (s) => new GraphTokenizer(s, config, width),
    raws: graphs(config, directed),
    hiddenCount: 4,
    disturb: disturb(config),
    targetIsClean: (arrays, { arrays: shown, mask, target, places }) => {
      const rows = hiddenNodes(arrays, mask, 8);
      // ceil(n / 2), but not all: n = 8, 6, 3, 1, 2
      expect(rows.length).toBe(4 + 3 + 2 + 0 + 1);
      expect([...(places ?? [])]).toEqual([...shown.places]);
      if (target.kind === 'ids') {
        const each = config.nodes.classes.length;
        expect(target.classes).toBe(config.nodes.classes[0]);
        expect([...target.ids].filter((id) => id !== -100)).toEqual(
          rows.map((row) => arrays.nodes.classes[row * each]),
        );
        return;
      }
      if (target.kind !== 'cosine') throw new Error('expected directions');
      expect([target.width, target.exponent]).toEqual([3, 2]);
      const counts = Array.from(target.weights.keys()).filter((i) => target.weights[i] === 1);
      expect(counts.flatMap((i) => [...target.values.subarray(3 * i, 3 * i + 3)])).toEqual(
        rows.flatMap((row) => [...arrays.nodes.numbers.subarray(3 * row, 3 * row + 3)]),
      );
      expect(target.weights.reduce((a, w) => a + w, 0)).toBe(rows.length);
    },
  });
}

describe('eigenvectors of the normalised Laplacian', () => {
  const of = (n: number, ends: readonly (readonly number[])[]): { values: number[]; rows: number[][] } => {
    const { values } = eigenOfSymmetric(normalisedLaplacian(n, ends.flat()), n);
    const vectors = laplacianVectors(n, ends.flat(), n);
    return {
      values: [...values],
      rows: Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_v, v) => vectors[v * n + j])),
    };
  };
  const near = (came: readonly number[], wanted: readonly number[]): void => {
    expect(came.length).toBe(wanted.length);
    came.forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i], 12);
    });
  };
  const r = Math.sqrt;

  test('path', () => {
    const { values, rows } = of(3, path(3));
    near(values, [0, 1, 2]);
    near(rows[0], [1 / 2, r(1 / 2), 1 / 2]);
    // turned round by the symmetry of the path: the first number decides
    near(rows[1], [r(1 / 2), 0, -r(1 / 2)]);
    // the sum of cubes decides
    near(rows[2], [-1 / 2, r(1 / 2), -1 / 2]);
  });

  test('triangle: any basis of the twofold eigenvalue', () => {
    const { values, rows } = of(3, [...path(3), [2, 0]]);
    near(values, [0, 3 / 2, 3 / 2]);
    near(rows[0], [r(1 / 3), r(1 / 3), r(1 / 3)]);
    const projector = [0, 1, 2].flatMap((u) => [0, 1, 2].map((v) => rows[1][u] * rows[1][v] + rows[2][u] * rows[2][v]));
    near(projector, [2 / 3, -1 / 3, -1 / 3, -1 / 3, 2 / 3, -1 / 3, -1 / 3, -1 / 3, 2 / 3]);
  });

  test('star', () => {
    const { values, rows } = of(4, [
      [1, 0],
      [0, 2],
      [3, 0],
    ]);
    near(values, [0, 1, 1, 2]);
    near(rows[0], [r(1 / 2), r(1 / 6), r(1 / 6), r(1 / 6)]);
    near(rows[3], [r(1 / 2), -r(1 / 6), -r(1 / 6), -r(1 / 6)]);
    for (const leaves of [rows[1], rows[2]]) {
      near([leaves[0], leaves[1] + leaves[2] + leaves[3]], [0, 0]);
    }
  });

  test('a node alone is a part of its own, and edges to oneself, directions and repeats do not count', () => {
    near(of(3, [[0, 2]]).values, [0, 0, 2]);
    expect(of(1, [])).toEqual({ values: [0], rows: [[1]] });
    expect(
      of(3, [
        [2, 0],
        [0, 2],
        [1, 1],
      ]),
    ).toEqual(of(3, [[0, 2]]));
  });

  test('columns beyond the number of nodes are 0', () => {
    near([...laplacianVectors(2, [0, 1], 3)], [r(1 / 2), r(1 / 2), 0, r(1 / 2), -r(1 / 2), 0]);
  });

  test('orthonormal eigenvectors, ascending eigenvalues from 0 to 2', () => {
    const end = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(end, end), { maxLength: 25 }), (ends) => {
        const n = 10;
        const L = normalisedLaplacian(n, ends.flat());
        const { values, rows } = of(n, ends);
        rows.forEach((a, i) => {
          rows.forEach((b, j) => {
            expect(a.reduce((total, x, k) => total + x * b[k], 0)).toBeCloseTo(Number(i === j), 12);
          });
          for (let u = 0; u < n; u++) {
            expect(a.reduce((total, x, v) => total + L[u * n + v] * x, 0)).toBeCloseTo(values[i] * a[u], 12);
          }
          if (i > 0) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1]);
        });
        expect(values[0]).toBeCloseTo(0, 12);
        expect(values[n - 1]).toBeLessThan(2 + 1e-12);
      }),
      { numRuns: 15 },
    );
  });

  test('seeded rows are orthonormal', () => {
    const rows = orthonormalRows(5, 7, 9);
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 7; j++) {
        const dot = Array.from({ length: 9 }, (_, k) => rows[9 * i + k] * rows[9 * j + k]).reduce((a, x) => a + x, 0);
        expect(dot).toBeCloseTo(Number(i === j), 12);
      }
    }
    expect(orthonormalRows(6, 7, 9)).not.toEqual(rows);
  });
});

describe('graph numbers', () => {
  onReferenceBackend();
  const build = (config: GraphConfig) => make((s) => new GraphTokenizer(s, config, width));
  const token = (values: readonly number[], t: number): number[] => values.slice(t * width, (t + 1) * width);

  test('numbers are standardised, ids become rows of one table, identifiers have mean squares of 1', () => {
    const { tokenizer } = build(mixed);
    const raw: RawGraph = {
      nodes: 2,
      directed: true,
      edges: Uint32Array.of(1, 0),
      nodeFeatures: Float32Array.of(1, 2, 3, 5, -1, 6, -1, 0),
      edgeFeatures: Float32Array.of(5, 1),
    };
    const { nodes, edges, places } = tokenizer.preprocess(raw);
    expect([...nodes.numbers]).toEqual([1, 0, 8, -1, 1, 0]);
    expect([...nodes.classes]).toEqual([5, 0]);
    expect([...edges.numbers, ...edges.classes]).toEqual([2, 1]);
    const rows = orthonormalRows(3, 8, 9).map((x) => 3 * x);
    const [first, second] = [[...rows.subarray(0, 9)], [...rows.subarray(9, 18)]];
    expect([...places]).toEqual([...Float32Array.of(...first, ...first, ...second, ...second, ...second, ...first)]);
    const atom = { ...graph(molecules, 1, []), nodeFeatures: Float32Array.of(4, 2) };
    // the second column of classes begins behind the 5 of the first
    expect([...build(molecules).tokenizer.preprocess(atom).nodes.classes]).toEqual([4, 7]);
  });

  test('an undirected edge has no direction, a directed one has', () => {
    for (const directed of [false, true]) {
      const { tokenizer, arena } = build(small);
      const [a, b] = [[...crooked], crooked.map(([u, v]) => [v, u] as const)].map(
        (ends) =>
          readTokens(tokenizer, tokenizer.collate([tokenizer.preprocess(graph(small, 6, ends, directed))])).values,
      );
      expect(token(b, 3)).toEqual(token(a, 3));
      if (directed) expect(token(b, 8)).not.toEqual(token(a, 8));
      else expect(b).toEqual(a);
      arena.dispose();
    }
  });

  test('other numbers for the nodes: the same tokens in another order', () => {
    const { tokenizer, arena } = build(small);
    const raw = graph(small, 6, crooked);
    const order = [4, 2, 5, 0, 1, 3];
    const turned: RawGraph = {
      ...raw,
      edges: raw.edges.map((v) => order.indexOf(v)),
      nodeFeatures: Float32Array.from(order.flatMap((v) => [...raw.nodeFeatures.subarray(3 * v, 3 * v + 3)])),
    };
    const { values } = eigenOfSymmetric(normalisedLaplacian(6, raw.edges), 6);
    values.forEach((value, i) => {
      if (i > 0) expect(value - values[i - 1]).toBeGreaterThan(0.01);
    });
    const [a, b] = [raw, turned].map(
      (one) => readTokens(tokenizer, tokenizer.collate([tokenizer.preprocess(one)])).values,
    );
    const wanted = [...order, 6, 7, ...crooked.map((_, e) => 8 + e)].flatMap((t) => token(a, t));
    b.slice(0, wanted.length).forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i], 5);
    });
    arena.dispose();
  });

  test('more room for nodes and edges changes nothing but the padding', () => {
    const [tight, roomy] = [small, { ...small, maxNodes: 11, maxEdges: 12 }].map((config) => {
      const { tokenizer, arena } = build(config);
      const tokens = readTokens(tokenizer, tokenizer.collate([tokenizer.preprocess(graph(small, 6, crooked))]));
      arena.dispose();
      expect(tokens.exists).toEqual(
        Array.from({ length: config.maxNodes + config.maxEdges }, (_, t) =>
          Number(t < config.maxNodes ? t < 6 : t - config.maxNodes < 7),
        ),
      );
      return tokens.exists?.flatMap((one, t) => (one === 1 ? token(tokens.values, t) : []));
    });
    expect(roomy).toEqual(tight);
  });

  test('what stands in padding reaches neither other tokens, nor what attends to them, nor the target', () => {
    const { tokenizer, arena } = build(small);
    const arrays = tokenizer.collate(graphs(small).map((raw) => tokenizer.preprocess(raw)));
    const filled: GraphArrays = {
      ...arrays,
      nodes: {
        ...arrays.nodes,
        numbers: arrays.nodes.numbers.map((x, i) => {
          const row = Math.floor(i / 3);
          return row % 8 < arrays.nodeCounts[Math.floor(row / 8)] ? x : 100;
        }),
      },
    };
    expect(filled).not.toEqual(arrays);
    const attended = (one: GraphArrays): number[] => {
      const { values: clean, shape, exists } = readTokens(tokenizer, one);
      if (exists === null) throw new Error('expected padding');
      const out = scope(() => {
        const tokens = tensor(clean, shape);
        const mask = tensor(Uint32Array.from(exists), shape.slice(0, 2), { dtype: 'bool' });
        return selfAttention(concat([tokens, tokens, tokens], { axis: 2 }), { heads: 2, mask });
      });
      const values = Array.from(out.readSync());
      out.dispose();
      return exists.flatMap((there, t) => (there === 1 ? token(values, t) : []));
    };
    expect(attended(filled)).toEqual(attended(arrays));
    expect(tokenizer.mask(filled, rngKey(1)).target).toEqual(tokenizer.mask(arrays, rngKey(1)).target);
    arena.dispose();
  });

  test('small graphs hide fewer nodes and fill up with places that hold none', () => {
    const { tokenizer } = build(small);
    const arrays = tokenizer.collate(graphs(small).map((raw) => tokenizer.preprocess(raw)));
    for (let seed = 0; seed < 10; seed++) {
      const { mask, target } = tokenizer.mask(arrays, rngKey(seed));
      if (target.kind !== 'cosine') throw new Error('expected directions');
      const own = Array.from({ length: 5 }, (_, b) => [...mask.hidden.subarray(4 * b, 4 * b + 4)]);
      own.forEach((hidden, b) => {
        const fill = [0, 1, 2, 4, 3][b];
        expect(hidden.slice(4 - fill)).toEqual([4, 5, 6, 7].slice(4 - fill));
        expect(hidden.filter((node) => node < arrays.nodeCounts[b]).length).toBe(4 - fill);
        expect([...target.weights.subarray(4 * b, 4 * b + 4)]).toEqual([0, 1, 2, 3].map((i) => Number(i < 4 - fill)));
      });
    }
  });

  test('there are enough such places for every size and ratio', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (maxNodes, maskRatio) => {
          const { tokenizer } = build({ ...small, maxNodes, maxEdges: 1, maskRatio });
          const sizes = Array.from({ length: maxNodes }, (_, i) => i + 1);
          const arrays = tokenizer.collate(sizes.map((n) => tokenizer.preprocess(graph(small, n, []))));
          const { mask } = tokenizer.mask(arrays, rngKey(1));
          const count = mask.hidden.length / mask.batch;
          sizes.forEach((n, b) => {
            const hidden = mask.hidden.subarray(b * count, (b + 1) * count);
            expect(hidden.every((node) => node < maxNodes)).toBe(true);
            expect(hidden.filter((node) => node < n).length).toBe(Math.min(count, n - 1, Math.ceil(maskRatio * n)));
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test('mask() turns whole eigenvectors round, one in two, and leaves orthonormal identifiers alone', () => {
    const { tokenizer } = build(small);
    const arrays = tokenizer.collate(Array.from({ length: 50 }, () => tokenizer.preprocess(graph(small, 6, crooked))));
    const { places } = tokenizer.mask(arrays, rngKey(1)).arrays;
    let turned = 0;
    const size = 18 * 8;
    for (let b = 0; b < 50; b++) {
      for (let k = 0; k < 4; k++) {
        const column = (from: Float32Array): number[] =>
          Array.from({ length: 2 * 18 }, (_, i) => from[b * size + 4 * i + k]);
        const [before, after] = [column(arrays.places), column(places)];
        const same = after.every((x, i) => x === before[i]);
        if (!same) expect(after).toEqual(before.map((x) => -x || 0));
        turned += Number(!same);
      }
    }
    // of 200: deviation 7
    expect(Math.abs(turned - 100)).toBeLessThan(35);
    for (const identifiers of [orthonormal, { kind: 'laplacian', width: 4, flipSigns: false } as const]) {
      const fixed = build({ ...small, identifiers }).tokenizer;
      const one = fixed.collate([fixed.preprocess(graph(small, 6, crooked))]);
      expect(fixed.mask(one, rngKey(1)).arrays.places).toBe(one.places);
    }
  });

  test('a node whose numbers are all 0 has no direction to predict', () => {
    const { tokenizer } = build(small);
    const raw = { ...graph(small, 2, path(2)), nodeFeatures: Float32Array.of(0, 2, -1, 0, 2, -1) };
    const { target } = tokenizer.mask(tokenizer.collate([tokenizer.preprocess(raw)]), rngKey(1));
    expect(target.kind === 'cosine' && target.weights.every((w) => w === 0)).toBe(true);
  });

  test('what is no graph is refused in one line', () => {
    const { tokenizer } = build(small);
    const raw = graph(small, 6, crooked);
    const error = (change: Partial<RawGraph>) => () => tokenizer.preprocess({ ...raw, ...change }, 'a');
    expect(error({ nodes: 0 })).toThrow(
      'GraphTokenizer: sample "a": expected 1 to 8 nodes, came 0; leave the graph out',
    );
    expect(error({ nodes: 9 })).toThrow(
      'GraphTokenizer: sample "a": expected 1 to 8 nodes, came 9; raise maxNodes or leave the graph out',
    );
    expect(error({ edges: new Int32Array(22) })).toThrow(
      'GraphTokenizer: sample "a": expected at most 10 edges, came 11; raise maxEdges or leave the graph out',
    );
    expect(error({ edges: Int32Array.of(0, 1, 2) })).toThrow(
      'GraphTokenizer: sample "a": expected two ends for each edge, came 3 ends; give [edges, 2]',
    );
    for (const node of [-1, 6]) {
      expect(error({ edges: Int32Array.of(0, 1, 2, node) })).toThrow(
        `GraphTokenizer: sample "a": expected nodes from 0 to 5 at edge 1, came ${node}; number nodes from 0 on`,
      );
    }
    expect(error({ edges: Int32Array.of(0, 1, 2, 3, 1, 0) })).toThrow(
      'GraphTokenizer: sample "a": expected each edge once, came 1 to 0 as edges 0 and 2; give an undirected edge once, in one direction',
    );
    expect(error({ edges: Int32Array.of(0, 1, 1, 0), directed: true })).not.toThrow();
    expect(error({ edges: Int32Array.of(0, 1, 1, 0, 0, 1), directed: true })).toThrow(
      'GraphTokenizer: sample "a": expected each edge once, came 0 to 1 as edges 0 and 2; merge them',
    );
    expect(error({ nodeFeatures: new Float32Array(12) })).toThrow(
      'GraphTokenizer: sample "a": expected 3 features for each of 6 nodes, came 12 numbers; give one row for each node, or change the config',
    );
    expect(error({ edgeFeatures: new Float32Array(7) })).toThrow(
      'GraphTokenizer: sample "a": expected 0 features for each of 7 edges, came 7 numbers; give one row for each edge, or change the config',
    );
    expect(error({ nodeFeatures: raw.nodeFeatures.map((x, i) => (i === 7 ? Number.NaN : x)) })).toThrow(
      'GraphTokenizer: sample "a": expected a finite number at node 2, feature 1, came NaN; clean the data before tokenizing',
    );
    const classed = build(mixed).tokenizer;
    const whole = graph(mixed, 2, path(2));
    for (const id of [6, -1, 0.5]) {
      const nodeFeatures = whole.nodeFeatures.map((x, i) => (i === 7 ? id : x));
      expect(() => classed.preprocess({ ...whole, nodeFeatures })).toThrow(
        `GraphTokenizer: expected a class from 0 to 5 at node 1, feature 3, came ${id}; number the classes from 0 on, or change the config`,
      );
    }
    expect(() => build({ ...small, maxNodes: 5 }).tokenizer.collate([tokenizer.preprocess(raw)])).toThrow(
      'GraphTokenizer: sample 0 of the batch, of 6 nodes and 7 edges, does not fit 5 and 10 or has other features; preprocess it with this tokenizer',
    );
  });

  test('configurations that cannot work are refused', () => {
    const error = (change: Partial<GraphConfig>) => () => build({ ...small, ...change });
    expect(error({ maxNodes: 1 })).toThrow('GraphTokenizer: maxNodes must be a whole number from 2 on, came 1');
    expect(error({ maxEdges: 0.5 })).toThrow('GraphTokenizer: maxEdges must be a whole number from 1 on, came 0.5');
    expect(error({ identifiers: { kind: 'orthonormal', width: 7, seed: 0 } })).toThrow(
      "GraphTokenizer: 8 orthonormal identifiers want a width of at least 8, came 7; widen them or take 'laplacian'",
    );
    expect(error({ nodes: { numbers: numbers.slice(0, 1), classes: [] } })).toThrow(
      'GraphTokenizer: nodes have 1 numbers and no classes, which leaves no direction to predict; give two numbers or more, or a class, for example the degree',
    );
    expect(error({ edges: { numbers: [], classes: [0] } })).toThrow(
      'GraphTokenizer: classes of a feature must be a whole number from 1 on, came 0',
    );
    expect(error({ maskRatio: 1 })).toThrow('GraphTokenizer: mask ratio 1 is not between 0 and 1');
    expect(error({ exponent: 0.5 })).toThrow('GraphTokenizer: exponent must be a finite number from 1 on, came 0.5');
  });
});
