// One colour and one mark a name, given in the order in which names first appear. Colours are CSS variables: the style
// sheet decides what they are in a light and in a dark page. Marks repeat what colours say, for those who see fewer.

import type { ReportData } from '@omnigrad/training';

/** Colours in the style sheet, `--c0` ... */
export const colorCount = 13;

// Some marks are outlines and show nothing when only filled: stroke them too.
const symbols = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'cross',
  'star',
  'wye',
  'plus',
  'times',
  'asterisk',
  'diamond2',
  'square2',
  'triangle2',
] as const;

export interface Look {
  readonly color: string;
  readonly symbol: (typeof symbols)[number];
}

/** The look of the n-th name; looks repeat after the thirteenth. */
export const lookOf = (n: number): Look => ({
  color: `var(--c${n % colorCount})`,
  symbol: symbols[n % symbols.length] ?? 'circle',
});

export class Palette {
  readonly #order = new Map<string, number>();

  constructor(names: Iterable<string>) {
    for (const name of names) if (!this.#order.has(name)) this.#order.set(name, this.#order.size);
  }

  /** Names in their order. */
  get names(): readonly string[] {
    return [...this.#order.keys()];
  }

  look(name: string): Look {
    return lookOf(this.#order.get(name) ?? this.#order.size);
  }
}

/** A pair `a+b` is drawn as its first member. */
export const firstOf = (modality: string): string => modality.split('+', 1)[0] ?? modality;

export const modalityPalette = (data: ReportData): Palette =>
  new Palette([
    ...data.summary.tasks.map((t) => t.modality),
    ...data.metrics.map((m) => firstOf(m.modality)),
    ...data.embeddings.map((e) => e.modality),
    ...data.reconstructions.map((r) => r.modality),
  ]);
