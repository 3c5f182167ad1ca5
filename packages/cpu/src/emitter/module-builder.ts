// A module under construction: one imported memory, functions in order of definition, exports. Sections 1, 2, 3, 7 and 10 of
// the binary format; no tables, globals or data.

import { name, section, unsigned, type ValueType, valueTypeCode, vector } from './encoding.ts';
import { FunctionBuilder, type FunctionRef, type Local } from './function-builder.ts';

export interface MemoryImport {
  readonly shared: boolean;
  readonly initialPages: number;
  readonly maximumPages: number;
}

type Params = { readonly [name: string]: ValueType };
type ParamLocals<P extends Params> = { readonly [K in keyof P]: Local<P[K] & ValueType> };

interface DefinedFunction {
  readonly ref: FunctionRef;
  readonly body: readonly number[];
  readonly exported: boolean;
}

export class ModuleBuilder {
  readonly #functions: DefinedFunction[] = [];
  readonly #memory: MemoryImport | undefined;

  constructor(memory?: MemoryImport) {
    this.#memory = memory;
  }

  /** Defines and exports a function without a result. Parameters come in the order of the keys. */
  func<P extends Params>(
    title: string,
    params: P,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<'none'> {
    return this.#define(title, params, 'none', body, true);
  }

  /** As `func`, not exported: for calls inside the module. */
  inner<P extends Params>(
    title: string,
    params: P,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<'none'> {
    return this.#define(title, params, 'none', body, false);
  }

  /** A function that leaves a value: its body ends with f.result(value). */
  valued<P extends Params, R extends ValueType>(
    title: string,
    params: P,
    result: R,
    body: (f: FunctionBuilder, p: ParamLocals<P>) => void,
  ): FunctionRef<R> {
    return this.#define(title, params, result, body, result !== 'v128');
  }

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
    const f = new FunctionBuilder(types.length);
    body(f, locals);
    const ref: FunctionRef<R> = { name: title, index: this.#functions.length, params: types, result };
    this.#functions.push({ ref, body: f.finish(), exported });
    return ref;
  }

  finish(): Uint8Array {
    const signatures = new Map<string, { index: number; code: number[] }>();
    const typeIndex = (ref: FunctionRef): number => {
      const key = `${ref.params.join()}>${ref.result}`;
      const known = signatures.get(key);
      if (known !== undefined) return known.index;
      const params = vector(ref.params.map((p) => [valueTypeCode[p]]));
      const results = vector(ref.result === 'none' ? [] : [[valueTypeCode[ref.result]]]);
      signatures.set(key, { index: signatures.size, code: [0x60, ...params, ...results] });
      return signatures.size - 1;
    };
    const functionTypes = this.#functions.map(({ ref }) => unsigned(typeIndex(ref)));
    const memory = this.#memory;
    const imports =
      memory === undefined
        ? []
        : [
            [
              ...name('env'),
              ...name('memory'),
              2,
              memory.shared ? 3 : 1,
              ...unsigned(memory.initialPages),
              ...unsigned(memory.maximumPages),
            ],
          ];
    const exports = this.#functions
      .filter((f) => f.exported)
      .map(({ ref }) => [...name(ref.name), 0, ...unsigned(ref.index)]);
    const parts = [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector([...signatures.values()].map((s) => s.code))),
      section(2, vector(imports)),
      section(3, vector(functionTypes)),
      section(7, vector(exports)),
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
