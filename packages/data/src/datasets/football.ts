// American college football in autumn 2000 (Girvan and Newman 2002), from the Debian package r-cran-igraph: which conference a
// team belongs to, from whom it played. One graph becomes a small one for each team: itself, its opponents, and their games.

import { gunzipSync } from 'node:zlib';
import type { DataError } from '../errors.ts';
import { decodeGml } from '../formats/gml.ts';
import type { Graph } from '../formats/graph.ts';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import type { Dataset, Example, RawGraph } from './dataset.ts';
import { fetchedName, type Preparation } from './prepared.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';

const source = 'football';
const file = 'football.gml';
const packed = 'usr/share/doc/r-cran-igraph/tests/testthat/football.gml.gz';
/** In the order of the file's numbers. */
const classes = [
  'Atlantic Coast',
  'Big East',
  'Big Ten',
  'Big Twelve',
  'Conference USA',
  'Independents',
  'Mid-American',
  'Mountain West',
  'Pacific Ten',
  'Southeastern',
  'Sun Belt',
  'Western Athletic',
] as const;
/** Stands for the conference of a team that is not told: the team in the middle, and those of the test split. */
const untold = classes.length;
const testFraction = 0.3;
const split = '70/30 in each conference, by a hash of the team; conferences of test teams are told nowhere';
const maxGmlBytes = 16 * 1024 * 1024;

/** How the columns of nodes are to be read: ids, each below its count. */
export const footballColumns = {
  /** The conference, or that it is not told; the team in the middle. */
  nodes: [classes.length + 1, 2],
} as const;

export const footballPreparation: Preparation = {
  version: 1,
  prepare: async (dir) => {
    const { bytes, origin } = readDataFile(openDirectory(source, dir, 'r-cran-igraph'), packed);
    try {
      return new Map([[file, gunzipSync(bytes, { maxOutputLength: maxGmlBytes })]]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw failer(origin, 'fetch r-cran-igraph again')('malformed', null, 'a gzip file', why);
    }
  },
};

/** `dir`: the folder of the fetched set. The team in the middle is node 0. @throws {DataError} */
export function loadFootball(dir: string): Dataset<RawGraph> {
  const { bytes, origin } = readDataFile(openDirectory(source, dir, fetchedName(source)), file);
  const graph = decodeGml(bytes, origin);
  const fail = (place: string, expected: string, actual: string): DataError =>
    failer(origin, `reinstall ${fetchedName(source)}`)('bad-value', place, expected, actual);
  const names = textsOf(graph, 'label', fail);
  const labels = numbersOf(graph, 'value', fail);
  const wrong = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes.length));
  if (wrong >= 0) throw fail(`node ${wrong}`, `a conference from 0 to ${classes.length - 1}`, `${labels[wrong]}`);
  const heldOut = stratifiedHeldOut(names, labels, testFraction);
  const near = neighbours(graph);
  const examples = names.map((name, team): Example<RawGraph> => {
    const teams = [team, ...near[team]];
    const place = new Map(teams.map((other, at) => [other, at]));
    const edges: number[] = [];
    for (const [at, other] of teams.entries()) {
      for (const opponent of near[other]) {
        const to = place.get(opponent);
        if (to !== undefined && to > at) edges.push(at, to);
      }
    }
    return {
      input: {
        nodes: teams.length,
        directed: false,
        edges: Int32Array.from(edges),
        nodeFeatures: Float32Array.from(
          teams.flatMap((other, at) => [at === 0 || heldOut[other] ? untold : labels[other], at === 0 ? 1 : 0]),
        ),
        edgeFeatures: null,
      },
      label: labels[team],
      id: name,
    };
  });
  const train = examples.filter((_, team) => !heldOut[team]);
  const test = examples.filter((_, team) => heldOut[team]);
  return {
    name: source,
    modality: 'graph',
    classes,
    task: 'conference',
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), bytes]),
  };
}

type BadValue = (place: string, expected: string, actual: string) => DataError;

function textsOf({ nodes, nodeFeatures }: Graph, name: string, fail: BadValue): string[] {
  const column = nodeFeatures.get(name);
  const texts = column?.kind === 'text' ? column.values.filter((value) => value !== null) : [];
  if (texts.length !== nodes || new Set(texts).size !== nodes)
    throw fail(name, 'a name of its own for each node', 'not');
  return texts;
}

function numbersOf({ nodes, nodeFeatures }: Graph, name: string, fail: BadValue): number[] {
  const column = nodeFeatures.get(name);
  if (column?.kind !== 'number' || column.missing.includes(1))
    throw fail(name, `a number for each of ${nodes} nodes`, 'not');
  return [...column.values];
}

/** Ascending, each once, never oneself. */
function neighbours({ nodes, edges }: Graph): number[][] {
  const near = Array.from({ length: nodes }, () => new Set<number>());
  for (let at = 0; at < edges.length; at += 2) {
    if (edges[at] === edges[at + 1]) continue;
    near[edges[at]].add(edges[at + 1]);
    near[edges[at + 1]].add(edges[at]);
  }
  return near.map((others) => [...others].sort((a, b) => a - b));
}
