// JSON as a run writes it. JSON knows no NaN or Infinity and would turn them into null in silence; here they become the
// strings "NaN", "Infinity" and "-Infinity", so that a diverged run says so.

import { RunError } from './errors.ts';

/** @throws {RunError} bad-value: what JSON cannot hold, such as a bigint or a cycle */
export function stringify(file: string, value: unknown, indent?: number): string {
  let text: unknown;
  try {
    text = JSON.stringify(value, nameNonFinite, indent);
  } catch (error) {
    // V8's own words change from version to version.
    throw badValue(file, 'a bigint or a cycle has no JSON', error);
  }
  if (typeof text !== 'string') throw badValue(file, `${typeof value} has no JSON`);
  return text;
}

function nameNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function badValue(file: string, reason: string, cause?: unknown): RunError {
  return new RunError('bad-value', 'file', file, `cannot hold the value: ${reason}`, 'pass plain data', { cause });
}
