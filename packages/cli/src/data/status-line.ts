// Lines that stay, and one below them that changes while something is on its way: in a terminal only.

import { plainLine } from '../ui/stream.ts';

/** What it needs of process.stdout. */
export interface LineOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class StatusLine {
  readonly #out: LineOutput;
  #shown = false;

  constructor(out: LineOutput) {
    this.#out = out;
  }

  line(text: string): void {
    this.clear();
    this.#out.write(`${plainLine(text)}\n`);
  }

  update(text: string): void {
    if (this.#out.isTTY !== true) return;
    const room = Math.max(20, (this.#out.columns ?? 80) - 1);
    this.#out.write(`\r\u001b[K${plainLine(text).slice(0, room)}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#out.write('\r\u001b[K');
    this.#shown = false;
  }
}
