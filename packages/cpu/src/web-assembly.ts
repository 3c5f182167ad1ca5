// The few parts of the host's WebAssembly object that this package uses, typed here because the workspace compiles without
// the DOM library. The only file that touches the global.

export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

export type WasmModule = object;

export interface WasmInstance {
  readonly exports: { readonly [name: string]: unknown };
}

type WasmImports = { readonly [module: string]: { readonly [name: string]: unknown } };

interface WasmHost {
  readonly Memory: new (options: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: WasmImports): Promise<WasmInstance>;
}

const host: object = globalThis;
export const wasm = (host as { readonly WebAssembly: WasmHost }).WebAssembly;
