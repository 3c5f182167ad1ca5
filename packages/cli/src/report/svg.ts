// Observable Plot without a browser: a plot becomes SVG text that takes its colours and its width from the page.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml, type Html, trusted, withoutControls } from './html.ts';

/** The few things done to an element here; the DOM's own types are not part of a Node program. */
interface SvgElement {
  readonly outerHTML: string;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<SvgElement>;
  remove(): void;
}

let shared: ReturnType<typeof parseHTML>['document'] | null = null;

/** Made at the first plot, not on import. */
const serverDocument = (): ReturnType<typeof parseHTML>['document'] => {
  shared ??= parseHTML('<!doctype html><html><body></body></html>').document;
  return shared;
};

/**
 * `label` is what a screen reader says instead of the picture. Plot's own style element is dropped: the page's sheet has it
 * once. No option of Plot that hands out ids (clip, gradients) may be used: its counter lives as long as the process.
 */
export const svg = (label: string, options: Plot.PlotOptions): Html => {
  const element: SvgElement = Plot.plot({
    className: 'plot',
    style: { fontSize: '11px' },
    ...options,
    document: serverDocument(),
  });
  // Without width and height the picture fills its column; the view box keeps the proportions.
  element.removeAttribute('width');
  element.removeAttribute('height');
  for (const style of element.querySelectorAll('style')) style.remove();
  // linkedom escapes texts, but of an attribute only the quotes: no text of the data may get into one.
  const text = shortened(withoutControls(element.outerHTML));
  return trusted(text.replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(label)}" `));
};

/** Two decimals are a hundredth of a pixel; Plot writes up to sixteen. */
const shortened = (text: string): string =>
  text.replace(/ (?:d|transform|x|y|x1|x2|y1|y2|cx|cy|r|width|height)="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{3,}(?!e)/g, (n) => String(Number(Number(n).toFixed(2)))),
  );
