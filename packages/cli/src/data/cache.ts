// The cache of fetched sets: a folder each, with a manifest that says where the files came from and what they must be.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError } from '@omnigrad/data';
import type { FetchSource } from './sources.ts';

/**
 * `OMNIGRAD_DATA`; else `omnigrad/data` in the user's folder for caches: `XDG_CACHE_HOME`, `%LOCALAPPDATA%`, `~/Library/Caches`
 * or `~/.cache`.
 */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string => {
  if (env.OMNIGRAD_DATA) return env.OMNIGRAD_DATA;
  const home = (): string => {
    if (process.platform === 'win32' && env.LOCALAPPDATA) return env.LOCALAPPDATA;
    return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  };
  return join(env.XDG_CACHE_HOME || home(), 'omnigrad', 'data');
};

/** Of the package that a set was made of. */
export interface Provenance {
  readonly package: string;
  readonly version: string;
  /** Of the archive; null where an unpacked folder was given. */
  readonly sha256: string | null;
}

interface FileRecord {
  readonly bytes: number;
  readonly sha256: string;
}

interface Manifest {
  readonly set: string;
  readonly preparation: number;
  readonly provenance: Provenance;
  readonly files: Readonly<Record<string, FileRecord>>;
}

const manifestFile = 'manifest.json';
/** Of the manifest itself. */
const format = 1;

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refetch = (name: string): string => `omnigrad data fetch ${name} --force`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {DataError} malformed */
const readManifest = (file: string, name: string): Manifest => {
  const fail = (expected: string, actual: string): DataError =>
    new DataError({ code: 'malformed', source: 'data', file, place: null, expected, actual, fix: refetch(name) });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fail('the manifest of a fetched set', error instanceof Error ? error.message : String(error));
  }
  if (!isObject(value) || value.format !== format || value.set !== name) {
    throw fail(`a manifest of ${name}, format ${format}`, 'another');
  }
  const { preparation, package: from, version, sha256, files } = value;
  const records = isObject(files) ? Object.entries(files) : [];
  const sound = records.every(
    ([path, record]) =>
      isObject(record) && Number.isSafeInteger(record.bytes) && typeof record.sha256 === 'string' && isInside(path),
  );
  if (
    typeof preparation !== 'number' ||
    typeof from !== 'string' ||
    typeof version !== 'string' ||
    (typeof sha256 !== 'string' && sha256 !== null) ||
    records.length === 0 ||
    !sound
  ) {
    throw fail('package, version and files', 'a manifest without them');
  }
  return {
    set: name,
    preparation,
    provenance: { package: from, version, sha256 },
    files: Object.fromEntries(
      records.map(([path, record]) => [
        path,
        isObject(record) ? { bytes: Number(record.bytes), sha256: String(record.sha256) } : { bytes: 0, sha256: '' },
      ]),
    ),
  };
};

/** A path that stays where it is written. */
const isInside = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !/[\\:\0]/.test(path) && !path.split('/').includes('..');

/** What is known of a set without reading its files. */
export type SetState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'fetched'; readonly bytes: number; readonly provenance: Provenance }
  | { readonly kind: 'faulty'; readonly fault: string };

export const stateOf = (source: FetchSource, cache: string): SetState => {
  const dir = join(cache, source.name);
  if (!existsSync(dir)) return { kind: 'absent' };
  try {
    const { files, preparation, provenance } = readManifest(join(dir, manifestFile), source.name);
    checkVersion(source, preparation, dir);
    for (const [path, { bytes }] of Object.entries(files)) checkSize(source.name, join(dir, path), bytes);
    return { kind: 'fetched', bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0), provenance };
  } catch (error) {
    if (error instanceof DataError) return { kind: 'faulty', fault: error.message };
    throw error;
  }
};

/**
 * The folder of a fetched set, every byte of it checked; null where it was not fetched.
 * @throws {DataError} malformed: damaged, or made by another version of this program
 */
export const cachedSet = (source: FetchSource, cache: string): string | null => {
  const dir = join(cache, source.name);
  if (!existsSync(dir)) return null;
  const { files, preparation } = readManifest(join(dir, manifestFile), source.name);
  checkVersion(source, preparation, dir);
  for (const [path, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(dir, path);
    checkSize(source.name, file, bytes);
    const actual = sha256Of(readFileSync(file));
    if (actual === sha256) continue;
    throw new DataError({
      code: 'malformed',
      source: 'data',
      file,
      place: null,
      expected: `sha256 ${sha256.slice(0, 16)}…, as when it was fetched`,
      actual: `${actual.slice(0, 16)}…`,
      fix: refetch(source.name),
    });
  }
  return dir;
};

const checkVersion = ({ name, preparation }: FetchSource, version: number, dir: string): void => {
  if (version === preparation.version) return;
  throw new DataError({
    code: 'malformed',
    source: 'data',
    file: dir,
    place: null,
    expected: `version ${preparation.version} of the conversion`,
    actual: `${version}`,
    fix: refetch(name),
  });
};

const checkSize = (name: string, file: string, bytes: number): void => {
  let size: number | null = null;
  try {
    size = statSync(file).size;
  } catch {
    // refused below
  }
  if (size === bytes) return;
  throw new DataError({
    code: 'malformed',
    source: 'data',
    file,
    place: null,
    expected: `${bytes} bytes, as when it was fetched`,
    actual: size === null ? 'nothing there' : `${size}`,
    fix: refetch(name),
  });
};

const temporary = '.fetching-';
/** A folder that nobody has written to for so long belongs to a process that was killed. */
const abandonedAfter = 86_400_000;

/** A folder beside the sets, for what is on its way; those that killed processes left are removed. */
export const temporaryFolder = (cache: string): string => {
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    if (!entry.startsWith(temporary)) continue;
    const path = join(cache, entry);
    // Its own process may remove it meanwhile.
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - written > abandonedAfter) rmSync(path, { recursive: true, force: true });
  }
  return mkdtempSync(join(cache, temporary));
};

/** Writes the files and their manifest into `work`, then gives the folder its name in one step. Returns where it lies. */
export const installSet = (
  source: FetchSource,
  cache: string,
  work: string,
  files: ReadonlyMap<string, Uint8Array>,
  provenance: Provenance,
): string => {
  const fresh = join(work, 'set');
  const records: Record<string, FileRecord> = {};
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isInside(path)) throw new RangeError(`data: ${path} leads out of the folder`);
    const file = join(fresh, ...path.split('/'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    records[path] = { bytes: bytes.length, sha256: sha256Of(bytes) };
  }
  const manifest = {
    format,
    set: source.name,
    preparation: source.preparation.version,
    ...provenance,
    licence: source.licence,
    files: records,
  };
  writeFileSync(join(fresh, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  const target = join(cache, source.name);
  // A folder with files in it is not replaced by a rename: the old one steps aside first.
  if (existsSync(target)) renameSync(target, join(work, 'old'));
  try {
    renameSync(fresh, target);
  } catch (error) {
    // Another process may have been faster with the same files.
    if (!existsSync(join(target, manifestFile))) throw error;
  }
  return target;
};
