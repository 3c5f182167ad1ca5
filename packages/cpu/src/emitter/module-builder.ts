// A module under construction: one imported memory, functions in order of definition, a table of some of them, exports.
// Sections 1, 2, 3, 4, 7, 9 and 10 of the binary format; no globals or data.

import { name, section, unsigned, type ValueType, valueTypeCode, vector } from './encoding.ts';
import {
  FunctionBuilder,
  type FunctionHome,
  type FunctionRef,
  type Local,
  type Signature,
} from './function-builder.ts';

export interface MemoryImport {
  readonly shared: boolean;
  readonly initialPages: number;
  readonly maximumPages: number;
}

export type Params = { readonly [name: string]: ValueType };
export type ParamLocals<P extends Params> = { readonly [K in keyof P]: Local<P[K] & ValueType> };

export interface ModuleOptions {
  /** Fused multiply-adds of relaxed SIMD, where FunctionBuilder.mulAdd is used. */
  readonly fused?: boolean;
  /** Where the host puts `constants` before any function runs. Without it they stand in the code. */
  readonly constantsAddress?: number;
}

interface DefinedFunction {
  readonly ref: FunctionRef;
  readonly type: number;
  readonly body: readonly number[];
  readonly exported: boolean;
}

export class ModuleBuilder {
  readonly #functions: DefinedFunction[] = [];
  readonly #types = new Map<string, { readonly index: number; readonly code: readonly number[] }>();
  readonly #helpers = new Map<string, FunctionRef>();
  readonly #memory: MemoryImport | undefined;
  readonly #home: FunctionHome;
  readonly #constants = new Map<number, number>();
  #table: readonly FunctionRef[] = [];

  constructor(memory?: MemoryImport, { fused = false, constantsAddress }: ModuleOptions = {}) {
    this.#memory = memory;
    this.#home = {
      fused,
      constantAddress: (bits) => {
        if (constantsAddress === undefined) return null;
        const index = this.#constants.get(bits) ?? this.#constants.size;
        this.#constants.set(bits, index);
        return constantsAddress + 4 * index;
      },
    };
  }

  /** What the functions so far find at constantsAddress. */
  get constants(): Uint32Array {
    return Uint32Array.from(this.#constants.keys());
  }

  /** Defines and exports a function without a result. Parameters come in the order of the keys. */
  func<P extends Params>(
    title: string,
    params: P,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<'none'> {
    return this.#define(title, params, 'none', body, true);
  }

  /** As `func`, not exported: for calls inside the module. A second definition of one title gives the first. */
  inner<P extends Params>(
    title: string,
    params: P,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<'none'> {
    return this.#once(title, () => this.#define(title, params, 'none', body, false));
  }

  /** A function that leaves a value, exported unless that is a vector: its body ends with f.result(value). Once a title too. */
  valued<P extends Params, R extends ValueType>(
    title: string,
    params: P,
    result: R,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<R> {
    return this.#once(title, () => this.#define(title, params, result, body, result !== 'v128'));
  }

  /** The type of functions without a result and with these parameters. */
  signature(params: readonly ValueType[]): Signature {
    return { params, index: this.#typeIndex(params, 'none') };
  }

  /** What callIndirect finds by index. */
  table(functions: readonly FunctionRef[]): void {
    this.#table = functions;
  }

  #once<R extends ValueType | 'none'>(title: string, define: () => FunctionRef<R>): FunctionRef<R> {
    const known = this.#helpers.get(title);
    if (known !== undefined) return known as FunctionRef<R>;
    const ref = define();
    this.#helpers.set(title, ref);
    return ref;
  }

  #typeIndex(params: readonly ValueType[], result: ValueType | 'none'): number {
    const key = `${params.join()}>${result}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known.index;
    const index = this.#types.size;
    const results = vector(result === 'none' ? [] : [[valueTypeCode[result]]]);
    this.#types.set(key, { index, code: [0x60, ...vector(params.map((p) => [valueTypeCode[p]])), ...results] });
    return index;
  }

  /** A body may define the functions that it calls: they come first. */
  #define<P extends Params, R extends ValueType | 'none'>(
    title: string,
    params: P,
    result: R,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
    exported: boolean,
  ): FunctionRef<R> {
    const types = Object.values(params);
    const locals = {} as { [K in keyof P]: Local<P[K] & ValueType> };
    for (const [index, key] of Object.keys(params).entries()) {
      const at: keyof P = key;
      locals[at] = { type: params[at], index, code: [0x20, ...unsigned(index)] };
    }
    const f = new FunctionBuilder(types.length, this.#home);
    body(f, locals);
    const ref: FunctionRef<R> = { name: title, index: this.#functions.length, params: types, result };
    this.#functions.push({ ref, type: this.#typeIndex(types, result), body: f.finish(), exported });
    return ref;
  }

  #importSection(): number[] {
    if (this.#memory === undefined) return section(2, vector([]));
    const { shared, initialPages, maximumPages } = this.#memory;
    const limits = [shared ? 3 : 1, ...unsigned(initialPages), ...unsigned(maximumPages)];
    return section(2, vector([[...name('env'), ...name('memory'), 2, ...limits]]));
  }

  #tableSections(): { readonly table: number[]; readonly elements: number[] } {
    const functions = this.#table;
    if (functions.length === 0) return { table: [], elements: [] };
    const offsetZero = [0x41, 0, 0x0b];
    return {
      table: section(4, vector([[0x70, 0, ...unsigned(functions.length)]])),
      elements: section(9, vector([[0, ...offsetZero, ...vector(functions.map((ref) => unsigned(ref.index)))]])),
    };
  }

  finish(): Uint8Array {
    const exports = this.#functions
      .filter((f) => f.exported)
      .map(({ ref }) => [...name(ref.name), 0, ...unsigned(ref.index)]);
    const { table, elements } = this.#tableSections();
    const parts = [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector([...this.#types.values()].map((type) => type.code))),
      this.#importSection(),
      section(3, vector(this.#functions.map((f) => unsigned(f.type)))),
      table,
      section(7, vector(exports)),
      elements,
      section(10, vector(this.#functions.map((f) => f.body))),
    ];
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
