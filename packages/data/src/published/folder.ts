// The folder of a user's copy of a published dataset. Paths come out of lists in the dataset itself, so none may lead
// outside; every fault names the dataset and its page in docs/datasets.md.

import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';
import { decodeUtf8, maxFileBytes } from '../formats/read-file.ts';

export interface Folder {
  /** The dataset's name on the command line. */
  readonly source: string;
  readonly path: string;
  /** The whole file, at most `maxBytes` (default 256 MiB). @throws {DataError} missing, unreadable, too-large */
  read(relative: string, maxBytes?: number): { readonly bytes: Uint8Array; readonly origin: Origin };
  /** As `read`, UTF-8 without its byte-order mark. @throws {DataError} also malformed */
  readText(relative: string, maxBytes?: number): { readonly text: string; readonly origin: Origin };
  /** Full path of a file inside, for readers that open it themselves. @throws {DataError} missing, unreadable */
  file(relative: string): string;
  exists(relative: string): boolean;
  /** Bytes of a file. @throws {DataError} missing, unreadable */
  size(relative: string): number;
  /** Names in a folder in the order of their code units, hidden ones left out. @throws {DataError} missing, unreadable */
  list(relative: string): readonly string[];
  /** `length` bytes from `start` on. @throws {DataError} missing, unreadable; malformed where the file is shorter */
  readRange(relative: string, start: number, length: number): { readonly bytes: Uint8Array; readonly origin: Origin };
  /** An error about a file of this folder (null: the folder as a whole). */
  fault(details: {
    readonly code: DataErrorCode;
    readonly file: string | null;
    readonly place?: string;
    readonly expected: string;
    readonly actual: string;
    readonly fix?: string;
  }): DataError;
}

/** Opens the user's copy of dataset `source`. @throws {DataError} missing, unreadable */
export function openFolder(source: string, path: string): Folder {
  const usual = `compare your copy with the layout of ${source} in docs/datasets.md`;
  const fault: Folder['fault'] = ({ code, file, place = null, expected, actual, fix = usual }) =>
    new DataError({ code, source, file: file === null ? path : join(path, file), place, expected, actual, fix });

  const root = resolveRoot();

  function resolveRoot(): string {
    const expected = `the folder of ${source}`;
    const fix = `pass the folder that holds your copy of ${source} (docs/datasets.md)`;
    try {
      const real = realpathSync(path);
      if (statSync(real).isDirectory()) return real;
    } catch (error) {
      throw systemFault(error, null, expected, fix);
    }
    throw fault({ code: 'unreadable', file: null, expected, actual: 'a file', fix });
  }

  function systemFault(error: unknown, file: string | null, expected: string, fix?: string): DataError {
    if (error instanceof DataError) return error;
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const actual = missing ? 'nothing there' : String(code);
    return fault({ code: missing ? 'missing' : 'unreadable', file, expected, actual, fix });
  }

  /** The real path of something inside; symbolic links that lead outside are refused as `..` is. */
  function inside(relative: string): string {
    const leaves = (): DataError =>
      fault({
        code: 'unreadable',
        file: null,
        expected: 'a path inside the folder of the dataset',
        actual: `${quote(relative)}, which leaves it`,
      });
    if (isAbsolute(relative) || relative.includes('\0') || relative.split(/[/\\]/).includes('..')) throw leaves();
    const real = realpathSync(join(root, relative));
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw leaves();
    return real;
  }

  function attempt<T>(relative: string, expected: string, action: (real: string) => T): T {
    try {
      return action(inside(relative));
    } catch (error) {
      throw systemFault(error, relative, expected);
    }
  }

  const sizeOf = (relative: string): number =>
    attempt(relative, 'a readable file', (real) => {
      const status = statSync(real);
      // A named pipe would be waited for without end.
      if (status.isFile()) return status.size;
      throw fault({ code: 'unreadable', file: relative, expected: 'a readable file', actual: 'something else' });
    });

  const folder: Folder = {
    source,
    path: root,
    fault,
    size: sizeOf,
    exists: (relative) => {
      try {
        inside(relative);
        return true;
      } catch {
        return false;
      }
    },
    file: (relative) => {
      sizeOf(relative);
      return attempt(relative, 'a readable file', (real) => real);
    },
    list: (relative) =>
      attempt(relative, 'a readable folder', (real) => readdirSync(real))
        .filter((name) => !name.startsWith('.'))
        .sort((a, b) => (a < b ? -1 : 1)),
    read: (relative, maxBytes = maxFileBytes) => {
      const size = sizeOf(relative);
      const origin: Origin = { source, file: join(path, relative) };
      if (size > maxBytes) {
        const [expected, actual] = [`at most ${maxBytes} bytes`, `${size}`];
        throw fault({ code: 'too-large', file: relative, expected, actual });
      }
      return { bytes: attempt(relative, 'a readable file', (real) => readFileSync(real)), origin };
    },
    readText: (relative, maxBytes) => {
      const { bytes, origin } = folder.read(relative, maxBytes);
      return { text: decodeUtf8(bytes, origin), origin };
    },
    readRange: (relative, start, length) => {
      const size = sizeOf(relative);
      if (start < 0 || start + length > size) {
        const expected = `bytes ${start} to ${start + length}`;
        throw fault({ code: 'malformed', file: relative, expected, actual: `a file of ${size}` });
      }
      const bytes = new Uint8Array(length);
      attempt(relative, 'a readable file', (real) => {
        const descriptor = openSync(real, 'r');
        try {
          for (let at = 0; at < length; ) {
            const got = readSync(descriptor, bytes, at, length - at, start + at);
            if (got === 0)
              throw fault({ code: 'malformed', file: relative, expected: `${length} bytes`, actual: `${at}` });
            at += got;
          }
        } finally {
          closeSync(descriptor);
        }
      });
      return { bytes, origin: { source, file: join(path, relative) } };
    },
  };
  return folder;
}
