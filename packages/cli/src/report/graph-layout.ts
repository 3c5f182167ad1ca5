// Where the nodes of a graph are drawn: each piece so that its nodes lie as far apart as there are edges between them, as well as a plane
// allows (stress majorisation, Gansner et al. 2004); pieces side by side. No chance in it: the same graph, the same picture.

export type Place = readonly [x: number, y: number];

const rounds = 120;
/** Between pieces, in lengths of an edge. */
const margin = 0.8;

const neighboursOf = (nodes: number, edges: readonly number[]): number[][] => {
  const near = Array.from({ length: nodes }, (): number[] => []);
  for (let e = 0; e + 1 < edges.length; e += 2) {
    near[edges[e]].push(edges[e + 1]);
    near[edges[e + 1]].push(edges[e]);
  }
  return near;
};

/** Edges on the way from a node to each that can be reached, nearest first. */
const distancesFrom = (start: number, near: readonly (readonly number[])[]): Map<number, number> => {
  const found = new Map([[start, 0]]);
  for (const [node, distance] of found) {
    for (const other of near[node]) if (!found.has(other)) found.set(other, distance + 1);
  }
  return found;
};

interface Piece {
  readonly nodes: readonly number[];
  /** From 0 on, in lengths of an edge. */
  readonly places: readonly Place[];
  readonly width: number;
  readonly height: number;
}

const layoutPiece = (nodes: readonly number[], near: readonly (readonly number[])[]): Piece => {
  const n = nodes.length;
  const wanted = nodes.map((node) => {
    const found = distancesFrom(node, near);
    return nodes.map((other) => found.get(other) ?? 0);
  });
  // Not quite a circle: nodes that begin as mirror images would stay so.
  const x = Float64Array.from({ length: n }, (_, i) => Math.cos(2.4 * i) * (1 + i / n));
  const y = Float64Array.from({ length: n }, (_, i) => Math.sin(2.4 * i) * (1 + i / n));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < n; i++) {
      let [sumX, sumY, weights] = [0, 0, 0];
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const d = wanted[i][j];
        const [dx, dy] = [x[i] - x[j], y[i] - y[j]];
        const scale = d / Math.max(1e-6, Math.hypot(dx, dy));
        sumX += (x[j] + scale * dx) / (d * d);
        sumY += (y[j] + scale * dy) / (d * d);
        weights += 1 / (d * d);
      }
      if (weights > 0) [x[i], y[i]] = [sumX / weights, sumY / weights];
    }
  }
  const [left, top] = [Math.min(...x), Math.min(...y)];
  const places = nodes.map((_, i): Place => [x[i] - left, y[i] - top]);
  return { nodes, places, width: Math.max(...x) - left, height: Math.max(...y) - top };
};

/** Places of nodes between edges [.., 2], in the square from 0 to 1. */
export const layoutGraph = (nodes: number, edges: readonly number[]): Place[] => {
  const near = neighboursOf(nodes, edges);
  const taken = new Set<number>();
  const pieces: Piece[] = [];
  for (let node = 0; node < nodes; node++) {
    if (taken.has(node)) continue;
    const own = [...distancesFrom(node, near).keys()].sort((a, b) => a - b);
    for (const member of own) taken.add(member);
    pieces.push(layoutPiece(own, near));
  }
  pieces.sort((a, b) => b.height - a.height);
  // Shelves of about the width of a square that holds all.
  const area = pieces.reduce((sum, { width, height }) => sum + (width + margin) * (height + margin), 0);
  const wide = Math.max(Math.sqrt(area), ...pieces.map(({ width }) => width));
  const out = new Array<Place>(nodes);
  let [left, top, shelf, right] = [0, 0, 0, 0];
  for (const { nodes: own, places, width, height } of pieces) {
    if (left > 0 && left + width > wide) [left, top, shelf] = [0, top + shelf + margin, 0];
    own.forEach((node, i) => {
      out[node] = [left + places[i][0], top + places[i][1]];
    });
    shelf = Math.max(shelf, height);
    right = Math.max(right, left + width);
    left += width + margin;
  }
  const high = top + shelf;
  const span = Math.max(right, high, 1e-6);
  return out.map(([x, y]): Place => [(x + (span - right) / 2) / span, (y + (span - high) / 2) / span]);
};
