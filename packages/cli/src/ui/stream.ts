// A stream that can lose its reader: whoever pipes the output into `head` must not end the training.

import { Writable } from 'node:stream';

/** What is shown is written here. process.stdout is one. */
export interface OutputStream {
  readonly columns?: number;
  readonly writable?: boolean;
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Passes everything on until the target fails, then swallows it. The listener for errors stays when the display is over:
 * a broken pipe may report itself late.
 */
export class LastingStream extends Writable {
  readonly isTTY: boolean;
  readonly #target: OutputStream;
  #isLost = false;

  constructor(target: OutputStream, isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.#target = target;
    target.on('error', () => {
      this.#isLost = true;
    });
  }

  get columns(): number {
    const { columns } = this.#target;
    return columns !== undefined && columns > 0 ? columns : 80;
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (!this.#isLost && this.#target.writable !== false) {
      try {
        this.#target.write(String(chunk));
      } catch {
        this.#isLost = true;
      }
    }
    done();
  }
}

/** One line without control characters: text from files must not move a terminal's cursor. */
export const plainLine = (text: string): string =>
  text
    .replace(/[\r\n\t]+/g, ' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
