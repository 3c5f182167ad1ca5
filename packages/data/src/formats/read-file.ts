// Reads one file of an installed data package. It never leaves the package's directory: a path that points outside,
// by `..`, absolutely or through a symbolic link, is an error. It does not resolve or install packages.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { DataError, type Origin } from '../errors.ts';

/** No file of a set comes near this; a file above it is not what it says it is. */
export const maxFileBytes = 256 * 1024 * 1024;

/** The directory of an installed data package, checked once, so that every later path can be held inside it. */
export interface DataDirectory {
  readonly source: string;
  readonly path: string;
  readonly packageName: string;
}

/** @throws {DataError} missing, unreadable */
export function openDirectory(source: string, path: string, packageName: string): DataDirectory {
  const fail = (code: 'missing' | 'unreadable', actual: string): never => {
    const expected = `the directory of the installed package ${packageName}`;
    const fix = `install ${packageName} and pass its directory`;
    throw new DataError({ code, source, file: path, place: null, expected, actual, fix });
  };
  try {
    const real = realpathSync(path);
    if (!statSync(real).isDirectory()) return fail('unreadable', 'a file');
    return { source, path: real, packageName };
  } catch (error) {
    if (error instanceof DataError) throw error;
    return errorCode(error) === 'ENOENT'
      ? fail('missing', 'nothing there')
      : fail('unreadable', String(errorCode(error)));
  }
}

/** The bytes of `relative` inside the directory, with the origin that format readers want. @throws {DataError} */
export function readDataFile(directory: DataDirectory, relative: string): { bytes: Uint8Array; origin: Origin } {
  const file = join(directory.path, relative);
  const origin: Origin = { source: directory.source, file };
  const fix = `reinstall ${directory.packageName}`;
  try {
    const real = realpathSync(file);
    if (isAbsolute(relative) || !real.startsWith(directory.path + sep)) {
      const expected = 'a file inside the data directory';
      throw new DataError({
        ...origin,
        code: 'unreadable',
        place: null,
        expected,
        actual: 'a path that leaves it',
        fix,
      });
    }
    const { size } = statSync(real);
    if (size > maxFileBytes) {
      const expected = `at most ${maxFileBytes} bytes`;
      throw new DataError({ ...origin, code: 'too-large', place: null, expected, actual: `${size}`, fix });
    }
    return { bytes: readFileSync(real), origin };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const code = errorCode(error);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const actual = missing ? 'nothing there' : String(code);
    const kind = missing ? 'missing' : 'unreadable';
    throw new DataError({ ...origin, code: kind, place: null, expected: 'a readable file', actual, fix });
  }
}

/** As `readDataFile`, decoded as UTF-8; a byte-order mark is dropped. @throws {DataError} also on invalid UTF-8 */
export function readDataText(
  directory: DataDirectory,
  relative: string,
): { text: string; bytes: Uint8Array; origin: Origin } {
  const { bytes, origin } = readDataFile(directory, relative);
  return { text: decodeUtf8(bytes, origin), bytes, origin };
}

/** @throws {DataError} malformed, when the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, origin: Origin): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const fix = 'convert the file to UTF-8';
    throw new DataError({
      ...origin,
      code: 'malformed',
      place: null,
      expected: 'UTF-8 text',
      actual: 'other bytes',
      fix,
    });
  }
}

/** @throws {DataError} malformed, when the text is not JSON */
export function parseJson(text: string, origin: Origin, fix: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const actual = error instanceof Error ? error.message : String(error);
    throw new DataError({ ...origin, code: 'malformed', place: null, expected: 'JSON', actual, fix });
  }
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}
