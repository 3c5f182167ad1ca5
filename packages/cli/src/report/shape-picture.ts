// Point clouds and graphs: the original, what the model saw, and what it made of the rest, side by side.

import * as Plot from '@observablehq/plot';
import type { Reconstruction } from '@omnigrad/training';
import { layoutGraph, type Place } from './graph-layout.ts';
import { type Html, html } from './html.ts';
import { colorCount } from './palette.ts';
import { svg } from './svg.ts';

type Item = Reconstruction['items'][number];

/** Nodes of a graph that is drawn, at most: the time to place them grows with the square of their number. */
const mostNodes = 300;

const side = 120;
const frame = { width: side, height: side, margin: 4 };

/** The view of a cloud: from above and from the right, the third coordinate up. */
export const projected = (x: number, y: number, z: number): Place => {
  const [turn, tilt] = [0.6, 0.35];
  const right = x * Math.cos(turn) + y * Math.sin(turn);
  const away = y * Math.cos(turn) - x * Math.sin(turn);
  return [right, z * Math.cos(tilt) + away * Math.sin(tilt)];
};

/** The largest coordinate of a cloud [.., 3] in its view. */
export const reachOf = (cloud: readonly number[]): number => {
  let most = 1e-6;
  for (let i = 0; i + 2 < cloud.length; i += 3) {
    for (const v of projected(cloud[i], cloud[i + 1], cloud[i + 2])) {
      if (Number.isFinite(v)) most = Math.max(most, Math.abs(v));
    }
  }
  return most;
};

const triple = (parts: readonly { readonly name: string; readonly picture: Html }[]): Html =>
  html`<div class="triple">${parts.map(({ name, picture }) => html`<div>${picture}<span class="dim small">${name}</span></div>`)}</div>`;

export const points = (r: Reconstruction, item: Item): Html => {
  const hidden = item.masked.flatMap((v, i) => (i % 3 === 0 ? [v === null] : []));
  const what = `${r.modality} ${item.title}`;
  // The whole original fits; a guess outside is drawn at the rim of the panel.
  const reach = reachOf(item.original);
  const clipped = (v: number): number => Math.min(reach, Math.max(-reach, v));
  const placesOf = (values: readonly (number | null)[], wanted: (i: number) => boolean): Place[] =>
    hidden.flatMap((_, i) => {
      const [x, y, z] = values.slice(3 * i, 3 * i + 3);
      if (!wanted(i) || x === null || y === null || z === null || !Number.isFinite(x + y + z)) return [];
      const [right, up] = projected(x, y, z);
      return [[clipped(right), clipped(up)]];
    });
  const panel = (name: string, seen: readonly Place[], guessed: readonly Place[]): { name: string; picture: Html } => ({
    name,
    picture: svg(`${what}, ${name}`, {
      ...frame,
      x: { axis: null, domain: [-reach, reach] },
      y: { axis: null, domain: [-reach, reach] },
      marks: [
        Plot.dot(seen, { fill: 'var(--dim)', r: 1.3 }),
        Plot.dot(guessed, { fill: 'var(--model)', symbol: 'diamond', r: 1.7 }),
      ],
    }),
  });
  const isSeen = (i: number): boolean => !hidden[i];
  const seen = placesOf(item.original, isSeen);
  return html`<figure><figcaption>${item.title}</figcaption>${triple([
    panel(
      'original',
      placesOf(item.original, () => true),
      [],
    ),
    panel('masked', seen, []),
    panel(
      'reconstructed',
      seen,
      placesOf(item.reconstructed, (i) => !isSeen(i)),
    ),
  ])}</figure>`;
};

/** Whether the edges of an item lie between its nodes. */
export const hasEdges = ({ original, edges = [] }: Item): boolean =>
  edges.length % 2 === 0 && edges.every((node) => Number.isInteger(node) && node >= 0 && node < original.length);

const nodeSymbol = (value: number | null, classes: number | undefined): string => {
  if (value === null) return '?';
  return classes === undefined ? '' : String(value);
};

/** Of a class one of the palette's colours; of a number from -1 to 1 more or less of the model's. */
const nodeColor = (value: number | null, classes: number | undefined): string => {
  if (value === null) return 'var(--card)';
  if (classes !== undefined) return `var(--c${value % colorCount})`;
  const share = Math.round(50 * (1 + Math.min(1, Math.max(-1, value))));
  return `color-mix(in srgb, var(--model) ${share}%, var(--card))`;
};

export const graph = (r: Reconstruction, item: Item): Html => {
  const { edges = [], original, masked, reconstructed } = item;
  if (original.length > mostNodes) {
    return html`<figure><figcaption>${item.title}</figcaption><p class="none">Not drawn: ${original.length} nodes are more than ${mostNodes}.</p></figure>`;
  }
  const places = layoutGraph(original.length, edges);
  const hidden = masked.flatMap((value, node) => (value === null ? [node] : []));
  const right = hidden.filter((node) => reconstructed[node] === original[node]).length;
  const facts = r.classes === undefined ? '' : ` ${right} of ${hidden.length} hidden nodes right`;
  const links = Array.from({ length: edges.length / 2 }, (_, e) => [places[edges[2 * e]], places[edges[2 * e + 1]]]);
  const radius = original.length > 30 ? 3.5 : 6;
  const panel = (
    name: string,
    values: readonly (number | null)[],
    ring: (node: number) => string | null,
  ): { name: string; picture: Html } => ({
    name,
    picture: svg(`${r.modality} ${item.title}, ${name}`, {
      ...frame,
      margin: 9,
      x: { axis: null, domain: [0, 1] },
      y: { axis: null, domain: [1, 0] },
      marks: [
        Plot.link(links, {
          x1: ([a]: readonly Place[]) => a[0],
          y1: ([a]: readonly Place[]) => a[1],
          x2: ([, b]: readonly Place[]) => b[0],
          y2: ([, b]: readonly Place[]) => b[1],
          stroke: 'var(--faint)',
        }),
        Plot.dot(places, {
          r: radius,
          fill: (_p: Place, node: number) => nodeColor(values[node], r.classes),
          stroke: (_p: Place, node: number) => ring(node) ?? 'var(--faint)',
          strokeWidth: (_p: Place, node: number) => (ring(node) === null ? 0.8 : 2.2),
        }),
        Plot.text(places, {
          text: (_p: Place, node: number) => nodeSymbol(values[node], r.classes),
          fontSize: 8,
          fontWeight: 600,
          fill: (_p: Place, node: number) => (values[node] === null ? 'var(--dim)' : 'var(--card)'),
        }),
      ],
    }),
  });
  const isHidden = new Set(hidden);
  const ring = (node: number): string | null => {
    if (!isHidden.has(node)) return null;
    return r.classes === undefined || reconstructed[node] === original[node] ? 'var(--ink)' : 'var(--wrong)';
  };
  return html`<figure><figcaption>${item.title}<span class="dim small">${facts}</span></figcaption>${triple([
    panel('original', original, () => null),
    panel('masked', masked, () => null),
    panel('reconstructed', reconstructed, ring),
  ])}</figure>`;
};
