// First and last losses of a stage, fair to what was drawn: means over the first and the last few losses of each modality
// or task, then over all of them. Kept in checkpoints, so that a resumed run reports what the unbroken one would.

export interface TrackedLosses {
  readonly first: number[];
  readonly last: number[];
}

export type TrackerState = Record<string, TrackedLosses>;

const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / Math.max(1, x.length);

export class LossTracker {
  readonly #window: number;
  readonly #items = new Map<string, TrackedLosses>();

  /** `expected`: how many losses an item will see; the windows are a quarter of it, 1 to 10 long. */
  constructor(expected: number, state: TrackerState = {}) {
    this.#window = Math.max(1, Math.min(10, Math.floor(expected / 4)));
    for (const [name, { first, last }] of Object.entries(state)) {
      this.#items.set(name, { first: [...first], last: [...last] });
    }
  }

  add(item: string, loss: number): void {
    const tracked = this.#items.get(item) ?? { first: [], last: [] };
    this.#items.set(item, tracked);
    if (tracked.first.length < this.#window) tracked.first.push(loss);
    tracked.last.push(loss);
    if (tracked.last.length > this.#window) tracked.last.shift();
  }

  get firstLoss(): number {
    return mean([...this.#items.values()].map((x) => mean(x.first)));
  }

  get lastLoss(): number {
    return mean([...this.#items.values()].map((x) => mean(x.last)));
  }

  get state(): TrackerState {
    return Object.fromEntries([...this.#items].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
