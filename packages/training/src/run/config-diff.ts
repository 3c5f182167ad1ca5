// What keeps a checkpoint from fitting: another config, another set of tensors, other data. Everything that differs is
// found and put into one message; nothing is decided here about loading a part.

import { createHash } from 'node:crypto';
import { CheckpointError } from './errors.ts';

/**
 * One line for each differing field, by path: `model.trunk.width: 96 in the checkpoint, 64 asked`. Both are plain JSON data;
 * the order of keys does not count, and a field that is undefined is one that is not there.
 */
export function diffConfig(saved: unknown, asked: unknown): string[] {
  return diffAt('', saved, asked);
}

function diffAt(path: string, saved: unknown, asked: unknown): string[] {
  if (isRecord(saved) && isRecord(asked)) {
    const keys = [...new Set([...Object.keys(saved), ...Object.keys(asked)])].sort();
    return keys.flatMap((key) => diffAt(path === '' ? key : `${path}.${key}`, field(saved, key), field(asked, key)));
  }
  if (Array.isArray(saved) && Array.isArray(asked) && saved.length === asked.length) {
    return saved.flatMap((value: unknown, at) => diffAt(`${path}[${at}]`, value, asked[at]));
  }
  if (saved === asked || Object.is(saved, asked)) return [];
  return [`${path === '' ? 'config' : path}: ${show(saved)} in the checkpoint, ${show(asked)} asked`];
}

/** SHA-256 of the config with its keys in order, in hexadecimal: equal exactly where `diffConfig` finds nothing. */
export function hashConfig(config: unknown): string {
  return createHash('sha256').update(canonical(config)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    const fields = keys.sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${fields.join(',')}}`;
  }
  // JSON has no NaN; and 0 and -0 count as equal above.
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null');
}

/** Every missing, extra and wrongly shaped tensor, in the order of the model and then of the checkpoint. */
export function compareTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  got: ReadonlyMap<string, readonly number[] | { readonly shape: readonly number[] }>,
): string[] {
  const problems: string[] = [];
  for (const [name, shape] of expected) {
    const found = got.get(name);
    if (found === undefined) problems.push(`${name} ${showShape(shape)} is missing`);
    else if (showShape(shape) !== showShape(shapeOf(found))) {
      problems.push(`${name} is ${showShape(shapeOf(found))}, the model wants ${showShape(shape)}`);
    }
  }
  for (const [name, found] of got) {
    if (!expected.has(name)) problems.push(`${name} ${showShape(shapeOf(found))} is extra`);
  }
  return problems;
}

/** The error of a checkpoint of another config; `differences` from `diffConfig`. */
export function configMismatch(file: string, differences: readonly string[]): CheckpointError {
  const fix = 'resume with the same settings, or start a new run with another --out';
  return new CheckpointError('mismatch', file, `of another config: ${differences.join(', ')}`, fix);
}

/** The error of a checkpoint of another model; `problems` from `compareTensors`. */
export function tensorMismatch(file: string, problems: readonly string[]): CheckpointError {
  const problem = `its tensors do not fit the model, ${problems.length} differ: ${problems.join(', ')}`;
  return new CheckpointError('mismatch', file, problem, 'nothing was loaded; use the model that wrote it');
}

/** The error of a resume on changed data. */
export function dataMismatch(file: string, saved: string, now: string): CheckpointError {
  const problem = `of other data: fingerprint ${saved} in the checkpoint, ${now} now`;
  const fix = 'restore the data, or start a new run with another --out';
  return new CheckpointError('mismatch', file, problem, fix);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Own fields only: a config without the key 'constructor' must not seem to have one.
function field(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function shapeOf(found: readonly number[] | { readonly shape: readonly number[] }): readonly number[] {
  return 'shape' in found ? found.shape : found;
}

function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
