// Originals beside what the model saw of them and what it made of that: images, clips, spectrograms, series, spectra, clouds and graphs.

import * as Plot from '@observablehq/plot';
import type { Reconstruction, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { axisRange, mean, significant } from './numbers.ts';
import type { Palette } from './palette.ts';
import { type Grid, pngUri, type Range, rangeOf } from './picture.ts';
import { legend, type Section, section, stroke, swatch } from './section.ts';
import { graph, hasEdges, points } from './shape-picture.ts';
import { svg } from './svg.ts';

type Item = Reconstruction['items'][number];

/** Characters of pictures a modality may take; later samples are left out and counted. */
const budget = 400_000;

export const reconstructionSection = ({ reconstructions }: ReportData, palette: Palette): Section =>
  section(
    'reconstructions',
    'Reconstructions',
    'Held-out samples: the original, what was left of it behind the mask, and what the model made of the rest.',
    reconstructions.map((r) => modality(r, palette)),
    'No samples were reconstructed.',
  );

const modality = (r: Reconstruction, palette: Palette): Html => {
  const range = rangeOf(r.items.map((item) => item.original));
  const shown: Html[] = [];
  let spent = 0;
  for (const item of r.items) {
    if (spent > budget) break;
    const figure = isComplete(r, item) ? sample(r, item, range) : broken(item);
    spent += figure.text.length;
    shown.push(figure);
  }
  const left = r.items.length - shown.length;
  return html`<h3>${swatch(palette.look(r.modality))}${r.modality}</h3>
${r.items.length === 0 ? html`<p class="none">No samples.</p>` : key(r, range)}
<div class="grid ${r.kind}">${shown}</div>${left > 0 ? html`<p class="none">${left} more not shown, to keep the page small.</p>` : null}`;
};

const isPixels = ({ kind }: Reconstruction): boolean => kind === 'image' || kind === 'clip';

const depthOf = (r: Reconstruction): 1 | 3 => (isPixels(r) && r.channels.length === 3 ? 3 : 1);

const framesOf = ({ kind, frames = 1 }: Reconstruction): number => (kind === 'clip' ? frames : 1);

const isComplete = (r: Reconstruction, item: Item): boolean => {
  const { original, masked, reconstructed } = item;
  const full = framesOf(r) * r.rows * r.columns * depthOf(r);
  // a graph may be smaller than the largest
  const size = r.kind === 'graph' ? Math.min(full, original.length) : full;
  const fits = size > 0 && [original, masked, reconstructed].every((values) => values.length === size);
  if (r.kind === 'points') return fits && r.columns === 3;
  return r.kind === 'graph' ? fits && hasEdges(item) : fits;
};

const broken = ({ title, original, masked, reconstructed }: Item): Html =>
  html`<figure><figcaption>${title}</figcaption><p class="none">Not drawn: ${original.length}, ${masked.length} and ${reconstructed.length} values do not fill the grid.</p></figure>`;

const sample = (r: Reconstruction, item: Item, range: Range): Html => {
  switch (r.kind) {
    case 'series':
    case 'spectrum':
      return series(r, item);
    case 'points':
      return points(r, item);
    case 'graph':
      return graph(r, item);
    case 'image':
    case 'clip':
    case 'spectrogram':
      return pictures(r, item, range);
  }
};

const key = (r: Reconstruction, [low, high]: Range): Html => {
  if (r.kind === 'series' || r.kind === 'spectrum') {
    return legend([
      ...(r.kind === 'spectrum' ? [{ look: html`bands →`, text: '' }] : []),
      { look: stroke('wide', 'var(--faint)'), text: 'original' },
      { look: stroke('solid', 'var(--model)'), text: 'reconstruction of hidden parts' },
      { look: html`<span class="patch shade" aria-hidden="true"></span>`, text: 'hidden from the model' },
    ]);
  }
  if (r.kind === 'points') {
    return legend([
      {
        look: html`<span class="spot" style="background: var(--dim)" aria-hidden="true"></span>`,
        text: 'points of groups that the model saw',
      },
      {
        look: html`<span class="spot" style="background: var(--model)" aria-hidden="true"></span>`,
        text: 'its points of hidden groups',
      },
    ]);
  }
  if (r.kind === 'graph') {
    const ring = (color: string): Html =>
      html`<span class="spot ring" style="border-color: ${color}" aria-hidden="true"></span>`;
    return legend([
      { look: html`<span class="spot" aria-hidden="true"></span>`, text: `a node: ${r.channels.join(', ')}` },
      { look: html`<span class="spot" aria-hidden="true">?</span>`, text: 'hidden from the model' },
      { look: ring('var(--ink)'), text: r.classes === undefined ? 'its guess' : 'its guess, right' },
      ...(r.classes === undefined ? [] : [{ look: ring('var(--wrong)'), text: 'its guess, wrong' }]),
    ]);
  }
  const hidden = { look: html`<span class="patch hatch" aria-hidden="true"></span>`, text: 'hidden from the model' };
  if (r.kind === 'image') return legend([hidden]);
  if (r.kind === 'clip') return legend([{ look: html`time →`, text: '' }, hidden]);
  return html`<ul class="legend"><li>time →, frequency ↑</li><li>${r.channels.join(', ')}<span class="dim low">${significant(low, 3)}</span><span class="ramp" aria-hidden="true"></span><span class="dim">${significant(high, 3)}</span></li><li>${hidden.look}${hidden.text}</li></ul>`;
};

/** Mean squared error over what was hidden; NaN if nothing was. */
const hiddenError = ({ original, masked, reconstructed }: Item): number =>
  mean(original.flatMap((v, i) => (masked[i] === null ? [(v - reconstructed[i]) ** 2] : [])));

const pictures = (r: Reconstruction, item: Item, range: Range): Html => {
  const depth = depthOf(r);
  // A spectrogram's rows are frames and its columns bands, low first; it is drawn with time to the right and high bands on top.
  const isSound = r.kind === 'spectrogram';
  // Frames of a clip follow one another from left to right with a gap of one pixel.
  const step = r.columns + 1;
  const grid = (values: readonly (number | null)[]): Grid => ({
    width: isSound ? r.rows : framesOf(r) * step - 1,
    height: isSound ? r.columns : r.rows,
    channels: depth,
    at: (x, y, c) => {
      if (isSound) return values[x * r.columns + (r.columns - 1 - y)];
      const [frame, column] = [Math.floor(x / step), x % step];
      return column === r.columns ? null : values[((frame * r.rows + y) * r.columns + column) * depth + c];
    },
  });
  const what = `${r.modality} ${item.title}`;
  const one = (name: string, values: readonly (number | null)[]): Html =>
    html`<div><img class="pixels" alt="${what}, ${name}" src="${pngUri(grid(values), range, isSound ? 'viridis' : 'grey')}"><span class="dim small">${name}</span></div>`;
  return html`<figure><figcaption>${item.title}<span class="dim"> ${errorText(item)}</span></figcaption>
<div class="${r.kind === 'clip' ? 'strips' : 'triple'}">${one('original', item.original)}${one('masked', item.masked)}${one('reconstructed', item.reconstructed)}</div></figure>`;
};

const errorText = (item: Item): string => {
  const error = hiddenError(item);
  return Number.isFinite(error) ? `MSE ${significant(error, 3)}` : '';
};

const series = (r: Reconstruction, item: Item): Html =>
  html`<figure><figcaption>${item.title}</figcaption>${Array.from({ length: r.columns }, (_, c) => channel(r, item, c))}</figure>`;

const channel = (r: Reconstruction, item: Item, c: number): Html => {
  const at = <V>(values: readonly V[]): V[] => Array.from({ length: r.rows }, (_, t) => values[t * r.columns + c]);
  const [original, masked, reconstructed] = [at(item.original), at(item.masked), at(item.reconstructed)];
  const hidden = masked.map((v) => v === null);
  // Hidden stretches get the neighbour on each side, so that the line joins what is known.
  const line = reconstructed.map((v, t) => (hidden[t] || hidden[t - 1] || hidden[t + 1] ? v : Number.NaN));
  const name = r.channels[c] ?? `channel ${c + 1}`;
  return svg(`${r.modality} ${item.title}, ${name}: original, hidden stretches and their reconstruction.`, {
    width: 340,
    height: 84,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 18,
    marginBottom: 8,
    x: { axis: null, domain: [-0.5, r.rows - 0.5] },
    y: {
      label: name,
      labelArrow: 'none',
      ticks: 3,
      tickSize: 0,
      domain: axisRange(...rangeOf([original, line])),
      tickFormat: (v: number) => significant(v, 3),
    },
    marks: [
      Plot.rectX(stretches(hidden), { x1: 'from', x2: 'to', fill: 'var(--shade)' }),
      Plot.lineY(original, { stroke: 'var(--faint)', strokeWidth: 3 }),
      Plot.lineY(line, { stroke: 'var(--model)', strokeWidth: 1.5 }),
    ],
  });
};

const stretches = (hidden: readonly boolean[]): { from: number; to: number }[] => {
  const found: { from: number; to: number }[] = [];
  hidden.forEach((isHidden, t) => {
    if (!isHidden) return;
    const last = found[found.length - 1];
    if (last !== undefined && last.to === t - 0.5) last.to = t + 0.5;
    else found.push({ from: t - 0.5, to: t + 0.5 });
  });
  return found;
};
