// What is known of a running stage: smoothed losses, steps a second, time left. Cheap to feed, drawn elsewhere.

import { grouped, significant } from '../report/numbers.ts';

/** Share of the old value that a smoothed loss keeps. */
const decay = 0.9;

/** The rate is that of about this many seconds. */
const rateWindow = 15;

interface Smoothed {
  sum: number;
  weight: number;
}

export class StageState {
  readonly title: string;
  readonly steps: number;
  readonly stage: number;
  step: number;
  readonly #losses = new Map<string, Smoothed>();
  /** [seconds, step], one a second at most, oldest first. */
  readonly #marks: [number, number][];

  constructor(stage: number, title: string, steps: number, done: number, seconds: number) {
    this.stage = stage;
    this.title = title;
    this.steps = steps;
    this.step = done;
    this.#marks = [[seconds, done]];
  }

  add(step: number, losses: Readonly<Record<string, number>>, seconds: number): void {
    this.step = step;
    for (const name in losses) {
      const loss = losses[name];
      const old = this.#losses.get(name);
      if (old === undefined || !Number.isFinite(old.sum)) this.#losses.set(name, { sum: loss, weight: 1 });
      else {
        old.sum = decay * old.sum + loss;
        old.weight = decay * old.weight + 1;
      }
    }
    const last = this.#marks[this.#marks.length - 1];
    if (seconds - last[0] < 1) return;
    this.#marks.push([seconds, step]);
    if (this.#marks.length > 2 && seconds - this.#marks[0][0] > rateWindow) this.#marks.shift();
  }

  /** Steps a second, NaN before the first. */
  rate(seconds: number): number {
    const [since, from] = this.#marks[0];
    return this.step > from && seconds > since ? (this.step - from) / (seconds - since) : Number.NaN;
  }

  /** `image 0.312` ..., in the order in which they first came. */
  get losses(): readonly string[] {
    return [...this.#losses].map(([name, { sum, weight }]) => `${name} ${lossText(sum / weight)}`);
  }

  /** `450/1500 (30 %)  7.5 steps/s  2:20 left`. */
  pace(seconds: number): readonly string[] {
    const rate = this.rate(seconds);
    const share = this.steps > 0 ? Math.floor((100 * this.step) / this.steps) : 100;
    const count = `${this.step}/${this.steps} (${share} %)`;
    if (!Number.isFinite(rate)) return [count];
    return [count, `${significant(rate, 3)} steps/s`, `${clock((this.steps - this.step) / rate)} left`];
  }
}

export const lossText = (loss: number): string => (Number.isFinite(loss) ? loss.toPrecision(3) : String(loss));

/** 75 -> 1:15, 3675 -> 1:01:15. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (x: number): string => String(x).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** The line that closes a stage. */
export const endLine = (
  state: StageState | null,
  { seconds, firstLoss, lastLoss }: { readonly seconds: number; readonly firstLoss: number; readonly lastLoss: number },
): string => {
  const name = state === null ? 'stage' : `stage ${state.stage}`;
  const steps = state === null ? '' : `${grouped(state.step).replace(/\u00a0/g, ' ')} steps in `;
  return `${name} done: ${steps}${clock(seconds)}, loss ${lossText(firstLoss)} -> ${lossText(lastLoss)}`;
};
