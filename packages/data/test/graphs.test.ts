import { describe, expect, it } from 'vitest';
import { decodeGinGraphs } from '../src/formats/gin.ts';
import { decodeGml } from '../src/formats/gml.ts';
import type { Graph } from '../src/formats/graph.ts';
import { decodeGraphMl } from '../src/formats/graphml.ts';
import { decodeMatrixMarket, graphOfMatrix, type SparseMatrix } from '../src/formats/matrix-market.ts';
import { createSmilesReader, decodeSmiles } from '../src/formats/smiles.ts';
import type { TableColumn } from '../src/formats/table.ts';
import { errorOf, rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`graphs/${name}`);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const strip = (message: string): string => message.replace('toy: file "/d/x": ', '');
const messageOf = (run: () => unknown): string => strip(errorOf(run).message);
const numbers = (...values: number[]): TableColumn => ({
  kind: 'number',
  values: Float64Array.from(values),
  missing: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)),
});
const texts = (...values: (string | null)[]): TableColumn => ({ kind: 'text', values });
const nothing = Number.NaN;

/** What every reader promises of every graph that it gives. */
function check({ nodes, edges, names, nodeFeatures, edgeFeatures }: Graph): void {
  expect(nodes).toBeGreaterThan(0);
  expect(edges.every((node) => node < nodes)).toBe(true);
  if (names !== null) expect(new Set(names).size).toBe(nodes);
  for (const [features, count] of [
    [nodeFeatures, nodes],
    [edgeFeatures, edges.length / 2],
  ] as const) {
    for (const column of features.values()) {
      expect(column.values.length).toBe(count);
      if (column.kind !== 'number') continue;
      expect(column.values.every((value, at) => Number.isFinite(value) || column.missing[at] === 1)).toBe(true);
    }
  }
}

describe('decodeGraphMl', () => {
  it.each([
    ['undirected', false, [0, 1, 0, 2, 2, 2]],
    ['directed', true, [0, 1, 2, 0, 2, 2]],
  ])('reads the %s graph as networkx wrote it', (name, directed, edges) => {
    expect(decodeGraphMl(file(`${name}.graphml`), origin)).toEqual({
      nodes: 3,
      directed,
      edges: Uint32Array.from(edges),
      names: ['a', 'b', 'c'],
      nodeFeatures: new Map<string, TableColumn>([
        ['label', texts('A & <é>', 'two\nlines', null)],
        ['weight', numbers(0.5, -1e-3, nothing)],
        ['size', numbers(3, -4, nothing)],
        ['big', { kind: 'integer', values: BigInt64Array.of(2n ** 60n, 0n, 0n), missing: Uint8Array.of(0, 1, 1) }],
        ['seen', { kind: 'boolean', values: Float64Array.of(1, 0, nothing), missing: Uint8Array.of(0, 0, 1) }],
      ]),
      edgeFeatures: new Map<string, TableColumn>(
        name === 'directed'
          ? [
              ['kind', texts('x', 'y', null)],
              ['weight', numbers(1.25, nothing, 2)],
            ]
          : [
              ['kind', texts('x', 'y', null)],
              ['weight', numbers(1.25, nothing, 2)],
            ],
      ),
    });
  });

  const wrap = (content: string, keys = ''): string =>
    `<graphml>${keys}<graph edgedefault="directed">${content}</graph></graphml>`;

  it('fills in defaults, reads prefixes and CDATA, and edges before their nodes', () => {
    const keys =
      '<key id="k" for="all" attr.name="w" attr.type="int"><default>7</default></key><key id="t" for="node"/>';
    const text = wrap('<edge source="a" target="a"/><node id="a"><data key="t"><![CDATA[<b>]]></data></node>', keys);
    const graph = decodeGraphMl(
      bytesOf(text.replaceAll(/<(\/?)(\w)/g, '<$1g:$2').replace('CDATA[<g:b', 'CDATA[<b')),
      origin,
    );
    expect(graph.nodeFeatures).toEqual(
      new Map([
        ['t', texts('<b>')],
        ['w', numbers(7)],
      ]),
    );
    expect(graph.edgeFeatures.get('w')).toEqual(numbers(7));
  });

  const laughs = `<!DOCTYPE l [<!ENTITY a "${'ha'.repeat(50)}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><graphml>&b;</graphml>`;
  const key = (type: string): string => `<key id="k" for="node" attr.type="${type}"/>`;
  it.each([
    [
      'an entity bomb',
      laughs,
      'line 1: expected XML without a DOCTYPE, got one, which may define entities',
      'get the file again',
    ],
    [
      'an unknown entity',
      '<graphml>&b;</graphml>',
      'line 1: expected XML, got undefined entity.',
      'get the file again',
    ],
    [
      'an open element',
      '<graphml>\n<graph edgedefault="directed">',
      'line 2: expected XML, got unclosed tag: graph',
      'get the file again',
    ],
    ['nothing', '', 'line 1: expected XML, got document must contain a root element.', 'get the file again'],
    [
      'deep elements',
      '<graphml>'.repeat(100),
      'line 1: expected at most 64 elements in each other, got more',
      'get the file again',
    ],
    ['another format', '<svg/>', 'line 1: expected <graphml>, got <svg>'],
    ['no graph', '<graphml/>', 'expected a <graph>, got none'],
    [
      'two graphs',
      wrap('<node id="a"/>').replace('</graphml>', '<graph edgedefault="directed"/></graphml>'),
      'line 1: expected one graph, got another one',
    ],
    ['no nodes', wrap(''), 'expected at least one node, got none'],
    ['a node twice', wrap('<node id="a"/><node id="a"/>'), 'line 1: expected each node once, got "a" twice'],
    [
      'no such node',
      wrap('<node id="a"/>\n<edge source="a" target="b"/>'),
      'line 2: expected a node of the graph, got "b"',
    ],
    [
      'mixed edges',
      wrap('<node id="a"/><edge source="a" target="a" directed="false"/>'),
      'line 1: expected edges all directed, or none, got directed="false"',
    ],
    ['hyperedges', wrap('<hyperedge/>'), 'line 1: expected nodes and edges, got <hyperedge>'],
    [
      'an unknown key',
      wrap('<node id="a"><data key="z">1</data></node>'),
      'line 1: expected a key of the file, got "z"',
    ],
    [
      'NaN',
      wrap('<node id="a"><data key="k">NaN</data></node>', key('double')),
      'line 1: expected a finite number, got "NaN"',
    ],
    [
      'a fraction',
      wrap('<node id="a"><data key="k">1.5</data></node>', key('int')),
      'line 1: expected a whole number, got "1.5"',
    ],
    [
      'too wide',
      wrap('<node id="a"><data key="k">99999999999999999999</data></node>', key('long')),
      'node row 0, column "k": expected a whole number of 64 bits, got 99999999999999999999',
    ],
  ])('refuses: %s', (_, text, message, fix = 'export the graph again as GraphML') => {
    expect(messageOf(() => decodeGraphMl(bytesOf(text), origin))).toBe(`${message}; fix: ${fix}`);
  });
});

describe('decodeGml', () => {
  it('reads what networkx wrote', () => {
    const graph = decodeGml(file('directed.gml'), origin);
    expect(graph).toEqual({
      nodes: 3,
      directed: true,
      edges: Uint32Array.of(0, 1, 2, 0, 2, 2),
      names: ['0', '1', '2'],
      nodeFeatures: new Map<string, TableColumn>([
        ['label', texts('a', 'b', 'c')],
        ['weight', numbers(0.5, -0.001, nothing)],
        ['size', numbers(3, -4, nothing)],
        ['big', texts('1152921504606846976', null, null)],
      ]),
      edgeFeatures: new Map<string, TableColumn>([
        ['kind', texts('x', 'y', null)],
        ['weight', numbers(1.25, nothing, 2)],
      ]),
    });
    const ring = decodeGml(file('ring.gml'), origin);
    const side = ring.nodeFeatures.get('side');
    expect([ring.nodes, ring.edges.length / 2, ring.directed]).toEqual([24, 48, false]);
    expect(side?.kind === 'text' && side.values.filter((name) => name === 'left').length).toBe(10);
  });

  it('reads comments, entities, wide numbers, and passes over lists', () => {
    const text =
      '# c\nCreator "x"\ngraph [ node [ id 5 label "&#233;&lt;&zz;" big 9007199254740993 graphics [ x 1 ] ] ]';
    const { names, nodeFeatures } = decodeGml(bytesOf(text), origin);
    expect(names).toEqual(['5']);
    expect(nodeFeatures.get('label')).toEqual(texts('é<&zz;'));
    expect(nodeFeatures.get('big')?.values).toEqual(BigInt64Array.of(9007199254740993n));
    expect(nodeFeatures.has('graphics')).toBe(false);
  });

  it.each([
    ['nothing', '', 'expected one "graph [ ... ]", got 0'],
    ['an open list', 'graph [\n node [ id 0', 'line 2: expected "]", got the end of the file'],
    ['a closed list', 'graph [ ] ]', 'line 1: expected a key, got "]"'],
    ['an open text', 'graph [ node [ id 0 label "a', 'line 1: expected a closing quote, got the end of the file'],
    ['deep lists', 'a [ '.repeat(99), 'line 1: expected at most 16 lists in each other, got more'],
    ['no id', 'graph [ node [ label "a" ] ]', 'line 1: expected a whole id of the node, got nothing'],
    ['a key twice', 'graph [ node [ id 0\nid 1 ] ]', 'line 2: expected each key once, got "id" twice'],
    ['a node twice', 'graph [ node [ id 0 ]\nnode [ id 0 ] ]', 'line 2: expected each node once, got "0" twice'],
    [
      'no such node',
      'graph [ node [ id 0 ] edge [ source 0 target 1 ] ]',
      'line 1: expected a node of the graph, got "1"',
    ],
    ['NaN', 'graph [ node [ id 0 w NaN ] ]', 'line 1: expected a finite number, a text or a list, got "NaN"'],
    ['infinity', 'graph [ node [ id 0 w 1e999 ] ]', 'line 1: expected a finite number, a text or a list, got "1e999"'],
    ['directed 2', 'graph [ directed 2 ]', 'line 1: expected directed 0 or 1, got 2'],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeGml(bytesOf(text), origin))).toBe(`${message}; fix: export the graph again as GML`);
  });
});

describe('decodeMatrixMarket', () => {
  const sparse = (bytes: Uint8Array): SparseMatrix => {
    const matrix = decodeMatrixMarket(bytes, origin);
    if ('shape' in matrix) throw new Error('expected a sparse matrix');
    return matrix;
  };
  const denseOf = (name: string): number[] => {
    const { rows, columns, indices, values } = sparse(file(name));
    const out = new Array<number>(rows * columns).fill(0);
    for (const [at, value] of values.entries()) out[indices[at * 2] * columns + indices[at * 2 + 1]] += value;
    return out;
  };
  const general = [1.5, 0, -2, 0, 0, 1e-3, 4, 5, 6];
  const symmetric = [3, 0, 2, 0, 0, 5.001, 2, 5.001, 12];
  const skew = [0, 0, -6, 0, 0, -4.999, 6, 4.999, 0];

  it('reads what SciPy wrote', () => {
    expect(denseOf('general.mtx')).toEqual(general);
    expect(denseOf('symmetric.mtx')).toEqual(symmetric);
    expect(denseOf('skew.mtx')).toEqual(skew);
    expect(denseOf('pattern.mtx')).toEqual(general.map((value) => (value === 0 ? 0 : 1)));
    expect(denseOf('integer.mtx')).toEqual([0, 7, -8, 0]);
    const dense = (name: string): unknown => decodeMatrixMarket(file(name), origin);
    expect(dense('dense.mtx')).toEqual({ shape: [3, 3], data: Float64Array.from(general) });
    expect(dense('dense-symmetric.mtx')).toEqual({ shape: [3, 3], data: Float64Array.from(symmetric) });
    expect(dense('dense-skew.mtx')).toEqual({ shape: [3, 3], data: Float64Array.from(skew) });
  });

  it('makes graphs of square ones', () => {
    const graph = graphOfMatrix(sparse(file('symmetric.mtx')), origin);
    check(graph);
    expect(graph.directed).toBe(false);
    expect([...graph.edges]).toEqual([0, 0, 2, 0, 2, 1, 2, 2]);
    expect(graph.edgeFeatures.get('weight')).toEqual(numbers(3, 2, 5.001, 12));
    expect(graphOfMatrix(sparse(file('general.mtx')), origin).edges.length).toBe(12);
    const wide = sparse(bytesOf('%%MatrixMarket matrix coordinate pattern general\n1 2 1\n1 2\n'));
    expect(messageOf(() => graphOfMatrix(wide, origin))).toBe(
      'expected a square matrix, got 1 x 2; fix: give the adjacency matrix of a graph',
    );
  });

  const head = (kind: string): string => `%%MatrixMarket matrix ${kind}\n% comment\n`;
  it.each([
    ['nothing', '', 'line 1: expected "%%MatrixMarket matrix ...", got ""'],
    [
      'complex numbers',
      head('coordinate complex general'),
      'line 1: expected real or integer values, or a sparse pattern, got "complex"',
    ],
    [
      'hermitian',
      head('coordinate real hermitian'),
      'line 1: expected general, symmetric or skew-symmetric, got "hermitian"',
    ],
    ['no size', head('coordinate real general'), 'line 2: expected the size, got the end of the file'],
    [
      'a count bomb',
      `${head('coordinate real general')}9 9 99999999`,
      'line 3: expected entries that fit 68 bytes, got 99999999',
    ],
    [
      'a dense bomb',
      `${head('array real general')}99999 99999`,
      'line 3: expected at most 134217728 bytes when decoded, got 99999 x 99999 x 8 bytes',
    ],
    [
      'a lying dense size',
      `${head('array real general')}999 999\n1\n`,
      'line 3: expected values that fit 61 bytes, got 998001',
    ],
    ['no rows', `${head('array real general')}0 3\n`, 'line 3: expected at least one row and column, got 0 x 3'],
    [
      'outside',
      `${head('coordinate real general')}3 3 1\n4 1 1\n`,
      'line 4: expected a place in 3 x 3, from 1 on, got "4 1"',
    ],
    [
      'index 0',
      `${head('coordinate real general')}3 3 1\n0 1 1\n`,
      'line 4: expected a place in 3 x 3, from 1 on, got "0 1"',
    ],
    [
      'the upper triangle',
      `${head('coordinate real symmetric')}3 3 1\n1 2 1\n`,
      'line 4: expected the lower triangle of a symmetric matrix, got 1 2',
    ],
    [
      'an entry twice',
      `${head('coordinate real general')}3 3 2\n2 3 1\n2 3 1\n`,
      'expected each entry once, got 2 3 twice',
    ],
    ['NaN', `${head('coordinate real general')}3 3 1\n1 1 nan\n`, 'line 4: expected a finite number, got "nan"'],
    [
      'a fraction',
      `${head('coordinate integer general')}3 3 1\n1 1 0.5\n`,
      'line 4: expected a whole number below 2^53, got "0.5"',
    ],
    [
      'cut short',
      `${head('coordinate real general')}3 3 2\n1 1 1\n`,
      'line 4: expected entry 1, got the end of the file',
    ],
    [
      'more',
      `${head('coordinate real general')}3 3 1\n1 1 1\n2 2 2\n`,
      'line 5: expected the end of the file, got "2 2 2"',
    ],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeMatrixMarket(bytesOf(text), origin))).toBe(
      `${message}; fix: write the matrix again, for example with scipy.io.mmwrite`,
    );
  });
});

describe('decodeGinGraphs', () => {
  it('reads graphs, classes, tags and attributes', () => {
    const { graphs, labels } = decodeGinGraphs(file('gin.txt'), origin);
    expect([...labels]).toEqual([1, -1, 1]);
    expect(graphs.map(({ nodes }) => nodes)).toEqual([3, 4, 3]);
    expect(graphs.map(({ edges }) => [...edges])).toEqual([
      [0, 1, 0, 2, 1, 2],
      [0, 1, 1, 2, 2, 3],
      [0, 1, 0, 2],
    ]);
    expect(graphs[1].nodeFeatures).toEqual(new Map([['tag', numbers(0, 1, 0, 1)]]));
    const second = decodeGinGraphs(file('gin-attributes.txt'), origin).graphs[1];
    expect(second.nodeFeatures.get('attribute0')).toEqual(numbers(0, 0.25, 0.5, 0.75));
    expect(second.nodeFeatures.get('attribute1')).toEqual(numbers(0, -1, -2, -3));
  });

  it.each([
    ['nothing', '', 'line 0: expected the number of graphs, got the end of the file'],
    ['no graphs', '0\n', 'line 1: expected at least one graph, got none'],
    ['a count bomb', '99999999\n', 'line 1: expected graphs that fit 9 bytes, got 99999999'],
    ['a node bomb', '1\n9999999 0\n', 'line 2: expected nodes that fit 12 bytes, got 9999999'],
    ['no nodes', '1\n0 0000000\n', 'line 2: expected at least one node, got none'],
    ['no class', '1\n2      \n', 'line 2: expected a number of nodes and a class, got "2"'],
    ['cut short', '1\n2 0\n0 0\n', 'line 3: expected node 1, got the end of the file'],
    [
      'too few neighbours',
      '1\n1 0\n0 2 0\n',
      'line 3: expected a tag, a number of neighbours and as many neighbours, got "0 2 0"',
    ],
    ['no such node', '1\n1 0\n0 1 1\n', 'line 3: expected nodes from 0 to 0, got "1"'],
    ['twice', '1\n2 0\n0 2 1 1\n0 0\n', 'line 3: expected each neighbour once, got 1 twice'],
    [
      'one way',
      '1\n2 0\n0 1 1\n0 0\n',
      'the graph of line 2: expected 0 among the neighbours of 1, got only the reverse',
    ],
    ['ragged attributes', '1\n2 0\n0 0 1.5\n0 0\n', 'line 4: expected 1 attributes, as before, got 0'],
    ['NaN', '1\n1 0\n0 0 nan\n', 'line 3: expected a finite number, got "nan"'],
    ['more', '1\n1 0\n0 0\n0 0\n', 'line 4: expected the end of the file, got "0 0"'],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeGinGraphs(bytesOf(text), origin))).toBe(`${message}; fix: get the file again`);
  });
});

describe('decodeSmiles', () => {
  interface Expected {
    readonly smiles: string;
    readonly atoms: number[][];
    readonly bonds: number[][];
    readonly orders: number;
  }
  const molecules: Expected[] = JSON.parse(new TextDecoder().decode(file('molecules.json')));

  it('sees the atoms and bonds that RDKit sees', async () => {
    const read = await createSmilesReader();
    for (const { smiles, atoms, bonds, orders } of molecules) {
      const graph = read(smiles, origin);
      check(graph);
      const node = (name: string, at: number): number => Number(graph.nodeFeatures.get(name)?.values[at]);
      const edge = (name: string, at: number): number => Number(graph.edgeFeatures.get(name)?.values[at]);
      const names = ['atomicNumber', 'charge', 'hydrogens', 'isotope', 'aromatic', 'ring'];
      // The two programs differ on what is aromatic in rings with C=O.
      if (smiles.startsWith('Cn1cnc2c1c(=O)')) {
        expect(graph.nodes).toBe(atoms.length);
        continue;
      }
      const seen = atoms.map((_, at) => names.map((name) => node(name, at)));
      const ends = bonds.map((_, at) => [...graph.edges.slice(at * 2, at * 2 + 2)].sort((a, b) => a - b));
      const seenBonds = ends.map((pair, at) => [...pair, edge('aromatic', at), edge('ring', at)]);
      expect([smiles, graph.nodes, seen]).toEqual([smiles, atoms.length, atoms]);
      expect([smiles, seenBonds.sort((a, b) => a[0] - b[0] || a[1] - b[1])]).toEqual([smiles, bonds]);
      expect([smiles, bonds.reduce((sum, _, at) => sum + edge('order', at), 0)]).toEqual([smiles, orders]);
    }
  });

  it.each([
    ['', 'expected a SMILES text, got an empty one'],
    ['C'.repeat(2001), 'expected at most 2000 characters, got 2001'],
    ['CC>>C', 'expected one molecule of known atoms, got "CC>>C"'],
    ['C*', 'expected one molecule of known atoms, got "C*"'],
    ['C C', 'character 2 of "C C": expected an atom, a bond, a ring or a branch, got " C"'],
    ['C==C', 'character 3 of "C==C": expected an atom, got "=C"'],
    ['C(', 'character 3 of "C(": expected ")", got the end'],
    ['C)', 'character 2 of "C)": expected a branch that is open, got ")"'],
    ['C1CC', 'expected SMILES, got "C1CC" (dangling ring closure: 1; position:4)'],
    ['c1cccc1', 'expected rings that have a Kekulé form, got "c1cccc1"'],
    ['N(C)(C)(C)C', 'atom 0: expected at most 3 bonds, got 4 in "N(C)(C)(C)C"'],
  ])('refuses %j', async (smiles, message) => {
    expect(strip((await rejectionOf(() => decodeSmiles(smiles, origin))).message)).toBe(
      `${message}; fix: correct or remove the molecule`,
    );
  });

  it.each(['[C', 'Xx', '[Zz]', '%', 'C%1', '=', 'cc(', '()', 'C.', 'C11', '[CH', 'C[]'])(
    'refuses %j',
    async (smiles) => {
      expect((await rejectionOf(() => decodeSmiles(smiles, origin))).code).toBe('malformed');
    },
  );

  it('takes bounded time for the longest', async () => {
    const read = await createSmilesReader();
    const began = performance.now();
    for (const unit of ['C', 'c1ccccc1', 'C(', '[']) {
      try {
        check(read(unit.repeat(Math.floor(2000 / unit.length)), origin));
      } catch (error) {
        expect(error).toHaveProperty('name', 'DataError');
      }
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('any damage gives graphs or a DataError', () => {
  const matrix = (bytes: Uint8Array): void => {
    const result = decodeMatrixMarket(bytes, origin);
    if (!('shape' in result)) expect(result.values.every(Number.isFinite)).toBe(true);
  };
  it.each([
    ['GraphML', ['undirected.graphml'], (bytes: Uint8Array) => check(decodeGraphMl(bytes, origin))],
    ['GML', ['directed.gml'], (bytes: Uint8Array) => check(decodeGml(bytes, origin))],
    ['Matrix Market', ['general.mtx', 'skew.mtx', 'dense-symmetric.mtx', 'pattern.mtx'], matrix],
    [
      'GIN',
      ['gin.txt', 'gin-attributes.txt'],
      (bytes: Uint8Array) => decodeGinGraphs(bytes, origin).graphs.forEach(check),
    ],
  ])('%s', async (_, names, read) => {
    await survives(
      names.map((name) => `graphs/${name}`),
      read,
    );
  });

  it('SMILES', async () => {
    const read = await createSmilesReader();
    const pieces = [
      'C',
      'c',
      'N',
      'n',
      'O',
      '(',
      ')',
      '[',
      ']',
      '1',
      '2',
      '=',
      '#',
      '+',
      '-',
      'H',
      '@',
      '.',
      '%',
      '/',
      ':',
      'Br',
      '0',
    ];
    let state = 1;
    for (let run = 0; run < 300; run++) {
      let smiles = 'C';
      for (let at = 0; at < 12; at++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        smiles += pieces[(state >>> 8) % pieces.length];
      }
      try {
        check(read(smiles, origin));
      } catch (error) {
        expect(error).toHaveProperty('name', 'DataError');
      }
    }
  });
});
