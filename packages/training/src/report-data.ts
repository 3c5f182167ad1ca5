// What a finished run tells its reader: plain JSON shapes, shared by the trainer, `summary.json`, the closing table and `report.html`.
// Nothing is computed here. A number may be NaN where a run could not measure it.

/** One training stage. `seconds` is wall-clock; the losses are means over the first and the last steps. */
export interface StageSummary {
  stage: 1 | 2 | 3;
  steps: number;
  seconds: number;
  firstLoss: number;
  lastLoss: number;
}

/** One task on its held-out split, beside chance and a classical baseline fitted on the same training split. */
export interface TaskSummary {
  modality: string;
  task: string;
  metric: string;
  value: number;
  chance: number;
  baseline: number;
  /** Held-out examples that were scored. */
  testCount: number;
  /** Left out, it is read from the metric's name: errors and losses are better lower. */
  metricHigherIsBetter?: boolean;
  baselineName?: string;
  /** Training examples. */
  train?: number;
}

/** What `summary.json` holds. */
export interface Summary {
  seed: number;
  backend: string;
  node: string;
  stages: StageSummary[];
  tasks: TaskSummary[];
  parameters: number;
}

/** One line of `metrics.jsonl`: the loss of one modality (`a+b` for a pair) at one step of a stage. */
export interface MetricRow {
  stage: 1 | 2 | 3;
  step: number;
  modality: string;
  task: string | null;
  loss: number;
  lr: number;
  gradNorm: number;
}

/** `matrix[truth][prediction]` counts of the held-out split. */
export interface Confusion {
  modality: string;
  task: string;
  classes: string[];
  matrix: number[][];
}

/**
 * Originals beside what the model saw (`null` = hidden) and what it made of it. Arrays are row-major.
 * image: [rows, columns] or [rows, columns, channels]; spectrogram: [rows, columns]; series: [time = rows, channel = columns];
 * clip: [frames, rows, columns, channels]; spectrum: [band = rows, pixel = columns]; points: [point = rows, 3], the third
 * coordinate up; graph: [nodes, 1], fewer than `rows` nodes in a smaller graph, between `edges` [.., 2] of the item.
 */
export interface Reconstruction {
  modality: string;
  kind: 'image' | 'spectrogram' | 'series' | 'clip' | 'spectrum' | 'points' | 'graph';
  rows: number;
  columns: number;
  channels: string[];
  /** Of a clip. */
  frames?: number;
  /** Of a graph whose nodes are told apart by a class: how many there are. Left out: nodes have a number from -1 to 1. */
  classes?: number;
  items: {
    title: string;
    original: number[];
    masked: (number | null)[];
    reconstructed: number[];
    edges?: number[];
  }[];
}

/** One window: `truth`, `forecast` and `baseline` follow on `history`, in `unit`. */
export interface Forecast {
  title: string;
  unit: string;
  history: number[];
  truth: number[];
  forecast: number[];
  baseline: number[];
}

/** `text` holds the tokens as the model saw them; `hidden` the places it had to guess. */
export interface TextExample {
  text: string[];
  hidden: { position: number; truth: string; guess: string }[];
}

/** The shared space's vector of one held-out example. All vectors of a report have one length. */
export interface EmbeddingPoint {
  modality: string;
  label: string;
  vector: number[];
}

export interface ReportData {
  title: string;
  summary: Summary;
  config: unknown;
  metrics: MetricRow[];
  confusions: Confusion[];
  reconstructions: Reconstruction[];
  forecasts: Forecast[];
  texts: TextExample[];
  embeddings: EmbeddingPoint[];
  notes: string[];
}
