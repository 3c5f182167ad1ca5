// What every layer shares: a name for error messages, and the mode of a forward pass.

import { dropout, foldKeySource, type KeySource, modulePath, type Tensor, withModuleName } from '@omnigrad/tensor';
import type { ParameterScope } from './parameters.ts';

/** Training draws its randomness from `key` (a function in a captured step); evaluation has none. */
export type Mode = { readonly training: true; readonly key: KeySource } | { readonly training: false };

export const evaluation: Mode = { training: false };
export const training = (key: KeySource): Mode => ({ training: true, key });

/** The mode for a part of a module: another key for another name. */
export const modeOf = (mode: Mode, name: string | number): Mode =>
  mode.training ? { training: true, key: foldKeySource(mode.key, name) } : mode;

export abstract class Module {
  /** Dotted, as in the names of its parameters; '' for a module at the root. */
  readonly name: string;

  constructor(scope: ParameterScope) {
    this.name = scope.path;
  }

  /** Runs `fn` with this module's name on the path that error messages show. */
  protected within<T>(fn: () => T): T {
    // The enclosing modules have said the first part of the name; lists between them and this one have not.
    const outer = modulePath();
    const own = outer !== '' && this.name.startsWith(`${outer}.`) ? this.name.slice(outer.length + 1) : this.name;
    return own === '' ? fn() : withModuleName(own, fn);
  }
}

/** Dropout in training, the identity in evaluation. */
export const drop = (x: Tensor, p: number, mode: Mode): Tensor =>
  mode.training && p > 0 ? dropout(x, mode.key, p) : x;
