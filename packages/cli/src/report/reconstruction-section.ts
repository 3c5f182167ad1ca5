// Originals beside what the model saw of them and what it made of that: images, spectrograms and series.

import * as Plot from '@observablehq/plot';
import type { Reconstruction, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { axisRange, mean, significant } from './numbers.ts';
import type { Palette } from './palette.ts';
import { type Grid, pngUri, type Range, rangeOf } from './picture.ts';
import { legend, type Section, section, stroke, swatch } from './section.ts';
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

const depthOf = (r: Reconstruction): 1 | 3 => (r.kind === 'image' && r.channels.length === 3 ? 3 : 1);

const isComplete = (r: Reconstruction, { original, masked, reconstructed }: Item): boolean => {
  const size = r.rows * r.columns * depthOf(r);
  return size > 0 && [original, masked, reconstructed].every((values) => values.length === size);
};

const broken = ({ title, original, masked, reconstructed }: Item): Html =>
  html`<figure><figcaption>${title}</figcaption><p class="none">Not drawn: ${original.length}, ${masked.length} and ${reconstructed.length} values do not fill the grid.</p></figure>`;

const sample = (r: Reconstruction, item: Item, range: Range): Html =>
  r.kind === 'series' ? series(r, item) : pictures(r, item, range);

const key = (r: Reconstruction, [low, high]: Range): Html => {
  if (r.kind === 'series') {
    return legend([
      { look: stroke('wide', 'var(--faint)'), text: 'original' },
      { look: stroke('solid', 'var(--model)'), text: 'reconstruction of hidden parts' },
      { look: html`<span class="patch shade" aria-hidden="true"></span>`, text: 'hidden from the model' },
    ]);
  }
  const hidden = { look: html`<span class="patch hatch" aria-hidden="true"></span>`, text: 'hidden from the model' };
  if (r.kind === 'image') return legend([hidden]);
  return html`<ul class="legend"><li>time →, frequency ↑</li><li>${r.channels.join(', ')}<span class="dim low">${significant(low, 3)}</span><span class="ramp" aria-hidden="true"></span><span class="dim">${significant(high, 3)}</span></li><li>${hidden.look}${hidden.text}</li></ul>`;
};

/** Mean squared error over what was hidden; NaN if nothing was. */
const hiddenError = ({ original, masked, reconstructed }: Item): number =>
  mean(original.flatMap((v, i) => (masked[i] === null ? [(v - reconstructed[i]) ** 2] : [])));

const pictures = (r: Reconstruction, item: Item, range: Range): Html => {
  const depth = depthOf(r);
  // A spectrogram's rows are frames and its columns bands, low first; it is drawn with time to the right and high bands on top.
  const isSound = r.kind === 'spectrogram';
  const grid = (values: readonly (number | null)[]): Grid => ({
    width: isSound ? r.rows : r.columns,
    height: isSound ? r.columns : r.rows,
    channels: depth,
    at: (x, y, c) => (isSound ? values[x * r.columns + (r.columns - 1 - y)] : values[(y * r.columns + x) * depth + c]),
  });
  const what = `${r.modality} ${item.title}`;
  const one = (name: string, values: readonly (number | null)[]): Html =>
    html`<div><img class="pixels" alt="${what}, ${name}" src="${pngUri(grid(values), range, isSound ? 'viridis' : 'grey')}"><span class="dim small">${name}</span></div>`;
  return html`<figure><figcaption>${item.title}<span class="dim"> ${errorText(item)}</span></figcaption>
<div class="triple">${one('original', item.original)}${one('masked', item.masked)}${one('reconstructed', item.reconstructed)}</div></figure>`;
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
