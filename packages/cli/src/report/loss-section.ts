// Loss curves: one small panel a stage and modality (and task), a smoothed line over the faint raw one.

import * as Plot from '@observablehq/plot';
import type { MetricRow, ReportData } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { axisRange, extent, grouped, significant } from './numbers.ts';
import { firstOf, type Palette } from './palette.ts';
import { type Section, section, swatch } from './section.ts';
import { svg } from './svg.ts';

interface Point {
  readonly step: number;
  readonly loss: number;
}

/** A curve is thinned to about this many points: more than a panel has pixels nobody sees. */
const pointsShown = 240;

/** Above this ratio of largest to smallest smoothed loss the axis is logarithmic. */
const logFrom = 20;

/**
 * s_t = sum_u a^|t-u| x_u / sum_u a^|t-u|: an exponential mean of both sides, because one of the past alone lags behind
 * a falling loss. The memory is a thirtieth of the curve on each side.
 */
export const smoothed = (points: readonly Point[]): Point[] => {
  const decay = Math.exp(-30 / Math.max(30, points.length));
  const losses = points.map((p) => p.loss);
  const there = decayed(losses, decay);
  const back = decayed(losses.toReversed(), decay).toReversed();
  return points.map(({ step, loss }, t) => ({
    step,
    // The middle is in both sums.
    loss: (there[t].sum + back[t].sum - loss) / (there[t].weight + back[t].weight - 1),
  }));
};

const decayed = (losses: readonly number[], decay: number): { sum: number; weight: number }[] => {
  let sum = 0;
  let weight = 0;
  return losses.map((loss) => {
    sum = decay * sum + loss;
    weight = decay * weight + 1;
    return { sum, weight };
  });
};

/** At most about `count` points: of every stretch the lowest and the highest, in order, so that no peak is lost. */
export const thinned = (points: readonly Point[], count: number): readonly Point[] => {
  if (points.length <= count) return points;
  const stretches = Math.max(1, Math.floor(count / 2));
  const kept: Point[] = [];
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * points.length) / stretches);
    const to = Math.floor(((s + 1) * points.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (points[i].loss < points[low].loss) low = i;
      if (points[i].loss > points[high].loss) high = i;
    }
    kept.push(points[Math.min(low, high)]);
    if (low !== high) kept.push(points[Math.max(low, high)]);
  }
  return kept;
};

const every = (points: readonly Point[], count: number): Point[] => {
  const stride = Math.max(1, Math.ceil(points.length / count));
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
};

export const lossSection = ({ metrics }: ReportData, palette: Palette): Section => {
  const stages = ([1, 2, 3] as const).flatMap((stage) => {
    const rows = metrics.filter((row) => row.stage === stage);
    return rows.length === 0
      ? []
      : [html`<h3>Stage ${stage}</h3><div class="grid">${panels(stage, rows, palette)}</div>`];
  });
  return section(
    'losses',
    'Loss curves',
    'Each panel has its own axis: losses of different modalities do not compare. The line is a running mean over the faint single steps.',
    stages,
    'No losses were recorded.',
  );
};

const panels = (stage: number, rows: readonly MetricRow[], palette: Palette): Html[] => {
  const groups = new Map<string, MetricRow[]>();
  for (const row of rows) {
    const name = row.task === null ? row.modality : `${row.modality} · ${row.task}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  // In the order of the tasks' table, not of the first batch that was drawn.
  const rank = (name: string): number => palette.names.indexOf(firstOf(groups.get(name)?.[0]?.modality ?? ''));
  return [...groups.keys()]
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => panel(stage, name, groups.get(name) ?? [], palette));
};

const panel = (stage: number, name: string, rows: readonly MetricRow[], palette: Palette): Html => {
  const look = palette.look(firstOf(rows[0]?.modality ?? ''));
  const caption = (text: string): Html =>
    html`<figcaption>${swatch(look)}${name}<span class="dim"> ${text}</span></figcaption>`;
  const points = rows.filter((r) => Number.isFinite(r.loss) && Number.isFinite(r.step)).sort((a, b) => a.step - b.step);
  if (points.length === 0) return html`<figure>${caption('no finite loss')}</figure>`;
  const line = smoothed(points);
  const [first, last] = [line[0].loss, line[line.length - 1].loss];
  const [lowest, high] = frame(points, line);
  const smoothRange = extent(line.map((p) => p.loss)) ?? [0, 1];
  const isLog = lowest > 0 && smoothRange[1] / smoothRange[0] > logFrom;
  // From zero where that leaves the curve most of the panel.
  const low = !isLog && lowest > 0 && lowest < high / 2 ? 0 : lowest;
  const inFrame = (p: Point): Point => ({ step: p.step, loss: Math.min(high, Math.max(low, p.loss)) });
  const picture = svg(
    `Loss of ${name} in stage ${stage}: from ${significant(first, 3)} to ${significant(last, 3)} over ${points.length} readings.`,
    {
      width: 340,
      height: 170,
      marginLeft: 44,
      marginRight: 12,
      marginTop: 10,
      marginBottom: 24,
      x: {
        label: null,
        domain: [Math.min(0, points[0].step), points[points.length - 1].step],
        ticks: 4,
        tickSize: 3,
        tickFormat: (step: number) => grouped(step),
      },
      y: {
        label: null,
        type: isLog ? 'log' : 'linear',
        domain: [low, high],
        ticks: isLog ? logTicks(low, high) : 4,
        tickSize: 0,
        grid: true,
        tickFormat: (loss: number) => significant(loss, 3),
      },
      marks: [
        Plot.lineY(thinned(points, pointsShown).map(inFrame), {
          x: 'step',
          y: 'loss',
          stroke: look.color,
          strokeWidth: 1,
          strokeOpacity: 0.3,
        }),
        Plot.lineY(every(line, pointsShown).map(inFrame), { x: 'step', y: 'loss', stroke: look.color, strokeWidth: 2 }),
        ...(line.length === 1 ? [Plot.dot(line, { x: 'step', y: 'loss', fill: look.color })] : []),
      ],
    },
  );
  return html`<figure>${caption(`${significant(first, 3)} → ${significant(last, 3)}${isLog ? ', log scale' : ''}`)}${picture}</figure>`;
};

/** Powers of ten between the ends; with 2 and 5 times them where those are few. */
const logTicks = (low: number, high: number): number[] => {
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const factors = powers.length > 4 ? [1] : [1, 2, 5];
  // From text: 2 * 10 ** -2 is not 0.02.
  return powers.flatMap((p) => factors.map((f) => Number(`${f}e${p}`))).filter((v) => v >= low && v <= high);
};

/** The axis: all of the line, and the single steps but for their outermost hundredth at each end. */
const frame = (points: readonly Point[], line: readonly Point[]): readonly [number, number] => {
  const sorted = points.map((p) => p.loss).sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 100);
  const values = [sorted[cut], sorted[sorted.length - 1 - cut], ...line.map((p) => p.loss)];
  const [low, high] = extent(values) ?? [0, 1];
  return axisRange(low, high);
};
