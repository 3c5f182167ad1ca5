// Progress of a training: bars on a terminal, plain lines elsewhere. It shows; it never stops what it shows.

import { StageBars } from './bars.ts';
import { endLine, StageState } from './stage-state.ts';
import { LastingStream, type OutputStream, plainLine } from './stream.ts';

export interface ProgressOptions {
  readonly stream: OutputStream;
  readonly isTty: boolean;
  /** Off a terminal: seconds between two lines of a stage; default 10. */
  readonly everySeconds?: number;
  /** Off a terminal: steps between two lines, beside the seconds; default none. */
  readonly everySteps?: number;
  /** Seconds from any start, for tests. */
  readonly now?: () => number;
}

export interface Progress {
  /** `done`: steps that an earlier run has made. */
  stageStart(e: {
    readonly stage: number;
    readonly title: string;
    readonly steps: number;
    readonly done?: number;
  }): void;
  /** `step` counts finished steps of the stage; losses by name, those that this step had. */
  step(e: { readonly step: number; readonly losses: Readonly<Record<string, number>> }): void;
  stageEnd(e: { readonly seconds: number; readonly firstLoss: number; readonly lastLoss: number }): void;
  /** A line of its own, above the bars. */
  message(line: string): void;
  /** Leaves what was drawn. Messages may still follow; calling it again does nothing. */
  stop(): void;
}

/** A stream that breaks (a closed pipe) silences the display and raises nothing. */
export const createProgress = (options: ProgressOptions): Progress => new StageProgress(options);

class StageProgress implements Progress {
  readonly #stream: LastingStream;
  readonly #now: () => number;
  readonly #everySeconds: number;
  readonly #everySteps: number;
  #state: StageState | null = null;
  #bars: StageBars | null = null;
  #lineAt = 0;
  #lineStep = 0;

  constructor({ stream, isTty, everySeconds = 10, everySteps, now }: ProgressOptions) {
    this.#stream = new LastingStream(stream, isTty);
    this.#everySeconds = everySeconds;
    this.#everySteps = everySteps ?? Number.POSITIVE_INFINITY;
    this.#now = now ?? (() => performance.now() / 1000);
  }

  stageStart({ stage, title, steps, done = 0 }: Parameters<Progress['stageStart']>[0]): void {
    this.stop();
    const seconds = this.#now();
    this.#state = new StageState(stage, plainLine(title), steps, done, seconds);
    this.#lineAt = seconds;
    this.#lineStep = done;
    this.#line(`${this.#state.title}: ${steps} steps${done > 0 ? `, ${done} of them done` : ''}`);
    if (this.#stream.isTTY) this.#bars = new StageBars(this.#state, this.#stream, this.#now);
  }

  step({ step, losses }: Parameters<Progress['step']>[0]): void {
    const state = this.#state;
    if (state === null) return;
    const seconds = this.#now();
    state.add(step, losses, seconds);
    if (this.#bars !== null) this.#bars.step(seconds);
    else if (seconds - this.#lineAt >= this.#everySeconds || step - this.#lineStep >= this.#everySteps) {
      this.#lineAt = seconds;
      this.#lineStep = step;
      this.#line(`stage ${state.stage}: ${[...state.pace(seconds), `loss ${state.losses.join(', ')}`].join(', ')}`);
    }
  }

  stageEnd(e: Parameters<Progress['stageEnd']>[0]): void {
    const state = this.#state;
    this.stop();
    this.#line(endLine(state, e));
  }

  message(line: string): void {
    if (this.#bars === null) this.#line(line);
    else this.#bars.message(plainLine(line));
  }

  stop(): void {
    this.#bars?.stop();
    this.#bars = null;
    this.#state = null;
  }

  #line(text: string): void {
    this.#stream.write(`${plainLine(text)}\n`);
  }
}
