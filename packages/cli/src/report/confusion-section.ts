// Confusion matrices as tables whose cells are coloured: counts can be read, copied and heard.

import type { Confusion, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { grouped, nothing, percent } from './numbers.ts';
import type { Palette } from './palette.ts';
import { type Section, section, swatch } from './section.ts';

export const confusionSection = ({ confusions }: ReportData, palette: Palette): Section =>
  section(
    'confusions',
    'Confusion matrices',
    'Rows are the truth, columns what the model said. Blue is right, orange wrong; the deeper, the larger the share of its row.',
    confusions.length === 0 ? [] : [html`<div class="confusions">${confusions.map((c) => matrix(c, palette))}</div>`],
    'No task with classes was evaluated.',
  );

const matrix = ({ modality, task, classes, matrix: rows }: Confusion, palette: Palette): Html => {
  const count = (truth: number, guess: number): number => {
    const n = rows[truth]?.[guess] ?? 0;
    return n > 0 && Number.isFinite(n) ? n : 0;
  };
  const totals = classes.map((_, t) => classes.reduce((sum, _guess, g) => sum + count(t, g), 0));
  const all = totals.reduce((sum, n) => sum + n, 0);
  const right = classes.reduce((sum, _, t) => sum + count(t, t), 0);
  const facts = all === 0 ? 'no examples' : `${grouped(right)} of ${grouped(all)} right, ${percent(right / all)}`;
  const upright = classes.some((name) => name.length > 4) ? 'upright' : '';
  return html`<figure class="confusion"><figcaption>${swatch(palette.look(modality))}${modality} · ${task}<span class="dim"> ${facts}</span></figcaption>
<div class="scroll"><table class="heat">
<thead><tr><th scope="col" class="corner">truth \\ said</th>${classes.map((name) => html`<th scope="col"><span class="${upright}">${name}</span></th>`)}<th scope="col"><span class="${upright}">found</span></th></tr></thead>
<tbody>${classes.map(
    (name, t) =>
      html`<tr><th scope="row">${name}</th>${classes.map((_, g) => heat(count(t, g), totals[t], t === g))}<td class="found">${totals[t] > 0 ? percent(count(t, t) / totals[t], 0) : nothing}</td></tr>`,
  )}</tbody></table></div></figure>`;
};

/** Errors are shown by the root of their share: one in a hundred is worth seeing. */
const heat = (count: number, total: number, isRight: boolean): Html => {
  const share = total > 0 ? count / total : 0;
  const depth = Math.round(isRight ? 100 * share : 14 + 86 * Math.sqrt(share));
  const kind = `${isRight ? 'right' : 'wrong'}${depth > 55 ? ' deep' : ''}`;
  return count === 0
    ? html`<td class="zero">0</td>`
    : html`<td class="${kind}" style="--d: ${depth}%">${grouped(count)}</td>`;
};
