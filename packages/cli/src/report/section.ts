// What every section of the page shares: a heading to link to, and a line where there is nothing to show.

import * as Plot from '@observablehq/plot';
import { type Html, html } from './html.ts';
import type { Look } from './palette.ts';
import { svg } from './svg.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** A section without data says so; it is never left out, so that a reader knows that it was looked for. */
export const section = (id: string, title: string, lead: string, parts: readonly Html[], missing: string): Section => ({
  id,
  title,
  body: parts.length === 0 ? html`<p class="none">${missing}</p>` : html`<p class="lead">${lead}</p>${parts}`,
});

export const swatch = ({ color, symbol }: Look): Html =>
  html`<span class="swatch" aria-hidden="true">${svg('', {
    width: 14,
    height: 14,
    margin: 0,
    x: { axis: null, domain: [0, 2] },
    y: { axis: null, domain: [0, 2] },
    marks: [Plot.dot([[1, 1]], { symbol, fill: color, stroke: color, strokeWidth: 1, r: 4 })],
  })}</span>`;

/** A line of a legend, as HTML so that it wraps. */
export const legend = (entries: readonly { readonly look: Html; readonly text: string }[]): Html =>
  html`<ul class="legend">${entries.map(({ look, text }) => html`<li>${look}${text}</li>`)}</ul>`;

/** A short piece of a line, for legends of line plots. */
export const stroke = (kind: 'solid' | 'dashed' | 'wide', color: string): Html =>
  html`<span class="stroke ${kind}" style="color: ${color}" aria-hidden="true"></span>`;
