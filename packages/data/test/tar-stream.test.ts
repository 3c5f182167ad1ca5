import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTarEnd, encodeTarEntry, readTarStream, type TarOptions } from '../src/formats/tar-stream.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x.tar' };
const file = (name: string): Uint8Array => golden(`tar/${name}.tar`);

/** In pieces of `size` bytes, as a file or a network gives them. */
function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  bytes: Uint8Array,
  size = 1000,
  options: TarOptions = {},
): Promise<{ name: string; data: Uint8Array }[]> {
  const entries: { name: string; data: Uint8Array }[] = [];
  for await (const { name, data } of readTarStream(pieces(bytes, size), origin, options)) {
    entries.push({ name, data: data.slice() });
  }
  return entries;
}
const messageOf = async (bytes: Uint8Array, options?: TarOptions): Promise<string> =>
  (await rejectionOf(() => read(bytes, 1000, options))).message.replace('toy: file "/d/x.tar": ', '');

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const long = `${'a-folder-with-a-long-name/'.repeat(4)}a-file-with-a-long-name.txt`;
const plain: readonly (readonly [string, Uint8Array])[] = [
  ['a/b.c.txt', utf8('two dots')],
  ['a/b.cls', utf8('7')],
  ['a/c.cls', utf8('-1')],
  ['a/c.txt', utf8('')],
  ['d.bin', Uint8Array.from({ length: 512 }, (_, at) => at % 256)],
  [long, utf8('a name of more than 100 bytes')],
];
const odd: readonly (readonly [string, Uint8Array])[] = [
  ['über/雪.txt', utf8('雪')],
  [`${'x'.repeat(120)}.txt`, utf8('no slash to split at')],
];
const expected = (files: readonly (readonly [string, Uint8Array])[]): { name: string; data: Uint8Array }[] =>
  files.map(([name, data]) => ({ name, data }));

function archive(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts = files.map(([name, data]) => encodeTarEntry(name, data, origin));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Uint8Array.from([...parts, encodeTarEnd(length)].flatMap((part) => [...part]));
}

/** Header fields of the first entry changed, its checksum made right again. */
function changed(bytes: Uint8Array, change: (header: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy.subarray(0, 512));
  copy.fill(32, 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.set(utf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return copy;
}

describe('readTarStream', () => {
  it.each([1, 511, 512, 100_000])('reads what tarfile wrote, in pieces of %i bytes', async (size) => {
    expect(await read(file('ustar'), size)).toEqual(expected(plain));
    expect(await read(file('pax'), size)).toEqual(expected([...plain, ...odd]));
    expect(await read(file('gnu'), size)).toEqual(expected([...plain, ...odd]));
  });

  it('passes over folders and drops "./" of GNU tar', async () => {
    const names = (await read(file('folder'))).map(({ name }) => name);
    expect(names).toEqual(['s/0.cls', 's/0.txt', 's/1.cls', 's/1.txt']);
  });

  it('closes its source when it is left early', async () => {
    let closed = false;
    const source = (async function* () {
      try {
        yield* pieces(file('ustar'), 1000);
      } finally {
        closed = true;
      }
    })();
    for await (const { name } of readTarStream(source, origin)) {
      expect(name).toBe('a/b.c.txt');
      break;
    }
    expect(closed).toBe(true);
  });

  const fix = 'fix: write the archive again with tar --format=ustar';
  const refuse = (place: string, what: string): string => `${place}: expected a file or a folder, got ${what}; ${fix}`;
  it.each([
    ['symlink', refuse('entry "a.txt"', 'a symbolic link')],
    ['hardlink', refuse('entry "a.txt"', 'a hard link')],
    ['fifo', refuse('entry "a.txt"', 'a named pipe')],
    ['sparse-gnu', refuse('entry "hole.bin"', 'a sparse file (GNU)')],
    ['sparse-pax', `byte 0: expected a file, got a sparse file (GNU); ${fix}`],
    ['climbing', `name: expected a relative path without ".." or control characters, got "../a.txt"; ${fix}`],
    ['absolute', `name: expected a relative path without ".." or control characters, got "/a.txt"; ${fix}`],
  ])('refuses by name: %s', async (name, message) => {
    expect(await messageOf(file(name))).toBe(message);
  });

  it('refuses sizes that lie, damage and what comes behind the end', async () => {
    const ustar = file('ustar');
    expect(await messageOf(new Uint8Array(0))).toBe(
      `byte 0: expected a header or two blocks of zeros, got the end; ${fix}`,
    );
    expect(await messageOf(utf8('hello'))).toBe(`byte 0: expected a block of 512 bytes, got 5; ${fix}`);
    expect(await messageOf(Uint8Array.from([0x1f, 0x8b, ...new Uint8Array(510)]))).toBe(
      `byte 0: expected a header with its checksum, got a gzip file: pipe it through gunzip first; ${fix}`,
    );
    const flipped = ustar.slice();
    flipped[3] ^= 1;
    expect(await messageOf(flipped)).toBe(
      `byte 0: expected a header with its checksum, got another: no tar, or damaged; ${fix}`,
    );
    const big = changed(ustar, (header) => header.set(utf8('00100000000\0'), 124));
    expect(await messageOf(big)).toBe(`data of "a/b.c.txt": expected 16777216 bytes, got 9728, then the end; ${fix}`);
    const huge = changed(ustar, (header) => header.set(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 1), 124));
    expect(await messageOf(huge)).toMatch(
      /^entry "a\/b\.c\.txt": expected at most 268435456 bytes, got \d+; fix: raise/,
    );
    const negative = changed(ustar, (header) => header.fill(0xff, 124, 136));
    expect(await messageOf(negative)).toMatch(/^byte 0, size: expected a number of bytes below 2\^53, got/);
    expect(await messageOf(ustar, { maxEntryBytes: 100 })).toBe(
      'entry "d.bin": expected at most 100 bytes, got 512; fix: raise the limit if the file is to be trusted',
    );
    expect(await messageOf(ustar.subarray(0, 600))).toBe(
      `data of "a/b.c.txt": expected 504 bytes, got 80, then the end; ${fix}`,
    );
    expect(await messageOf(ustar.subarray(0, 1024))).toBe(
      `byte 1024: expected a header or two blocks of zeros, got the end; ${fix}`,
    );
    const two = Uint8Array.from([...ustar, ...ustar]);
    expect(await messageOf(two)).toBe(
      `byte 10240: expected only zeros behind the end of the archive, got other bytes; ${fix}`,
    );
  });

  it('survives damage', async () => {
    const names = ['ustar', 'pax', 'gnu', 'sparse-pax', 'folder'].map((name) => `tar/${name}.tar`);
    await survives(names, async (bytes) => {
      for (const { name, data } of await read(bytes, 4096)) {
        expect(name.split('/')).not.toContain('..');
        expect(data.length).toBeLessThanOrEqual(bytes.length);
      }
    });
    // With the checksum right again the damage gets past the header's first test.
    const field = fc.tuple(
      fc.constantFrom(0, 100, 124, 156, 157, 257, 345),
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('ustar', 'pax', 'gnu'), field, async (name, [at, bytes]) => {
        const damaged = changed(file(name), (header) => header.set(bytes, at));
        try {
          await read(damaged);
        } catch (error) {
          expect(error).toHaveProperty('name', 'DataError');
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('encodeTarEntry', () => {
  it('writes the bytes of tarfile', () => {
    expect(Buffer.compare(archive(plain), file('ustar'))).toBe(0);
  });

  it('is read again, whatever the name and the size', async () => {
    const name = fc
      .array(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map((part) => part.replace(/[/\\:.\p{C}]/gu, '_')).join('/'))
      .filter((path) => path.split('/').every((part) => part !== ''));
    const entry = fc.tuple(name, fc.uint8Array({ maxLength: 1100 }));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 3 }), async (files) => {
        expect(await read(archive(files))).toEqual(expected(files));
      }),
      { numRuns: 50 },
    );
  });
});
