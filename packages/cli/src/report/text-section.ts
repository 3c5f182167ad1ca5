// Masked text: the tokens as the model saw them, and at each hidden place the truth beside the guess.

import type { ReportData, TextExample } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { percent } from './numbers.ts';
import { type Section, section } from './section.ts';

export const textSection = ({ texts }: ReportData): Section =>
  section(
    'texts',
    'Masked text',
    'Hidden tokens are boxed: ✓ guessed right; ✗ the guess is struck out, then the truth.',
    texts.map(example),
    'No masked text was recorded.',
  );

const example = ({ text, hidden }: TextExample): Html => {
  const places = new Map(hidden.map((h) => [h.position, h]));
  const right = hidden.filter((h) => h.truth === h.guess).length;
  const facts =
    hidden.length === 0 ? 'nothing hidden' : `${right} of ${hidden.length} right, ${percent(right / hidden.length, 0)}`;
  return html`<figure class="text"><figcaption><span class="dim small">${facts}</span></figcaption><p>${text.map(
    (token, i) => {
      const h = places.get(i);
      const glue = i === 0 || (h?.truth ?? token).startsWith('##') ? '' : ' ';
      if (h === undefined) return html`${glue}${bare(token)}`;
      return h.truth === h.guess
        ? html`${glue}<mark class="right">${bare(h.truth)} ✓</mark>`
        : html`${glue}<mark class="wrong"><del>${bare(h.guess)}</del> ✗ <ins>${bare(h.truth)}</ins></mark>`;
    },
  )}</p></figure>`;
};

/** A continuing piece is written on to its word; white space is made visible. */
const bare = (token: string): string =>
  token
    .replace(/^##(?=.)/, '')
    .replace(/\n/g, '⏎')
    .replace(/\t/g, '⇥');
