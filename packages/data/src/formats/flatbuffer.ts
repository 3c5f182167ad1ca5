// FlatBuffers, as far as Arrow's metadata use them. Own code with bounds: the library of that name reads zeros past the end,
// and lets a vector have any length.
// https://flatbuffers.dev/internals

import type { DataError } from '../errors.ts';

type Wrong = (expected: string, actual: string) => DataError;

/** One table: fields are asked for by the numbers that they have in the schema. */
export class FlatTable {
  readonly #view: DataView;
  readonly #wrong: Wrong;
  readonly #at: number;
  readonly #fields: number;
  readonly #fieldCount: number;

  constructor(view: DataView, at: number, wrong: Wrong) {
    this.#view = view;
    this.#wrong = wrong;
    this.#at = at;
    this.#need(at, 4);
    this.#fields = at - view.getInt32(at, true);
    this.#need(this.#fields, 4);
    const size = view.getUint16(this.#fields, true);
    this.#need(this.#fields, size);
    this.#fieldCount = Math.max(0, Math.floor((size - 4) / 2));
  }

  static root(bytes: Uint8Array, wrong: Wrong): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 4) throw wrong('metadata', `${bytes.length} bytes`);
    return new FlatTable(view, view.getUint32(0, true), wrong);
  }

  byte(slot: number, otherwise = 0): number {
    const at = this.#field(slot, 1);
    return at === null ? otherwise : this.#view.getUint8(at);
  }

  short(slot: number, otherwise = 0): number {
    const at = this.#field(slot, 2);
    return at === null ? otherwise : this.#view.getInt16(at, true);
  }

  int(slot: number, otherwise = 0): number {
    const at = this.#field(slot, 4);
    return at === null ? otherwise : this.#view.getInt32(at, true);
  }

  /** Beyond 2^53 only nearly: no count or offset of a real file is that large. */
  long(slot: number, otherwise = 0): number {
    const at = this.#field(slot, 8);
    return at === null ? otherwise : Number(this.#view.getBigInt64(at, true));
  }

  text(slot: number): Uint8Array | null {
    const found = this.#vector(slot, 1);
    if (found === null) return null;
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + found.at, found.length);
  }

  table(slot: number): FlatTable | null {
    const at = this.#field(slot, 4);
    return at === null ? null : new FlatTable(this.#view, this.#follow(at), this.#wrong);
  }

  /** @param most more are an error: a table costs many times the bytes that point at it */
  tables(slot: number, most: number): FlatTable[] {
    const { at, length } = this.#vector(slot, 4) ?? { at: 0, length: 0 };
    if (length > most) throw this.#wrong(`at most ${most} tables`, `${length}`);
    return Array.from({ length }, (_, index) => new FlatTable(this.#view, this.#follow(at + 4 * index), this.#wrong));
  }

  /** A vector of structs, or of plain numbers, of so many bytes each. */
  structs(slot: number, bytesEach: number): DataView[] {
    const { at, length } = this.#vector(slot, bytesEach) ?? { at: 0, length: 0 };
    const { buffer, byteOffset } = this.#view;
    return Array.from({ length }, (_, index) => new DataView(buffer, byteOffset + at + bytesEach * index, bytesEach));
  }

  #need(at: number, size: number): void {
    const { byteLength } = this.#view;
    if (!(at >= 0 && at + size <= byteLength)) {
      throw this.#wrong(`metadata within ${byteLength} bytes`, `${size} bytes from ${at} on`);
    }
  }

  /** Null where the table leaves the field out. */
  #field(slot: number, size: number): number | null {
    if (slot >= this.#fieldCount) return null;
    const offset = this.#view.getUint16(this.#fields + 4 + 2 * slot, true);
    if (offset === 0) return null;
    this.#need(this.#at + offset, size);
    return this.#at + offset;
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  #vector(slot: number, bytesEach: number): { at: number; length: number } | null {
    const field = this.#field(slot, 4);
    if (field === null) return null;
    const at = this.#follow(field);
    this.#need(at, 4);
    const length = this.#view.getUint32(at, true);
    this.#need(at + 4, length * bytesEach);
    return { at: at + 4, length };
  }
}
