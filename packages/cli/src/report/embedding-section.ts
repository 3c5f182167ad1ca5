// The embedding map: all modalities in one plane, then each modality on its own by label.

import * as Plot from '@observablehq/plot';
import type { EmbeddingPoint, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { percent } from './numbers.ts';
import { lookOf, type Palette } from './palette.ts';
import { type Projection, projectToPlane } from './pca.ts';
import { legend, type Section, section, swatch } from './section.ts';
import { svg } from './svg.ts';

/** Labels that get a colour of their own in a small map; the rest share a grey. */
const labelsShown = 12;

const others = { color: 'var(--faint)', symbol: 'circle' } as const;

export const embeddingSection = ({ embeddings }: ReportData, palette: Palette): Section => {
  const width = embeddings[0]?.vector.length ?? 0;
  const usable = embeddings.filter((p) => p.vector.length === width && width > 0 && p.vector.every(Number.isFinite));
  const left = embeddings.length - usable.length;
  const modalities = palette.names.filter((name) => usable.some((p) => p.modality === name));
  return section(
    'embeddings',
    'Embedding map',
    'Held-out samples in the shared space, drawn on its first two principal components. The share of the variance that each carries stands at its axis; what lies apart in the other dimensions may overlap here.',
    usable.length === 0
      ? []
      : [
          html`<figure class="map">${legend(modalities.map((name) => ({ look: swatch(palette.look(name)), text: name })))}${whole(usable, palette)}</figure>`,
          html`<h3>Each modality by label</h3><p class="lead">On that modality’s own principal components.</p><div class="grid">${modalities.map((name) => own(name, usable, palette))}</div>`,
          ...(left > 0
            ? [html`<p class="none">${left} samples left out: their vectors are not finite or of another length.</p>`]
            : []),
        ],
    embeddings.length > 0 ? 'No sample has a finite vector.' : 'No embeddings were recorded.',
  );
};

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly symbol: string;
  readonly title: string;
}

const plot = (
  label: string,
  size: readonly [number, number],
  { explained }: Projection,
  dots: readonly Dot[],
  radius: number,
): Html =>
  svg(label, {
    width: size[0],
    height: size[1],
    margin: 8,
    marginBottom: 22,
    marginLeft: 22,
    inset: 6,
    x: {
      label: `component 1, ${percent(explained[0], 0)} of the variance`,
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 16,
      ticks: [],
    },
    y: {
      label: `component 2, ${percent(explained[1], 0)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 14,
      ticks: [],
    },
    color: { type: 'identity' },
    symbol: { type: 'identity' },
    marks: [
      Plot.frame({ strokeOpacity: 0.2 }),
      Plot.dot(dots, {
        x: 'x',
        y: 'y',
        fill: 'color',
        stroke: 'color',
        strokeWidth: 1,
        strokeOpacity: 0.75,
        symbol: 'symbol',
        r: radius,
        fillOpacity: 0.75,
        title: 'title',
      }),
    ],
  });

const name = ({ modality, label }: EmbeddingPoint): string => (label === '' ? modality : `${modality}: ${label}`);

const whole = (points: readonly EmbeddingPoint[], palette: Palette): Html => {
  const projection = projectToPlane(points.map((p) => p.vector));
  const dots = points.map((p, i) => ({
    x: projection.points[i][0],
    y: projection.points[i][1],
    ...palette.look(p.modality),
    title: name(p),
  }));
  return plot(`Embeddings of ${points.length} samples by modality.`, [520, 400], projection, dots, 3.5);
};

const own = (modality: string, all: readonly EmbeddingPoint[], palette: Palette): Html => {
  const points = all.filter((p) => p.modality === modality);
  const labels = ranked(points.map((p) => p.label));
  const coloured = labels.slice(0, labels.length > labelsShown ? labelsShown - 1 : labelsShown);
  const lookOfLabel = (label: string): { readonly color: string; readonly symbol: string } => {
    const at = coloured.indexOf(label);
    return at < 0 ? others : labels.length === 1 ? palette.look(modality) : lookOf(at);
  };
  const projection = projectToPlane(points.map((p) => p.vector));
  const dots = points.map((p, i) => ({
    x: projection.points[i][0],
    y: projection.points[i][1],
    ...lookOfLabel(p.label),
    title: name(p),
  }));
  const named = coloured.filter((label) => label !== '');
  const entries =
    labels.length === 1 ? [] : named.map((label) => ({ look: swatch(lookOf(coloured.indexOf(label))), text: label }));
  const rest = labels.length - coloured.length;
  if (rest > 0) entries.push({ look: swatch(others), text: `${rest} others` });
  return html`<figure><figcaption>${swatch(palette.look(modality))}${modality}<span class="dim"> ${points.length} samples</span></figcaption>${plot(`Embeddings of ${modality} by label.`, [340, 260], projection, dots, 3)}${entries.length === 0 ? null : legend(entries)}</figure>`;
};

/** The most frequent labels; shown in natural order when all of them fit. */
const ranked = (labels: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const byName = ([a]: readonly [string, number], [b]: readonly [string, number]): number =>
    a < b ? -1 : a > b ? 1 : 0;
  const order = [...counts].sort((a, b) => (counts.size > labelsShown ? b[1] - a[1] : 0) || byName(a, b));
  return order.map(([label]) => label);
};
