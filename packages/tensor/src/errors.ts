// The engine's errors. One class tree; `message` is one line (op: expected, came, the numbers that differ, the way out)
// followed by the module path where one is known. Texts are part of the contract and tested exactly.

import { modulePath } from './scope-name.ts';

export type ErrorCode =
  | 'E_SHAPE'
  | 'E_DTYPE'
  | 'E_INDEX'
  | 'E_GRADIENT'
  | 'E_NOT_DIFFERENTIABLE'
  | 'E_DISPOSED'
  | 'E_SCOPE'
  | 'E_BACKEND'
  | 'E_ARGUMENT'
  | 'E_CAPTURE'
  | 'E_NAN';

export class OmnigradError extends Error {
  readonly code: ErrorCode;
  /** The op or function that refused. */
  readonly op: string;
  /** Dotted path of the module whose forward was running, or '' outside one. */
  readonly module: string;

  constructor(code: ErrorCode, op: string, problem: string, options?: ErrorOptions) {
    const path = modulePath();
    super(`${op}: ${problem}${path === '' ? '' : ` (in ${path})`}`, options);
    this.name = new.target.name;
    this.code = code;
    this.op = op;
    this.module = path;
  }
}

export class ShapeError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_SHAPE', op, problem);
  }
}

export class DTypeError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_DTYPE', op, problem);
  }
}

export class IndexError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_INDEX', op, problem);
  }
}

export class GradientError extends OmnigradError {
  constructor(code: 'E_GRADIENT' | 'E_NOT_DIFFERENTIABLE', op: string, problem: string) {
    super(code, op, problem);
  }
}

export class DisposedError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_DISPOSED', op, problem);
  }
}

export class ScopeError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_SCOPE', op, problem);
  }
}

export class BackendError extends OmnigradError {
  constructor(op: string, problem: string, options?: ErrorOptions) {
    super('E_BACKEND', op, problem, options);
  }
}

/** The device of a backend is gone, its tensors with it: driver reset, card removed, device.destroy(). */
export class DeviceLostError extends BackendError {
  /** As the host tells it, in one line. */
  readonly reason: string;

  constructor(op: string, reason: string, options?: ErrorOptions) {
    super(
      op,
      `the device was lost (${reason}) and its tensors with it; make a new backend and go on from the last checkpoint`,
      options,
    );
    this.reason = reason;
  }
}

export class ArgumentError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_ARGUMENT', op, problem);
  }
}

export class CaptureError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_CAPTURE', op, problem);
  }
}

export class NumericsError extends OmnigradError {
  constructor(op: string, problem: string) {
    super('E_NAN', op, problem);
  }
}

/** For states that only a defect in the engine can reach. */
export const bug = (where: string): never => {
  throw new OmnigradError('E_BACKEND', where, 'bug in the engine, please report');
};
