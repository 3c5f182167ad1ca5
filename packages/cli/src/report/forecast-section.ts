// Forecasts: the history, what came, what the model said and what the baseline said.

import * as Plot from '@observablehq/plot';
import type { Forecast, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { axisRange, extent, mean, significant } from './numbers.ts';
import { legend, type Section, section, stroke } from './section.ts';
import { svg } from './svg.ts';

export const forecastSection = ({ forecasts }: ReportData): Section =>
  section(
    'forecasts',
    'Forecasts',
    'Held-out windows. The model saw what lies left of the dotted line; of a long history the end is drawn.',
    forecasts.length === 0
      ? []
      : [
          legend([
            { look: stroke('wide', 'var(--faint)'), text: 'what happened' },
            { look: stroke('solid', 'var(--model)'), text: 'model' },
            { look: stroke('dashed', 'var(--baseline)'), text: 'baseline' },
          ]),
          html`<div class="grid">${forecasts.map(panel)}</div>`,
        ],
    'No task with a forecast was evaluated.',
  );

/** Mean absolute error where both are known; NaN if nowhere. */
const error = (truth: readonly number[], guess: readonly number[]): number =>
  mean(truth.flatMap((v, i) => (i < guess.length ? [Math.abs(v - guess[i])] : [])));

const panel = ({ title, unit, history, truth, forecast, baseline }: Forecast): Html => {
  const errors = `off by ${significant(error(truth, forecast), 3)} ${unit}, baseline ${significant(error(truth, baseline), 3)} ${unit}`;
  const caption = html`<figcaption>${title}<span class="dim small"> ${errors}</span></figcaption>`;
  // Of a long history the end is enough; the forecast is what is looked at.
  const recent = history.slice(-Math.max(14, 4 * truth.length));
  const ends = extent([...recent, ...truth, ...forecast, ...baseline]);
  if (ends === null) {
    return html`<figure>${caption}<p class="none">No finite values.</p></figure>`;
  }
  // Step 0 is the last one known; each line to the right of it starts there.
  const known = recent.map((v, i) => ({ t: i - recent.length + 1, v: finite(v) }));
  const from = (values: readonly number[]): { t: number; v: number }[] => [
    ...known.slice(-1),
    ...values.map((v, i) => ({ t: i + 1, v: finite(v) })),
  ];
  const line = { x: 't', y: 'v' };
  const picture = svg(`Forecast ${title}: ${errors}.`, {
    width: 340,
    height: 170,
    marginLeft: 40,
    marginRight: 10,
    marginTop: 20,
    marginBottom: 22,
    x: {
      label: null,
      ticks: 5,
      tickSize: 3,
      tickFormat: (t: number) => (t > 0 ? `+${t}` : String(t).replace('-', '−')),
    },
    y: {
      label: unit,
      labelArrow: 'none',
      ticks: 4,
      tickSize: 0,
      grid: true,
      nice: true,
      domain: axisRange(...ends),
      tickFormat: (v: number) => significant(v, 3),
    },
    marks: [
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.4, strokeDasharray: '2 3' }),
      Plot.lineY([...known, ...from(truth).slice(known.length > 0 ? 1 : 0)], {
        ...line,
        stroke: 'var(--faint)',
        strokeWidth: 3,
      }),
      Plot.lineY(from(baseline), { ...line, stroke: 'var(--baseline)', strokeWidth: 1.5, strokeDasharray: '5 3' }),
      Plot.lineY(from(forecast), { ...line, stroke: 'var(--model)', strokeWidth: 2 }),
      Plot.dot(from(forecast).slice(known.length > 0 ? 1 : 0), { ...line, fill: 'var(--model)', r: 2.2 }),
    ],
  });
  return html`<figure>${caption}${picture}</figure>`;
};

const finite = (v: number): number => (Number.isFinite(v) ? v : Number.NaN);
