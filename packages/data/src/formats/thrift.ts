// Thrift's compact protocol, as far as Parquet's metadata use it. Own code with bounds: nothing is made larger than the
// bytes that are there, and what is not asked for is skipped.

import type { DataError } from '../errors.ts';

/** Names of the types are those of the Thrift specification. */
const [TRUE, FALSE, BYTE, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID] = [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13];
const maxDepth = 64;

export type Wrong = (expected: string, actual: string) => DataError;

/**
 * Reads one value after the other. `struct` and `list` call back once a field or an element; the call-back must read it
 * with the method of its type.
 */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #wrong: Wrong;
  #type = STRUCT;
  #depth = 0;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number, wrong: Wrong) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
    this.#wrong = wrong;
  }

  /** Fields by their numbers; others are skipped. */
  struct(fields: Readonly<Record<number, () => void>>): void {
    this.#want(this.#type === STRUCT, 'a struct');
    this.#enter();
    for (let id = 0; ; ) {
      const head = this.#byte();
      if (head === 0) break;
      const step = head >> 4;
      id = step === 0 ? unzigzag(this.#varint()) : id + step;
      this.#type = head & 15;
      const read = Object.hasOwn(fields, id) ? fields[id] : undefined;
      if (read === undefined) this.#skip(this.#type);
      else read();
    }
    this.#depth--;
  }

  list<T>(element: () => T): T[] {
    this.#want(this.#type === LIST, 'a list');
    const { size, type } = this.#listHead();
    const values: T[] = [];
    for (let at = 0; at < size; at++) {
      this.#type = type;
      values.push(element());
    }
    return values;
  }

  /** An integer of up to 64 bits, beyond 2^53 only nearly: no count or offset of a real file is that large. */
  int(): number {
    this.#want(this.#type >= BYTE && this.#type <= I64, 'an integer');
    return this.#type === BYTE ? (this.#byte() << 24) >> 24 : unzigzag(this.#varint());
  }

  bool(): boolean {
    this.#want(this.#type === TRUE || this.#type === FALSE, 'a boolean');
    return this.#type === TRUE;
  }

  binary(): Uint8Array {
    this.#want(this.#type === BINARY, 'a string');
    const size = this.#size(1);
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }

  /** A struct without fields that matter: that it is there says enough. */
  skip(): void {
    this.#skip(this.#type);
  }

  #want(is: boolean, expected: string): void {
    if (!is) throw this.#wrong(expected, `another value before byte ${this.at}`);
  }

  #enter(): void {
    if (++this.#depth > maxDepth) throw this.#wrong(`at most ${maxDepth} values in each other`, 'more');
  }

  #byte(): number {
    if (this.at >= this.#end) throw this.#wrong('a value', 'the end');
    return this.#bytes[this.at++];
  }

  #varint(): number {
    for (let value = 0, scale = 1, read = 0; read < 10; scale *= 128, read++) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.#wrong('an integer of at most 64 bits', 'a longer one');
  }

  /** Of something that takes at least `each` bytes an element. */
  #size(each: number): number {
    const size = this.#varint();
    const left = this.#end - this.at;
    if (size * each > left) throw this.#wrong(`at most ${Math.floor(left / each)} bytes or elements`, `${size}`);
    return size;
  }

  #listHead(): { size: number; type: number } {
    const head = this.#byte();
    const short = head >> 4;
    const size = short === 15 ? this.#size(1) : short;
    this.#want(size <= this.#end - this.at, 'as many elements as the list says');
    return { size, type: head & 15 };
  }

  #advance(count: number): void {
    this.#want(count <= this.#end - this.at, `${count} bytes more`);
    this.at += count;
  }

  #skip(type: number, inList = false): void {
    this.#enter();
    if (type === TRUE || type === FALSE) this.#advance(inList ? 1 : 0);
    else if (type === BYTE) this.#advance(1);
    else if (type <= I64 && type > BYTE) this.#varint();
    else if (type === DOUBLE) this.#advance(8);
    else if (type === BINARY) this.#advance(this.#size(1));
    else if (type === UUID) this.#advance(16);
    else if (type === LIST || type === SET) {
      const list = this.#listHead();
      for (let at = 0; at < list.size; at++) this.#skip(list.type, true);
    } else if (type === MAP) {
      const size = this.#size(2);
      const types = size === 0 ? 0 : this.#byte();
      for (let at = 0; at < size; at++) {
        this.#skip(types >> 4, true);
        this.#skip(types & 15, true);
      }
    } else if (type === STRUCT) {
      for (let head = this.#byte(); head !== 0; head = this.#byte()) {
        if (head >> 4 === 0) this.#varint();
        this.#skip(head & 15);
      }
    } else throw this.#wrong('a type of Thrift', `${type}`);
    this.#depth--;
  }
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
