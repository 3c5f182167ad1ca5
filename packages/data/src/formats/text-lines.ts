// What the readers of text formats share: lines with their numbers, and numbers without surprises.

import type { Origin } from '../errors.ts';
import type { Fail } from './raster.ts';
import { decodeUtf8 } from './read-file.ts';

/** Bytes of one text file. A string of V8 ends at half a gigabyte, and its lines cost several times as much. */
export const maxTextBytes = 256 * 1024 * 1024;

/** Characters of one line in a format of short lines: a longer one is not a line of that format. */
export const maxLineLength = 1024 * 1024;

/** @throws {DataError} too-large, malformed when it is not UTF-8 */
export function decodeText(bytes: Uint8Array, origin: Origin, fail: Fail, limit = maxTextBytes): string {
  if (bytes.length > limit) throw fail('too-large', null, `at most ${limit} bytes of text`, `${bytes.length}`);
  return decodeUtf8(bytes, origin);
}

/** One line after another, trimmed, without those that are empty or hold only a comment. */
export class Lines {
  readonly #text: string;
  readonly #fail: Fail;
  readonly #comment: string | null;
  readonly #maxLength: number;
  #at = 0;
  /** Of the line that `next` gave last, counted from 1. */
  number: number;

  /** @param before lines of the file that came before the text */
  constructor(text: string, fail: Fail, comment: string | null = null, maxLength = maxLineLength, before = 0) {
    this.#text = text;
    this.#fail = fail;
    this.#comment = comment;
    this.#maxLength = maxLength;
    this.number = before;
  }

  get place(): string {
    return `line ${this.number}`;
  }

  /** Null at the end of the file. @throws {DataError} too-large, for a line over the limit */
  next(): string | null {
    while (this.#at < this.#text.length) {
      const found = this.#text.indexOf('\n', this.#at);
      const end = found < 0 ? this.#text.length : found;
      this.number++;
      if (end - this.#at > this.#maxLength) {
        throw this.#fail('too-large', this.place, `at most ${this.#maxLength} characters`, `${end - this.#at}`);
      }
      let line = this.#text.slice(this.#at, end);
      this.#at = end + 1;
      const comment = this.#comment === null ? -1 : line.indexOf(this.#comment);
      if (comment >= 0) line = line.slice(0, comment);
      line = line.trim();
      if (line !== '') return line;
    }
    return null;
  }

  /** @throws {DataError} malformed, at the end of the file */
  need(what: string): string {
    const line = this.next();
    if (line === null) throw this.#fail('malformed', this.place, what, 'the end of the file');
    return line;
  }
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal number, or NaN: `Number` would also take "", " 1", "0x10" and "Infinity". 1e999 is Infinity. */
export function parseDecimal(token: string): number {
  return decimal.test(token) ? Number(token) : Number.NaN;
}

/** A whole number of at least 0 that a double holds exactly, or NaN. */
export function parseCount(token: string): number {
  const value = /^\d{1,16}$/.test(token) ? Number(token) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

export function splitSpaces(line: string): string[] {
  return line.split(/\s+/);
}
