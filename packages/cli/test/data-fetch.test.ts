// `omnigrad data fetch` and `list`, and which sets a run takes: with small packages, stand-ins for apt-get and npm, no network.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError } from '@omnigrad/data';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { cachedSet, cacheFolder, sha256Of } from '../src/data/cache.ts';
import { type FetchOptions, fetchSet } from '../src/data/fetch.ts';
import { type ChosenSets, chooseSets, fetchedStream, recordedSets, recordOf } from '../src/data/fetched.ts';
import { withDataCommands } from '../src/data/index.ts';
import { type FetchSource, fetchSources, findSource } from '../src/data/sources.ts';
import { StatusLine } from '../src/data/status-line.ts';
import { sourceOf } from '../src/data-packages.ts';

const made: string[] = [];
const temporary = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'omnigrad-fetch-'));
  made.push(path);
  return path;
};
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const write = (root: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
};

interface Screen {
  text: string;
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): void;
}

/** Collects what a command says. */
const screenOf = (isTTY = false): Screen => ({
  text: '',
  isTTY,
  columns: 100,
  write(text) {
    this.text += text;
  },
});

const sourceNamed = (name: string): FetchSource => {
  const source = findSource(name);
  if (source === null) throw new Error(`no source ${name}`);
  return source;
};

/** Twelve conferences of two teams each, which play each other and the next. */
const gml = (): string => {
  const nodes = Array.from({ length: 24 }, (_, id) => `node [ id ${id} label "T${id}" value ${id >> 1} ]`);
  const edges = Array.from({ length: 24 }, (_, id) => `edge [ source ${id} target ${(id + 1) % 24} ]`);
  return `graph [ directed 0 ${nodes.join(' ')} ${edges.join(' ')} ]`;
};

const footballFolder = (): string =>
  write(temporary(), {
    'usr/share/doc/r-cran-igraph/tests/testthat/football.gml.gz': gzipSync(gml()),
    'usr/share/doc/r-cran-igraph/copyright': 'GPL',
  });

interface Tried {
  readonly env: NodeJS.ProcessEnv;
  readonly screen: Screen;
  readonly options: (changes?: Partial<FetchOptions>) => FetchOptions;
}

const setUp = (env: NodeJS.ProcessEnv = {}, isTTY = false): Tried => {
  const full = { ...process.env, OMNIGRAD_DATA: join(temporary(), 'cache'), npm_execpath: '', ...env };
  const screen = screenOf(isTTY);
  const status = new StatusLine(screen);
  return {
    env: full,
    screen,
    options: (changes = {}) => ({ force: false, anyVersion: false, from: null, env: full, status, ...changes }),
  };
};

const faultOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  throw new Error('expected a DataError, nothing was thrown');
};

const football = sourceNamed('football');

/** Stand-ins for programs, alone on the PATH beside what a shell needs. */
const programs = (scripts: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const folder = temporary();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { PATH: folder };
};

describe('the cache', () => {
  it('lies where the environment says', () => {
    expect(cacheFolder({ OMNIGRAD_DATA: '/d', XDG_CACHE_HOME: '/x' })).toBe('/d');
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'omnigrad', 'data'));
    expect(cacheFolder({})).toContain(join('omnigrad', 'data'));
  });

  it('gets a set whole, with its licence and where it is from, once', async () => {
    const { env, screen, options } = setUp({}, true);
    const from = footballFolder();
    const dir = await fetchSet(football, options({ from }));
    expect(dir).toBe(join(cacheFolder(env), 'football'));
    expect(readdirSync(dir).sort()).toEqual(['copyright', 'football.gml', 'manifest.json']);
    expect(readdirSync(cacheFolder(env))).toEqual(['football']);
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ format: 1, set: 'football', package: 'r-cran-igraph', licence: 'GPL-2+' });
    expect(manifest.files['football.gml']).toEqual({ bytes: gml().length, sha256: sha256Of(Buffer.from(gml())) });
    expect(screen.text).toContain('football: converting');
    expect(screen.text.endsWith(`football: 0.0 MB in ${dir}\n`)).toBe(true);
    // Nothing is read again: the folder of the package may be gone.
    await fetchSet(football, options({ from: '/nowhere' }));
    expect(screen.text.endsWith(`football: already in ${dir}\n`)).toBe(true);
    const fault = await faultOf(() => fetchSet(football, options({ from: '/nowhere', force: true })));
    expect(fault).toContain('data fetch football: expected an archive or a folder, got nothing at /nowhere');
    expect(cachedSet(football, cacheFolder(env))).toBe(dir);
    await fetchSet(football, options({ from, force: true }));
    expect(readdirSync(cacheFolder(env))).toEqual(['football']);
  });

  it('leaves nothing behind when a package is not what it should be', async () => {
    const { env, options } = setUp();
    const from = write(temporary(), { 'usr/share/doc/r-cran-igraph/tests/testthat/football.gml.gz': 'no gzip' });
    expect(await faultOf(() => fetchSet(football, options({ from })))).toContain('expected a gzip file, got');
    expect(readdirSync(cacheFolder(env))).toEqual([]);
  });

  it('notices damage, and another conversion', async () => {
    const { env, options } = setUp();
    const cache = cacheFolder(env);
    const dir = await fetchSet(football, options({ from: footballFolder() }));
    const file = join(dir, 'football.gml');
    const whole = readFileSync(file);
    const changed = Uint8Array.from(whole);
    changed[100] ^= 1;
    writeFileSync(file, changed);
    expect(await faultOf(() => cachedSet(football, cache))).toMatch(
      /football\.gml": expected sha256 \w{16}…, as when it was fetched, got \w{16}…; fix: omnigrad data fetch football --force$/,
    );
    writeFileSync(file, whole.subarray(1));
    expect(await faultOf(() => cachedSet(football, cache))).toContain(
      `as when it was fetched, got ${whole.length - 1}`,
    );
    rmSync(file);
    expect(await faultOf(() => cachedSet(football, cache))).toContain('got nothing there');
    const newer = { ...football, preparation: { ...football.preparation, version: 2 } };
    expect(await faultOf(() => cachedSet(newer, cache))).toContain('expected version 2 of the conversion, got 1');
    for (const manifest of ['', '[]', '{"format":1,"set":"football","preparation":1}', '{"format":2}']) {
      writeFileSync(join(dir, 'manifest.json'), manifest);
      expect(await faultOf(() => cachedSet(football, cache))).toContain('fix: omnigrad data fetch football --force');
    }
    const climbing = { format: 1, set: 'football', preparation: 1, package: 'p', version: '1', sha256: null };
    const files = { '../x': { bytes: 1, sha256: '' } };
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...climbing, files }));
    expect(await faultOf(() => cachedSet(football, cache))).toContain('a manifest without them');
  });

  it('says when it cannot be written to', async () => {
    const file = join(temporary(), 'file');
    writeFileSync(file, '');
    const { options } = setUp({ OMNIGRAD_DATA: join(file, 'cache') });
    expect(await faultOf(() => fetchSet(football, options({ from: footballFolder() })))).toMatch(
      /expected a folder to write to, got E\w+; fix: set OMNIGRAD_DATA to a folder that you may write to/,
    );
  });
});

describe('packages', () => {
  const pedometer = sourceNamed('pedometer');
  const csv = '0,0,0,0,0,0\n';

  /** A tar of one block a file, as npm packs. */
  const tgz = (files: Readonly<Record<string, string>>, kind = '0'): string => {
    const blocks: Uint8Array[] = [];
    for (const [name, content] of Object.entries(files)) {
      const header = Buffer.alloc(512);
      header.write(name, 0);
      header.write('0000644\0', 100);
      header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
      header.write('        ', 148);
      header.write(kind, 156);
      header.write('ustar\0' + '00', 257);
      header.write(
        `${header
          .reduce((sum, value) => sum + value, 0)
          .toString(8)
          .padStart(6, '0')}\0 `,
        148,
      );
      const body = Buffer.alloc(512);
      body.write(content);
      blocks.push(header, body);
    }
    const path = join(temporary(), 'package.tgz');
    writeFileSync(path, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
    return path;
  };

  it('of npm are unpacked inside their folder, by hash unless any version will do', async () => {
    const { options } = setUp();
    const from = tgz({
      'package/package.json': '{"name":"pedometer","version":"9.9.9"}',
      'package/LICENSE': 'MIT',
      'package/test/DataWalking1.csv': csv,
      'package/index.js': 'throw 1',
    });
    expect(await faultOf(() => fetchSet(pedometer, options({ from })))).toMatch(
      /expected pedometer 0\.0\.5, sha256 d95f50986c2d52b6…, got package\.tgz, sha256 \w{16}…; fix: .*--any-version/,
    );
    const dir = await fetchSet(pedometer, options({ from, anyVersion: true }));
    expect(readdirSync(dir).sort()).toEqual(['LICENSE', 'manifest.json', 'test']);
    expect(readFileSync(join(dir, 'test', 'DataWalking1.csv'), 'utf8')).toBe(csv);
    expect(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')).version).toBe('9.9.9');
  });

  it('that would write elsewhere are refused', async () => {
    for (const name of ['../outside.csv', '/tmp/outside.csv', 'package/../../outside.csv']) {
      const { env, options } = setUp();
      const from = tgz({ [name]: csv });
      await faultOf(() => fetchSet(pedometer, options({ from, anyVersion: true })));
      expect(readdirSync(cacheFolder(env))).toEqual([]);
      expect(existsSync(join(dirname(cacheFolder(env)), 'outside.csv'))).toBe(false);
    }
    const { options } = setUp();
    await faultOf(() => fetchSet(pedometer, options({ from: tgz({ 'package/a': '' }, '2'), anyVersion: true })));
    const broken = join(temporary(), 'x.tgz');
    writeFileSync(broken, 'no gzip');
    expect(await faultOf(() => fetchSet(pedometer, options({ from: broken, anyVersion: true })))).toContain(
      'expected a .tgz of at most 536870912 bytes',
    );
  });

  // stand-ins for npm and apt-get are shell scripts
  it.skipIf(process.platform === 'win32')('that do not come: a line for each reason', async () => {
    const faultWith = (env: NodeJS.ProcessEnv, source = football): Promise<string> =>
      faultOf(() => fetchSet(source, setUp(env).options()));
    const says = (text: string): NodeJS.ProcessEnv => programs({ 'apt-get': `echo "${text}" >&2; exit 100` });
    expect(await faultWith(programs({}))).toMatch(
      /data fetch football: expected apt-get, for r-cran-igraph 1\.3\.5-3 is a Debian package, got no such program; fix: .*--from/,
    );
    expect(await faultWith(programs({}), pedometer)).toContain('expected npm, got no such program');
    for (const [text, actual, fix] of [
      ['E: Unable to locate package x', 'no such package in its lists', 'apt-get update'],
      ["E: Version '1' for 'x' was not found", 'another version only', '--any-version'],
      ["Err:1 Temporary failure resolving 'deb.example'", 'no network', 'connect'],
      ['E: Failed to fetch x  Connection timed out', 'no network', '--from'],
      ['E: write error: No space left on device', 'a full disk', 'make room'],
      ['E: something odd', 'E: something odd', 'again'],
      ['', 'no answer', 'again'],
    ]) {
      const fault = await faultWith(says(text));
      expect(fault).toContain(`got ${actual}; fix: `);
      expect(fault).toContain(fix);
    }
    const deb = join(temporary(), 'x.deb');
    writeFileSync(deb, 'deb');
    for (const [text, actual] of [
      ['tar: x: Cannot write: No space left on device', 'a full disk'],
      ['dpkg-deb: error: not a Debian format archive', 'dpkg-deb: error: not a Debian format archive'],
    ]) {
      const { options } = setUp(programs({ 'dpkg-deb': `echo "${text}" >&2; exit 2` }));
      expect(await faultOf(() => fetchSet(football, options({ from: deb })))).toContain(`got ${actual}; fix: `);
    }
    const npm = programs({ npm: 'echo "npm error code ENOTFOUND" >&2; exit 1' });
    expect(await faultWith(npm, pedometer)).toContain('expected pedometer 0.0.5 from npm, got no network');
  });

  // shell scripts again; Debian's packages are no matter of Windows
  it.skipIf(process.platform === 'win32')(
    'of Debian are downloaded at their version and unpacked by dpkg-deb',
    async () => {
      const tree = footballFolder();
      const { screen, options } = setUp({
        PATH: `${
          programs({
            'apt-get': 'echo deb > r-cran-igraph_1.3.5-3_amd64.deb; test "$*" = "download r-cran-igraph=1.3.5-3"',
            'dpkg-deb': `case "$1" in -x) cp -r ${tree}/usr "$3/" ;; *) echo 1.3.5-3 ;; esac`,
          }).PATH
        }:${process.env.PATH}`,
      });
      const dir = await fetchSet(football, options());
      expect(existsSync(join(dir, 'football.gml'))).toBe(true);
      expect(screen.text).toContain('football: r-cran-igraph 1.3.5-3 through apt-get, 3.5 MB');
    },
  );
});

describe('the table of sources', () => {
  it('has names of their own, pinned versions and hashes', () => {
    expect(new Set(fetchSources.map(({ name }) => name)).size).toBe(fetchSources.length);
    for (const { name, sha256, version, licence } of fetchSources) {
      expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(version).not.toBe('');
      expect(licence).not.toBe('');
      // the one package whose bytes depend on the processor
      if (name !== 'football') expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is shown by data list, as a table or as lines of JSON', async () => {
    const { env, options } = setUp();
    await fetchSet(football, options({ from: footballFolder() }));
    const list = async (...args: readonly string[]): Promise<string> => {
      const screen = screenOf();
      const program = new Command().exitOverride();
      withDataCommands(program, { stdout: screen, env, dataFrom: '', exit: () => undefined });
      await program.parseAsync(['data', 'list', ...args], { from: 'user' });
      return screen.text;
    };
    const table = await list();
    for (const { name } of fetchSources) expect(table).toContain(` ${name} `);
    expect(table).toContain(`cache: ${cacheFolder(env)}`);
    expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    const rows = (await list('--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.filter(({ state }) => state.kind === 'fetched').map(({ name }) => name)).toEqual(['football']);
    writeFileSync(join(cacheFolder(env), 'football', 'manifest.json'), '');
    expect(await list()).toContain('faulty: data: file');
  });

  it('is what data fetch takes names from', async () => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    withDataCommands(program, { stdout: screenOf(), env: {}, dataFrom: '', exit: () => undefined });
    await expect(program.parseAsync(['data', 'fetch', 'cifar'], { from: 'user' })).rejects.toThrow(
      'unknown set "cifar"; choose from furniture, molecules',
    );
  });
});

describe('which sets a run takes', () => {
  /** A cache with football and a toy for molecules: choosing reads no more than hashes. */
  const filled = async (): Promise<NodeJS.ProcessEnv> => {
    const { env, options } = setUp();
    await fetchSet(football, options({ from: footballFolder() }));
    return env;
  };
  const namesOf = (sets: ChosenSets): Record<string, string> => recordOf(sets);

  it('auto: those in the cache, for modalities without data of npm; poly13: none', async () => {
    const empty = setUp().env;
    expect(chooseSets(['image', 'graph', 'depth'], 'auto', empty)).toEqual({});
    const env = await filled();
    expect(namesOf(chooseSets(['image', 'graph', 'depth'], 'auto', env))).toEqual({ graph: 'football' });
    expect(chooseSets(['image', 'graph'], 'poly13', env)).toEqual({});
    expect(chooseSets(['image', 'text'], 'auto', env)).toEqual({});
  });

  it('real and names: what is missing is named with the command that gets it', async () => {
    const env = await filled();
    expect(namesOf(chooseSets(['image', 'graph'], 'real', env))).toEqual({ graph: 'football' });
    expect(await faultOf(() => chooseSets(['depth'], 'real', env))).toContain('fix: omnigrad data fetch furniture');
    expect(namesOf(chooseSets(['graph'], ['football'], env))).toEqual({ graph: 'football' });
    expect(await faultOf(() => chooseSets(['graph'], ['molecules'], env))).toContain(
      'fix: omnigrad data fetch molecules',
    );
    expect(await faultOf(() => chooseSets(['graph'], ['molecules', 'football'], env))).toContain('expected one set');
    expect(await faultOf(() => chooseSets(['image'], ['football'], env))).toContain(
      '--data: football: expected graph among the modalities, got image; fix: add it to --modalities',
    );
  });

  it('a resumed run: the same as before', async () => {
    const env = await filled();
    const sets = chooseSets(['image', 'graph'], 'auto', env);
    expect(recordedSets(recordOf(sets), ['image', 'graph'], env)).toEqual(sets);
    expect(recordedSets(null, ['graph'], env)).toEqual({});
    expect(await faultOf(() => recordedSets({ graph: 'molecules' }, ['graph'], env))).toContain(
      'graph: expected the set molecules, with which the run began, got nothing; fix: omnigrad data fetch molecules',
    );
    await faultOf(() => recordedSets({ graph: 'no such set' }, ['graph'], env));
  });

  it('says what the data are called, and differs in the fingerprint', async () => {
    const env = await filled();
    const sets = chooseSets(['image', 'graph'], 'auto', env);
    expect(
      ['image', 'graph', 'depth'].map((m) => sourceOf(m === 'image' || m === 'graph' ? m : 'depth', sets)),
    ).toEqual(['mnist', 'football', 'Poly-13, generated']);
    const set = sets.graph;
    if (set === undefined) throw new Error('no graph');
    const stream = fetchedStream('graph', set, () => []);
    expect(stream.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(() => fetchedStream('depth', set, () => [])).toThrow('set "football" has no depth');
  });
});
