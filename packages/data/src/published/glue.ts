// GLUE: nine tasks of English sentences and pairs of them, each with its own TSV layout.
// Cells are never quoted: a quotation mark is a character of the sentence.

import type { RawText } from '../datasets/dataset.ts';
import { type DataError, quote } from '../errors.ts';
import { parseDecimal } from '../formats/text-lines.ts';
import { faultAt, firstThere, linesOf, type Place } from './fields.ts';
import type { Folder } from './folder.ts';
import { reporting } from './lists.ts';
import type { PublishedDefinition, PublishedTarget, Report } from './published.ts';
import { type TextRow, textDataset } from './texts.ts';

interface Task {
  /** Name of the folder. */
  readonly folder: string;
  /** Columns of the sentence, or of both; their names differ in no split. */
  readonly texts: readonly [string] | readonly [string, string];
  readonly label: string;
  /** Texts of the label in the order of the class ids; null: a number from 0 to 5. */
  readonly labels: readonly string[] | null;
  readonly classes: readonly string[];
  /** Names of columns where train and dev have no header. */
  readonly header?: readonly string[];
  /** Parts of the dev and test sets: MNLI has two of each. */
  readonly parts?: readonly string[];
}

const entailment = ['entailment', 'not_entailment'];

const tasks: Readonly<Record<string, Task>> = {
  cola: {
    folder: 'CoLA',
    texts: ['sentence'],
    label: 'label',
    labels: ['0', '1'],
    classes: ['unacceptable', 'acceptable'],
    header: ['source', 'label', 'mark', 'sentence'],
  },
  'sst-2': {
    folder: 'SST-2',
    texts: ['sentence'],
    label: 'label',
    labels: ['0', '1'],
    classes: ['negative', 'positive'],
  },
  mrpc: {
    folder: 'MRPC',
    texts: ['#1 String', '#2 String'],
    label: 'Quality',
    labels: ['0', '1'],
    classes: ['not_equivalent', 'equivalent'],
  },
  qqp: {
    folder: 'QQP',
    texts: ['question1', 'question2'],
    label: 'is_duplicate',
    labels: ['0', '1'],
    classes: ['not_duplicate', 'duplicate'],
  },
  'sts-b': { folder: 'STS-B', texts: ['sentence1', 'sentence2'], label: 'score', labels: null, classes: [] },
  mnli: {
    folder: 'MNLI',
    texts: ['sentence1', 'sentence2'],
    label: 'gold_label',
    labels: ['entailment', 'neutral', 'contradiction'],
    classes: ['entailment', 'neutral', 'contradiction'],
    parts: ['matched', 'mismatched'],
  },
  qnli: {
    folder: 'QNLI',
    texts: ['question', 'sentence'],
    label: 'label',
    labels: entailment,
    classes: entailment,
  },
  rte: { folder: 'RTE', texts: ['sentence1', 'sentence2'], label: 'label', labels: entailment, classes: entailment },
  wnli: {
    folder: 'WNLI',
    texts: ['sentence1', 'sentence2'],
    label: 'label',
    labels: ['0', '1'],
    classes: ['not_entailment', 'entailment'],
  },
};

/** Of the lines of a file, one in so many may be broken, as a line break inside a question of QQP makes them. */
const linesForOneBroken = 1000;

/** Of STS-B. */
const maxScore = 5;

/** Splits by name with the name of their file, and whether the file has labels. */
function filesOf(task: Task): readonly (readonly [string, string, boolean])[] {
  const held = (split: string, file: string, labelled: boolean): (readonly [string, string, boolean])[] =>
    task.parts === undefined
      ? [[split, `${file}.tsv`, labelled]]
      : task.parts.map((part) => [`${split}-${part}`, `${file}_${part}.tsv`, labelled]);
  return [['train', 'train.tsv', true], ...held('validation', 'dev', true), ...held('test', 'test', false)];
}

function readTask(
  folder: Folder,
  task: Task,
  [split, name, labelled]: readonly [string, string, boolean],
  report: Report,
) {
  const file = firstThere(folder, [`${task.folder}/${name}`, name], `the ${split} rows of ${task.folder}`);
  const { text } = folder.readText(file);
  const rows: TextRow[] = [];
  const broken: DataError[] = [];
  let columns: readonly string[] | null = labelled ? (task.header ?? null) : null;
  let lines = 0;
  for (const { line, number } of linesOf(text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    const cells = line.split('\t');
    if (columns === null) {
      columns = cells.map((cell) => cell.trim());
      const needed = [...task.texts, ...(labelled ? [task.label] : [])];
      // The test files of CoLA and SST-2 name their column as the others do.
      const absent = needed.find((column) => !columns?.includes(column));
      if (absent !== undefined) {
        throw faultAt(
          at,
          'malformed',
          `a column ${quote(absent)}`,
          columns.map(quote).join(', ').slice(0, 120),
          'get the file again',
        );
      }
      continue;
    }
    lines++;
    if (cells.length !== columns.length) {
      broken.push(faultAt(at, 'malformed', `${columns.length} cells parted by tabs`, `${cells.length}`));
      continue;
    }
    const header = columns;
    const row = reporting(report, () => readRow(task, header, cells, labelled, at));
    if (row !== null) rows.push(row);
  }
  if (broken.length * linesForOneBroken > lines) for (const fault of broken) report(fault);
  return [split, rows] as const;
}

function readRow(
  task: Task,
  columns: readonly string[],
  cells: readonly string[],
  labelled: boolean,
  at: Place,
): TextRow {
  const texts = task.texts.map((column) => {
    const text = cells[columns.indexOf(column)].trim();
    return text;
  });
  const [text, pair] = texts;
  const input: RawText = pair === undefined ? { text } : { text, pair };
  const target: PublishedTarget = labelled
    ? labelOf(task, cells[columns.indexOf(task.label)].trim(), at)
    : { kind: 'none' };
  return { file: `${at.file}:${at.place.slice('line '.length)}`, input, target, place: at.place };
}

function labelOf({ labels, label }: Task, cell: string, at: Place): PublishedTarget {
  if (labels === null) {
    const score = parseDecimal(cell);
    if (score >= 0 && score <= maxScore) return { kind: 'values', values: Float32Array.of(score) };
    throw faultAt(at, 'bad-value', `a ${label} from 0 to ${maxScore}`, quote(cell));
  }
  const id = labels.indexOf(cell);
  if (id >= 0) return { kind: 'class', id };
  throw faultAt(at, 'bad-value', `a ${label} of ${labels.join(', ')}`, quote(cell));
}

export const glue: PublishedDefinition<RawText> = {
  name: 'glue',
  title: 'GLUE',
  modality: 'text',
  task: 'classify a sentence (CoLA, SST-2) or a pair of them (MRPC, QQP, MNLI, QNLI, RTE, WNLI), or score how alike they are (STS-B)',
  metric:
    'CoLA: Matthews correlation; SST-2, MNLI (both parts), QNLI, RTE, WNLI: accuracy; MRPC, QQP: F1 and accuracy; STS-B: Pearson and Spearman correlation of scores from 0 to 5',
  licence: 'that of each task, see the GLUE paper; the benchmark grants none of its own',
  source: 'https://gluebenchmark.com/tasks',
  layout: [
    'CoLA/{train,dev,test}.tsv',
    'SST-2/{train,dev,test}.tsv',
    'MRPC/{train,dev,test}.tsv',
    'QQP/{train,dev,test}.tsv',
    'STS-B/{train,dev,test}.tsv',
    'MNLI/{train,dev_matched,dev_mismatched,test_matched,test_mismatched}.tsv',
    'QNLI/{train,dev,test}.tsv',
    'RTE/{train,dev,test}.tsv',
    'WNLI/{train,dev,test}.tsv',
  ],
  split:
    'official: train, dev as validation, test without labels; MNLI has two of each of the latter, "-matched" and "-mismatched"',
  counts: { train: 8551, validation: 1043, test: 1063 },
  protocols: Object.keys(tasks),
  notes: [
    'Quotation marks are characters. CoLA has no header in train and dev.',
    'Lines with another number of cells than the header are left out where they are at most one in 1,000, as the line breaks inside some questions of QQP make them; more are a fault.',
    'The folder of the task alone does too. The diagnostic set (AX) and the original files of MRPC (msr_paraphrase_*.txt) are not read.',
    'Class ids: not_entailment is 1 in QNLI and RTE and 0 in WNLI; MNLI counts entailment, neutral, contradiction.',
  ],
  async open(folder, report, { protocol = 'cola' }) {
    const task = tasks[protocol];
    const rows = new Map(filesOf(task).map((part) => readTask(folder, task, part, report)));
    return textDataset(folder, protocol, task.classes, rows);
  },
};
