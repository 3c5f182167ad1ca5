// The table that closes a run: every task beside chance and its classical baseline.

import type { TaskSummary } from '@omnigrad/training';
import Table from 'cli-table3';
import { formatMetric, isHigherBetter, type Verdict, verdictOf } from '../report/verdict.ts';
import { plainLine } from './stream.ts';

export interface TableOptions {
  /** Lines and colours of a terminal; default: standard output is one and NO_COLOR is not set. */
  readonly fancy?: boolean;
  /** Width to fit; default that of the terminal, or 120. Long names are wrapped for it, never cut. */
  readonly columns?: number;
}

const head = ['modality', 'task', 'metric', 'chance', 'baseline', 'model', 'verdict'] as const;

/** Columns whose words may wrap, and the least they are wrapped to. */
const wrapped: Readonly<Record<number, number>> = { 1: 12, 2: 14, 4: 16 };

const colors: Readonly<Record<Verdict, number>> = { beat: 32, tie: 33, below: 31, unknown: 2 };

/** A number for plain text: no special spaces or dashes. */
const ascii = (text: string): string => text.replace(/\u00a0/g, ' ').replace(/[–−]/g, '-');

const row = (t: TaskSummary): string[] => {
  const number = (value: number): string => ascii(formatMetric(t, value));
  const verdict = verdictOf(t);
  return [
    t.modality,
    t.task,
    isHigherBetter(t) ? t.metric : `${t.metric} (lower is better)`,
    number(t.chance),
    t.baselineName === undefined ? number(t.baseline) : `${number(t.baseline)} (${t.baselineName})`,
    number(t.value),
    verdict === 'unknown' ? '-' : verdict,
  ].map(plainLine);
};

/** The table as lines without a closing newline. Without tasks: a line that says so. */
export const taskTable = (tasks: readonly TaskSummary[], options: TableOptions = {}): string => {
  if (tasks.length === 0) return 'No task was evaluated.';
  const fancy = options.fancy ?? (process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '');
  const columns = options.columns ?? (process.stdout.isTTY === true ? process.stdout.columns : 120);
  const rows = tasks.map(row);
  const table = new Table({
    head: head.map((name) => (fancy ? `\u001b[1m${name}\u001b[22m` : name)),
    colWidths: widths(rows, columns),
    colAligns: ['left', 'left', 'left', 'right', 'left', 'right', 'left'],
    wordWrap: true,
    style: { head: [], border: [], compact: fancy },
    ...(fancy ? {} : { chars: plainChars }),
  });
  for (const [i, cells] of rows.entries()) table.push(fancy ? painted(cells, verdictOf(tasks[i])) : cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

const painted = (cells: readonly string[], verdict: Verdict): string[] =>
  cells.map((text, c) => {
    if (head[c] === 'verdict') return `\u001b[${colors[verdict]}m${text}\u001b[0m`;
    return head[c] === 'model' ? `\u001b[1m${text}\u001b[22m` : text;
  });

/** Widths with the padding. What is too much for the terminal is taken from the wrapped columns, the widest first. */
const widths = (rows: readonly (readonly string[])[], columns: number): number[] => {
  const found = head.map((name, c) => Math.max(name.length, ...rows.map((cells) => cells[c].length)) + 2);
  const least = head.map((_, c) => Math.max(wrapped[c] ?? Number.POSITIVE_INFINITY, head[c].length + 2));
  const total = (): number => found.reduce((sum, w) => sum + w, 0) + found.length + 1;
  while (total() > columns) {
    const widest = found.reduce((best, w, c) => (w > least[c] && (best < 0 || w > found[best]) ? c : best), -1);
    if (widest < 0) break;
    found[widest]--;
  }
  return found;
};

const plainChars = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
} as const;
