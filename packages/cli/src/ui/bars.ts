// The stage's bar on a terminal, by cli-progress: a line with the pace, and as many with losses as they need.

import { MultiBar } from 'cli-progress';
import type { StageState } from './stage-state.ts';
import { type LastingStream, plainLine } from './stream.ts';

const framesPerSecond = 8;
const barWidth = 28;
/** A loop that never returns to the event loop starves the timer; then a step draws after this long, in seconds. */
const drawnByStep = 0.5;

type Bar = ReturnType<MultiBar['create']>;

export class StageBars {
  readonly #state: StageState;
  readonly #now: () => number;
  readonly #stream: LastingStream;
  readonly #multi: MultiBar;
  readonly #pace: Bar;
  /** Lines of losses; made as names turn up, never taken away, so that the display does not jump. */
  readonly #lossLines: { readonly bar: Bar; text: string }[] = [];
  #names = 0;
  #drawn: number;

  constructor(state: StageState, stream: LastingStream, now: () => number) {
    this.#state = state;
    this.#stream = stream;
    this.#now = now;
    this.#drawn = now();
    this.#multi = new MultiBar({
      stream,
      fps: framesPerSecond,
      // `true` trims to the terminal's width instead of switching wrapping off, which a crash would leave off.
      linewrap: true,
      hideCursor: null,
      gracefulExit: false,
      // Lines printed above the bars push them down; an unchanged bar must be drawn again there.
      forceRedraw: true,
      format: (_options, { progress }) => this.#paceLine(progress),
    });
    this.#pace = this.#multi.create(state.steps, state.step);
  }

  step(seconds: number): void {
    this.#pace.update(this.#state.step);
    if (seconds - this.#drawn > drawnByStep) this.draw();
  }

  /** Draws now. */
  draw(): void {
    this.#multi.update();
  }

  /** A line above the bars. */
  message(line: string): void {
    this.#multi.log(`${line}\u001b[K\n`);
    this.draw();
  }

  /** Leaves the last state on the screen. */
  stop(): void {
    // A bar made only while cli-progress draws for the last time would start its timer again, for ever.
    this.#layOut();
    this.#multi.stop();
  }

  #paceLine(progress: number): string {
    this.#drawn = this.#now();
    // This line is drawn before those of the losses, so new ones are drawn in the same round.
    this.#layOut();
    const filled = Math.round(progress * barWidth);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
    return this.#fit(`${bar} ${this.#state.pace(this.#drawn).join('  ')}`);
  }

  /** Breaks the losses into lines of the terminal's width. */
  #layOut(): void {
    const { losses } = this.#state;
    const lines: string[] = [];
    for (const text of losses) {
      const last = lines[lines.length - 1];
      if (last === undefined || last.length + text.length + 3 > this.#stream.columns - 1) lines.push(`  ${text}`);
      else lines[lines.length - 1] = `${last}   ${text}`;
    }
    this.#names = Math.max(this.#names, lines.length);
    while (this.#lossLines.length < this.#names) {
      const line = { text: '', bar: this.#pace };
      const bar = this.#multi.create(1, 0, {}, { format: () => this.#fit(line.text) });
      this.#lossLines.push(Object.assign(line, { bar }));
    }
    this.#lossLines.forEach((line, i) => {
      line.text = lines[i] ?? '';
    });
  }

  #fit(text: string): string {
    return plainLine(text).slice(0, Math.max(1, this.#stream.columns - 1));
  }
}
