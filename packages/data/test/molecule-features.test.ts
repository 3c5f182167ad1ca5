import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphToRaw } from '../src/datasets/graph-to-raw.ts';
import { DataError } from '../src/errors.ts';
import { decodeGraphMl } from '../src/formats/graphml.ts';
import { atomClasses, bondClasses, createMoleculeReader } from '../src/formats/molecule-features.ts';
import { decodeSmiles } from '../src/formats/smiles.ts';
import { errorOf } from './fixtures.ts';
import { golden } from './mutated.ts';

const origin = { source: 'test', file: null };

interface Known {
  readonly smiles: string;
  readonly atoms: readonly (readonly number[])[];
  readonly bonds: readonly (readonly number[])[];
}

const isKnown = (value: unknown): value is Known =>
  typeof value === 'object' && value !== null && 'smiles' in value && 'atoms' in value && 'bonds' in value;

const known = new TextDecoder()
  .decode(golden('published/molecules.jsonl'))
  .trim()
  .split('\n')
  .map((line): unknown => JSON.parse(line))
  .filter(isKnown);

describe('createMoleculeReader', () => {
  it('gives the ids that OGB computes with RDKit', async () => {
    const read = await createMoleculeReader();
    expect(known.length).toBeGreaterThan(80);
    for (const { smiles, atoms, bonds } of known) {
      const { nodes, edges, nodeFeatures, edgeFeatures } = read(smiles, origin);
      const own = Array.from({ length: nodes }, (_, at) => [...nodeFeatures.subarray(9 * at, 9 * at + 9)]);
      expect([smiles, own]).toEqual([smiles, atoms]);
      const ownBonds = Array.from({ length: edges.length / 2 }, (_, at) => [
        ...[edges[2 * at], edges[2 * at + 1]].sort((a, b) => a - b),
        ...(edgeFeatures ?? new Float32Array(0)).subarray(3 * at, 3 * at + 3),
      ]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect([smiles, ownBonds]).toEqual([smiles, bonds]);
    }
  });

  it('gives ids within their classes, or a DataError, for any text', async () => {
    const read = await createMoleculeReader();
    const pieces = [
      'C',
      'c',
      'n',
      'N',
      'O',
      '[nH]',
      '[N+]',
      '[C@H]',
      '[C@@]',
      '(',
      ')',
      '1',
      '2',
      '=',
      '#',
      '/',
      '\\',
      'Cl',
      '[H]',
      '.',
      '[CH2]',
      '%12',
    ];
    const [nodeLimits, edgeLimits] = [Object.values(atomClasses), Object.values(bondClasses)];
    let good = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }), (parts) => {
        try {
          const { nodes, edges, nodeFeatures, edgeFeatures } = read(parts.join(''), origin);
          good++;
          const within = (values: Float32Array, limits: readonly number[]): boolean =>
            values.every((value, at) => Number.isInteger(value) && value >= 0 && value < limits[at % limits.length]);
          expect(nodeFeatures.length).toBe(nodes * 9);
          expect(within(nodeFeatures, nodeLimits)).toBe(true);
          expect(within(edgeFeatures ?? new Float32Array(0), edgeLimits)).toBe(true);
          expect(edges.every((node) => node < nodes)).toBe(true);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
        }
      }),
      { numRuns: 150 },
    );
    expect(good).toBeGreaterThan(5);
  });
});

describe('graphToRaw', () => {
  const xml = `<graphml><key id="w" for="node" attr.name="weight" attr.type="double"/><key id="k" for="node" attr.name="kind" attr.type="string"/>
<key id="l" for="edge" attr.name="long" attr.type="boolean"/><graph edgedefault="undirected">
<node id="a"><data key="w">1.5</data><data key="k">x</data></node><node id="b"><data key="w">2</data><data key="k">y</data></node>
<node id="c"><data key="k">x</data></node><edge source="a" target="b"><data key="l">true</data></edge><edge source="c" target="b"><data key="l">false</data></edge></graph></graphml>`;
  const graph = decodeGraphMl(new TextEncoder().encode(xml), origin);
  const fix = 'fix: name other columns, or complete the file';

  it('puts columns side by side, texts as places in a list', () => {
    const raw = graphToRaw(graph, origin, { nodeColumns: ['kind'], categories: { kind: ['y', 'x'] } });
    expect(raw).toEqual({
      nodes: 3,
      directed: false,
      edges: Uint32Array.of(0, 1, 2, 1),
      nodeFeatures: Float32Array.of(1, 0, 1),
      edgeFeatures: Float32Array.of(1, 0),
    });
  });

  it('takes all numbers and booleans by default', async () => {
    const raw = graphToRaw(await decodeSmiles('CO', origin), origin);
    expect(raw.nodeFeatures).toEqual(Float32Array.of(6, 0, 3, 0, 0, 0, 8, 0, 1, 0, 0, 0));
    expect(raw.edgeFeatures).toEqual(Float32Array.of(1, 0, 0));
    expect(graphToRaw(graph, origin, { nodeColumns: [], edgeColumns: [] })).toMatchObject({
      nodeFeatures: new Float32Array(0),
      edgeFeatures: null,
    });
  });

  it.each([
    ['a missing number', {}, 'node column "weight", row 2: expected a number, got none'],
    [
      'no such column',
      { nodeColumns: ['size'] },
      'node column "size": expected one of weight, kind, got no such column',
    ],
    [
      'texts',
      { nodeColumns: ['kind'] },
      'node column "kind": expected numbers, booleans, or texts with categories, got values of kind text',
    ],
    [
      'another category',
      { nodeColumns: ['kind'], categories: { kind: ['x'] } },
      'node column "kind", row 1: expected one of x, got "y"',
    ],
  ])('names %s', (_, choice, message) => {
    expect(errorOf(() => graphToRaw(graph, origin, choice)).message).toBe(`test: ${message}; ${fix}`);
  });
});
