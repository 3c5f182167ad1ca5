// The head of the page: what ran, for how long, and how every task stands beside chance and a classical baseline.

import type { ReportData, StageSummary, TaskSummary } from '@omnigrad/training';
import { type Html, html } from './html.ts';
import { duration, grouped, nothing, significant } from './numbers.ts';
import type { Palette } from './palette.ts';
import { type Section, section, swatch } from './section.ts';
import { formatMetric, isHigherBetter, perfectValue, type Verdict, verdictOf } from './verdict.ts';

const stageNames = {
  1: 'masked pretraining, one modality a step',
  2: 'masked pretraining of pairs',
  3: 'supervised pairs of tasks',
} as const;

const verdictWords: Readonly<Record<Verdict, string>> = {
  beat: '▲ beat',
  tie: '= tie',
  below: '▼ below',
  unknown: nothing,
};

export const header = ({ title, summary }: ReportData): Html => {
  const { stages, tasks } = summary;
  const facts: readonly (readonly [string, string])[] = [
    ['Parameters', grouped(summary.parameters)],
    ['Training', duration(stages.reduce((sum, s) => sum + s.seconds, 0))],
    ['Steps', grouped(stages.reduce((sum, s) => sum + s.steps, 0))],
    ['Seed', String(summary.seed)],
    ['Backend', summary.backend],
    ['Node', summary.node],
  ];
  return html`<header>
<p class="brand">Omnigrad · run report</p>
<h1>${title}</h1>
${tasks.length === 0 ? null : html`<p class="headline">${headline(tasks)}</p>`}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
};

const headline = (tasks: readonly TaskSummary[]): string => {
  const count = (verdict: Verdict): number => tasks.filter((t) => verdictOf(t) === verdict).length;
  const [beat, tie, below] = [count('beat'), count('tie'), count('below')];
  const rest = [tie > 0 ? `${tie} tied` : '', below > 0 ? `${below} below` : ''].filter((t) => t !== '').join(', ');
  const noun = tasks.length === 1 ? 'task' : 'tasks';
  return `Beats the classical baseline on ${beat} of ${tasks.length} ${noun}${rest === '' ? '' : ` (${rest})`}.`;
};

const stageRow = (s: StageSummary): Html => html`<tr role="row">
<th scope="row" role="rowheader">${s.stage}<span class="dim"> ${stageNames[s.stage] ?? ''}</span></th>
${cell('steps', grouped(s.steps))}${cell('time', duration(s.seconds))}
${cell('steps/s', s.seconds > 0 ? significant(s.steps / s.seconds, 3) : nothing)}
${cell('first loss', significant(s.firstLoss))}${cell('last loss', significant(s.lastLoss))}
</tr>`;

export const stagesSection = ({ summary }: ReportData): Section =>
  section(
    'stages',
    'Stages',
    'Three stages, one after the other; decoders are dropped after the second.',
    summary.stages.length === 0
      ? []
      : [
          html`<div class="scroll"><table class="cards" role="table">
<thead><tr role="row">${['stage', 'steps', 'time', 'steps/s', 'first loss', 'last loss'].map((h) => html`<th scope="col" role="columnheader">${h}</th>`)}</tr></thead>
<tbody>${summary.stages.map(stageRow)}</tbody></table></div>`,
        ],
    'No stage ran.',
  );

/** A cell that repeats its column's name where a narrow page turns rows into cards; roles, because cards would lose them. */
const cell = (name: string, content: Html | string, kind = 'number'): Html =>
  html`<td role="cell" class="${kind}" data-label="${name}"><div>${content}</div></td>`;

export const tasksSection = ({ summary }: ReportData, palette: Palette): Section => {
  const columns = ['task', 'metric', 'chance', 'baseline', 'model', 'chance to perfect', 'verdict', 'tested on'];
  return section(
    'tasks',
    'Tasks',
    'Every task on its held-out split, beside chance and a classical baseline fitted on the same training split. The verdict compares model and baseline; a tie is the same number to the digits shown. On the line from chance to perfect the tick is the baseline, the dot the model.',
    summary.tasks.length === 0
      ? []
      : [
          html`<div class="scroll"><table class="cards" role="table">
<thead><tr role="row">${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody>${summary.tasks.map((t) => taskRow(t, palette))}</tbody></table></div>`,
        ],
    'No task was evaluated.',
  );
};

const taskRow = (t: TaskSummary, palette: Palette): Html => {
  const verdict = verdictOf(t);
  const baseline = html`<span class="value">${formatMetric(t, t.baseline)}</span>${t.baselineName === undefined ? null : html`<span class="dim small"> ${t.baselineName}</span>`}`;
  const tested = `${grouped(t.testCount)}${t.train === undefined ? '' : ` (trained on ${grouped(t.train)})`}`;
  return html`<tr role="row">
<th scope="row" role="rowheader">${swatch(palette.look(t.modality))}${t.modality}<span class="dim task"> ${t.task}</span></th>
${cell('metric', html`${t.metric} <span class="dim" title="${isHigherBetter(t) ? 'higher is better' : 'lower is better'}">${isHigherBetter(t) ? '↑' : '↓'}</span>`, 'words')}
${cell('chance', html`<span class="value">${formatMetric(t, t.chance)}</span>`)}${cell('baseline', baseline)}
${cell('model', html`<strong class="value">${formatMetric(t, t.value)}</strong>`)}
${cell('chance to perfect', track(t), 'wide')}
${cell('verdict', html`<span class="verdict ${verdict}">${verdictWords[verdict]}</span>`, 'words')}
${cell('tested on', tested)}
</tr>`;
};

/** A line from chance (left) to the best value there is (right): a tick for the baseline, a dot for the model. */
const track = (t: TaskSummary): Html => {
  const best = perfectValue(t);
  if (best === null || !Number.isFinite(t.chance) || t.chance === best)
    return html`<span class="dim">${nothing}</span>`;
  const place = (value: number): string => {
    const share = (value - t.chance) / (best - t.chance);
    return `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`;
  };
  return html`<span class="track" aria-hidden="true">${Number.isFinite(t.baseline) ? html`<i class="tick" style="left: ${place(t.baseline)}"></i>` : null}${Number.isFinite(t.value) ? html`<b class="${verdictOf(t)}" style="left: ${place(t.value)}"></b>` : null}</span>`;
};
