import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DataError } from '../src/errors.ts';
import { expandBraces } from '../src/webdataset/brace.ts';
import { splitFieldName } from '../src/webdataset/fields.ts';
import {
  createShardReader,
  type ShardReader,
  type ShardReaderOptions,
  type ShardSample,
} from '../src/webdataset/shard-reader.ts';
import { type SampleToWrite, writeShards } from '../src/webdataset/write-shards.ts';
import { errorOf, makeDirectory, rejectionOf, wavBytes } from './fixtures.ts';
import { golden } from './mutated.ts';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
function folder(files: Readonly<Record<string, Uint8Array>> = {}): string {
  const { path, remove } = makeDirectory(files);
  cleanUps.push(remove);
  return path;
}
function open(options: ShardReaderOptions, state?: ReturnType<ShardReader['state']>): ShardReader {
  const reader = createShardReader(options, state);
  cleanUps.push(() => reader.close());
  return reader;
}
const numbered = (count: number, from = 0): SampleToWrite[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `${from + index}`.padStart(4, '0'),
    fields: { cls: (from + index) % 7, txt: `sample ${from + index}` },
  }));
const name = (index: number): string => `t-${index}.tar`;
const keysOf = async (reader: ShardReader): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of reader) keys.push(key);
  return keys;
};
const messageOf = async (run: () => Promise<unknown>, root: string): Promise<string> =>
  (await rejectionOf(run)).message.replaceAll(root, '');

/** 5 shards of 10, 10, 10, 10 and 3 samples. */
async function fiveShards(): Promise<string> {
  const root = folder();
  await writeShards(numbered(43), { root, name, maxSamples: 10 });
  return root;
}
const all = numbered(43).map(({ key }) => key);

describe('names', () => {
  it('expands braces as a shell does', () => {
    expect(expandBraces('a.tar')).toEqual(['a.tar']);
    expect(expandBraces('t-{008..011}.tar')).toEqual(['t-008.tar', 't-009.tar', 't-010.tar', 't-011.tar']);
    expect(expandBraces('{a,b}/{9..10}')).toEqual(['a/9', 'a/10', 'b/9', 'b/10']);
    expect(expandBraces('{0..0012}')[3]).toBe('0003');
    const fix = 'fix: write a pattern such as train-{0000..0012}.tar';
    expect(errorOf(() => expandBraces('{2..1}')).message).toBe(
      `webdataset: file "{2..1}": pattern: expected a range that goes up, got {2..1}; ${fix}`,
    );
    expect(errorOf(() => expandBraces('{0..9')).message).toMatch(/expected braces that close and do not nest, got/);
    expect(errorOf(() => expandBraces('{x}')).message).toMatch(/expected a list a,b or a range 0..9 in braces, got/);
    expect(errorOf(() => expandBraces('{0..999}{0..999}{0..9}')).message).toMatch(/expected at most 1000000 names/);
    expect(errorOf(() => expandBraces('{0..999999999}')).message).toMatch(/expected at most 1000000 names/);
  });

  it('splits at the first dot of the file name', () => {
    expect(splitFieldName('a/b.c.JPG')).toEqual({ key: 'a/b', extension: 'c.jpg' });
    expect(splitFieldName('a.b/c.d')).toEqual({ key: 'a.b/c', extension: 'd' });
    for (const other of ['a/b', '.hidden', 'a/.x.txt', 'a.', '__info__.json', 'a/__meta__.txt']) {
      expect(splitFieldName(other)).toBe(null);
    }
  });
});

describe('writeShards', () => {
  it('gives the same bytes every time, fields sorted, and what it writes is read', async () => {
    const samples: SampleToWrite[] = [
      { key: 'x/0', fields: { txt: 'snow', cls: 3, 'seg.bin': Uint8Array.of(1, 2), json: { a: [1] } } },
      { key: 'x/1', fields: { txt: '', cls: -1, 'seg.bin': new Uint8Array(0), json: null } },
    ];
    const [first, second] = [folder(), folder()];
    expect(await writeShards(samples, { root: first })).toEqual(['shard-000000.tar']);
    await writeShards(samples, { root: second });
    const bytes = readFileSync(join(first, 'shard-000000.tar'));
    expect(bytes.equals(readFileSync(join(second, 'shard-000000.tar')))).toBe(true);
    expect(bytes.subarray(0, 7).toString()).toBe('x/0.cls');
    const reader = open({ root: first, shards: ['shard-000000.tar'] });
    const one = await reader.next();
    expect(one?.key).toBe('x/0');
    expect([...(one?.fields ?? [])]).toEqual([
      ['cls', 3],
      ['json', { a: [1] }],
      ['seg.bin', Uint8Array.of(1, 2)],
      ['txt', 'snow'],
    ]);
    expect((await reader.next())?.fields.get('json')).toBe(null);
    expect(await reader.next()).toBe(null);
  });

  it('closes shards by samples and by bytes', async () => {
    const root = folder();
    expect(await writeShards(numbered(5), { root, name, maxSamples: 2 })).toHaveLength(3);
    expect(await writeShards(numbered(5), { root, name, maxBytes: 4096 })).toHaveLength(3);
    expect(await writeShards([], { root, name })).toEqual([]);
  });

  it('refuses what would be read as something else', async () => {
    const root = folder();
    const write = (...samples: SampleToWrite[]): Promise<string> =>
      messageOf(() => writeShards(samples, { root, name }), root);
    expect(await write({ key: 'a.b', fields: { txt: '' } })).toBe(
      'webdataset: file "/t-0.tar": name: expected a key without a dot in its last part and a lower-case extension, got "a.b.txt"; fix: rename the sample or its field',
    );
    expect(await write({ key: 'a', fields: { TXT: '' } })).toMatch(/a lower-case extension, got "a\.TXT"/);
    expect(await write({ key: '../a', fields: { txt: '' } })).toMatch(/expected a relative path without/);
    expect(await write({ key: 'a', fields: { x: 1 } }, { key: 'a', fields: { y: 1 } })).toMatch(/got "a" again/);
    expect(await write({ key: 'a', fields: {} })).toMatch(/expected at least one field, got none/);
    expect(await write({ key: 'a', fields: { x: Number.NaN } })).toMatch(/expected bytes, a text, a number or/);
    expect(await write({ key: 'a', fields: { x: Float32Array.of(1) } })).toMatch(/fix: encode arrays to bytes first$/);
    writeFileSync(join(root, 'file'), '');
    expect(await messageOf(() => writeShards(numbered(1), { root: join(root, 'file'), name }), root)).toBe(
      'webdataset: file "/file": expected a folder that can be written, got EEXIST; fix: check the folder and the space on the disk',
    );
  });
});

describe('createShardReader', () => {
  it('reads in order without a seed', async () => {
    const root = await fiveShards();
    const reader = open({ root, shards: 't-{0..4}.tar' });
    expect(await keysOf(reader)).toEqual(all);
    expect(await keysOf(reader)).toEqual(all);
    expect(reader.state().epoch).toBe(2);
  });

  it('shuffles by seed and epoch, each sample once', async () => {
    const root = await fiveShards();
    const shuffled = (seed: number, buffer = 8): ShardReader =>
      open({ root, shards: 't-{0..4}.tar', shuffle: { seed: [seed, 0], buffer } });
    const reader = shuffled(1);
    const [first, second] = [await keysOf(reader), await keysOf(reader)];
    for (const keys of [first, second, await keysOf(shuffled(2))]) expect(keys.toSorted()).toEqual(all);
    expect(first).not.toEqual(all);
    expect(second).not.toEqual(first);
    expect(await keysOf(shuffled(1))).toEqual(first);
    expect(await keysOf(shuffled(2))).not.toEqual(first);
    // A buffer of one mixes shards only.
    const inOrder = await keysOf(shuffled(1, 1));
    const blocks = inOrder.filter((key, at) => at > 0 && Number(key) !== Number(inOrder[at - 1]) + 1);
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.every((key) => Number(key) % 10 === 0)).toBe(true);
    expect(inOrder.toSorted()).toEqual(all);
  });

  it('mixes well: where a sample comes does not hang on where it lay', async () => {
    const root = folder();
    await writeShards(numbered(200), { root, name, maxSamples: 200 });
    const keys = await keysOf(open({ root, shards: ['t-0.tar'], shuffle: { seed: [5, 6], buffer: 200 } }));
    const places = keys.map(Number);
    const correlation =
      places.reduce((sum, place, at) => sum + (place - 99.5) * (at - 99.5), 0) / ((200 * (200 * 200 - 1)) / 12);
    expect(Math.abs(correlation)).toBeLessThan(0.25);
  });

  it('a state resumes exactly the rest of the unbroken run', async () => {
    const root = await fiveShards();
    const cases = fc.record({
      stop: fc.integer({ min: 0, max: 100 }),
      buffer: fc.constantFrom(1, 4, 17, 60),
      seed: fc.option(fc.nat({ max: 9 }), { nil: null }),
      by: fc.constantFrom('shard' as const, 'sample' as const),
      world: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ stop, buffer, seed, by, world }) => {
        const options: ShardReaderOptions = {
          root,
          shards: 't-{0..4}.tar',
          shuffle: seed === null ? null : { seed: [seed, 3], buffer },
          part: { rank: world - 1, world, by },
        };
        const unbroken = createShardReader(options);
        const take = async (reader: ShardReader, count: number): Promise<(string | null)[]> => {
          const keys: (string | null)[] = [];
          for (let at = 0; at < count; at++) keys.push((await reader.next())?.key ?? null);
          return keys;
        };
        await take(unbroken, stop);
        // Through JSON, as a checkpoint keeps it.
        const state = JSON.parse(JSON.stringify(unbroken.state()));
        const resumed = createShardReader(options, state);
        expect(resumed.state()).toEqual(state);
        expect(await take(resumed, 50)).toEqual(await take(unbroken, 50));
        await unbroken.close();
        await resumed.close();
      }),
      { numRuns: 25 },
    );
  });

  it('shares out without overlap', async () => {
    const root = await fiveShards();
    for (const by of ['shard', 'sample'] as const) {
      for (const [world, workers] of [
        [1, 3],
        [2, 2],
        [5, 1],
      ]) {
        const parts: string[][] = [];
        for (let index = 0; index < world * workers; index++) {
          const part = { rank: Math.floor(index / workers), world, worker: index % workers, workers, by };
          const shuffle = { seed: [4, 4], buffer: 6 } as const;
          parts.push(await keysOf(open({ root, shards: 't-{0..4}.tar', shuffle, part })));
        }
        expect(parts.flat().toSorted()).toEqual(all);
        if (by === 'sample') expect(Math.max(...parts.map((keys) => keys.length))).toBe(Math.ceil(43 / parts.length));
      }
    }
    expect(errorOf(() => open({ root, shards: 't-{0..4}.tar', part: { world: 6 } })).message).toBe(
      "webdataset: part: expected at least 6 shards for world x workers, got 5; fix: write more shards, or pass part: { by: 'sample' }",
    );
    expect(errorOf(() => open({ root, shards: 't-{0..4}.tar', part: { rank: 2, world: 2 } })).message).toBe(
      'webdataset: rank, world: expected 0 <= rank < world, got 2, 2; fix: count from 0',
    );
  });

  it('pairs the modalities of parallel folders', async () => {
    const root = folder();
    for (const [modality, extension] of [
      ['rgb', 'txt'],
      ['depth', 'cls'],
    ]) {
      const samples = numbered(20).map(({ key, fields }) => ({ key, fields: { [extension]: fields[extension] } }));
      await writeShards(samples, { root: join(root, modality), name, maxSamples: 8 });
    }
    const options: ShardReaderOptions = {
      root,
      shards: 't-{0..2}.tar',
      modalities: ['rgb', 'depth'],
      shuffle: { seed: [0, 0], buffer: 5 },
    };
    const samples: ShardSample[] = [];
    for await (const sample of open(options)) samples.push(sample);
    expect(samples.map(({ key }) => key).toSorted()).toEqual(numbered(20).map(({ key }) => key));
    for (const { key, fields } of samples) {
      expect([...fields]).toEqual([
        ['rgb.txt', `sample ${Number(key)}`],
        ['depth.cls', Number(key) % 7],
      ]);
    }
    const only = open({ ...options, fields: ['depth.cls'] });
    expect([...((await only.next())?.fields.keys() ?? [])]).toEqual(['depth.cls']);
  });

  it('names the stem that lacks its partner', async () => {
    const root = folder();
    const write = (modality: string, keys: readonly string[]): Promise<unknown> =>
      writeShards(
        keys.map((key) => ({ key, fields: { cls: 0 } })),
        { root: join(root, modality), name },
      );
    const message = async (rgb: readonly string[], depth: readonly string[]): Promise<string> => {
      await write('rgb', rgb);
      await write('depth', depth);
      const reader = open({ root, shards: ['t-0.tar'], modalities: ['rgb', 'depth'] });
      return messageOf(() => keysOf(reader), root);
    };
    const lacks = (where: string, key: string, of: string): string =>
      `webdataset: file "/${where}/t-0.tar": expected a partner for "${key}" of /${of}/t-0.tar, got none; fix: write both shards from the same samples`;
    expect(await message(['a', 'b', 'c'], ['a', 'c'])).toBe(lacks('depth', 'b', 'rgb'));
    expect(await message(['a', 'c'], ['a', 'b', 'c'])).toBe(lacks('rgb', 'b', 'depth'));
    expect(await message(['a', 'b'], ['a'])).toBe(lacks('depth', 'b', 'rgb'));
    expect(await message(['a'], ['a', 'b'])).toBe(lacks('rgb', 'b', 'depth'));
    expect(await message(['a', 'b', 'c'], ['a', 'c', 'b'])).toBe(
      'webdataset: file "/depth/t-0.tar": expected sample "b" as in /rgb/t-0.tar, got "c"; fix: write both shards in the same order',
    );
  });

  it('decodes by extension, and lets a caller decide', async () => {
    const root = folder();
    const fields = {
      png: golden('png/rgb8.png'),
      'depth.png': golden('png/grey16.png'),
      jpg: golden('jpeg/rgb444.jpg'),
      npy: golden('npy/le-f4.npy'),
      wav: wavBytes([0, 0.5], 8000),
      bin: Uint8Array.of(9),
      json: { a: 1 },
    };
    await writeShards([{ key: 'k', fields }], { root, name });
    const shards = ['t-0.tar'];
    const sample = await open({ root, shards }).next();
    const field = (extension: string): unknown => sample?.fields.get(extension);
    expect(field('png')).toMatchObject({ channels: 3, bitDepth: 8 });
    expect(field('depth.png')).toMatchObject({ channels: 1, bitDepth: 16 });
    expect(field('jpg')).toMatchObject({ channels: 3, orientation: 1 });
    expect(field('npy')).toMatchObject({ data: expect.any(Float32Array) });
    expect(field('wav')).toMatchObject({ sampleRate: 8000 });
    expect(field('bin')).toEqual(Uint8Array.of(9));
    const own = open({
      root,
      shards,
      decoders: { png: null, 'depth.png': (bytes) => bytes.length, bin: () => 'mine' },
    });
    const other = await own.next();
    expect(other?.fields.get('png')).toEqual(fields.png);
    expect(other?.fields.get('depth.png')).toBe(fields['depth.png'].length);
    expect(other?.fields.get('bin')).toBe('mine');
  });

  it('names the file inside the shard, and goes on behind a broken one', async () => {
    const root = folder();
    const samples = [
      { key: 'a', fields: { cls: 'x' } },
      { key: 'b', fields: { cls: '2' } },
      { key: 'c', fields: { pth: 'x' } },
      { key: 'd', fields: { 'x.png': golden('png/rgb8.png').subarray(0, 60) } },
      { key: 'e', fields: { txt: 'here' } },
    ];
    await writeShards(samples, { root, name });
    const reader = open({ root, shards: ['t-0.tar'] });
    expect(await messageOf(() => reader.next(), root)).toBe(
      'webdataset: file "/t-0.tar#a.cls": expected a whole number, got "x"; fix: write the class id as decimal digits',
    );
    expect((await reader.next())?.fields.get('cls')).toBe(2);
    expect(await messageOf(() => reader.next(), root)).toBe(
      'webdataset: file "/t-0.tar#c.pth": expected data, got a pickle, which may run code when it is read; nothing was executed; fix: store the array as .npy or .safetensors, or pass a decoder of your own',
    );
    expect(await messageOf(() => reader.next(), root)).toMatch(/^webdataset: file "\/t-0\.tar#d\.x\.png": /);
    expect((await reader.next())?.key).toBe('e');
    expect(await reader.next()).toBe(null);
    const strict = open({ root, shards: ['t-0.tar'], fields: ['txt'] });
    expect(await messageOf(() => strict.next(), root)).toBe(
      'webdataset: file "/t-0.tar": sample "a": expected a file .txt, got none of the fields; fix: correct the list of fields, or the shard',
    );
  });

  it('names what is missing, empty, compressed, cut or too large', async () => {
    const root = await fiveShards();
    const message = (options: Omit<ShardReaderOptions, 'root'>): Promise<string> =>
      messageOf(async () => keysOf(open({ root, ...options })), root);
    const check = 'fix: check the root and the pattern of the shards';
    expect(await message({ shards: 't-{4..5}.tar' })).toBe(
      `webdataset: file "/t-5.tar": expected a readable shard, got nothing there; ${check}`,
    );
    expect(await message({ shards: ['.'] })).toBe(
      `webdataset: file "": expected a tar file, got something else; ${check}`,
    );
    expect(await message({ shards: [] })).toBe(
      'webdataset: file "": expected at least one shard, got none; fix: check the list',
    );
    expect(await message({ shards: ['a.tar.gz'] })).toMatch(/expected a plain \.tar, got a compressed one/);
    expect(await message({ shards: ['../t-0.tar'] })).toMatch(
      /expected different names under the root, got "\.\.\/t-0/,
    );
    expect(await message({ shards: ['t-0.tar', 't-0.tar'] })).toMatch(/expected different names under the root/);
    expect(await message({ shards: ['t-0.tar'], maxSampleBytes: 1500 })).toMatch(
      /^webdataset: file "\/t-0\.tar": sample "0000": expected at most 1500 bytes in all its files, got 2048/,
    );
    expect(await message({ shards: ['t-0.tar'], shuffle: { seed: [0, 0], buffer: 0 } })).toMatch(
      /from 1 to 1000000, got 0/,
    );
    const bytes = readFileSync(join(root, 't-1.tar'));
    writeFileSync(join(root, 't-1.tar'), bytes.subarray(0, 5000));
    expect(await message({ shards: 't-{0..1}.tar' })).toMatch(
      /^webdataset: file "\/t-1\.tar": data of "0012\.cls": expected 512 bytes, got 392, then the end; fix/,
    );
    writeFileSync(join(root, 't-2.tar'), new Uint8Array(10240));
    expect(await message({ shards: ['t-2.tar'] })).toBe(
      'webdataset: file "": epoch 0: expected at least one sample, got 1 shards without a sample; fix: check the pattern and the part',
    );
  });

  it('believes nothing in a state', async () => {
    const root = await fiveShards();
    const options: ShardReaderOptions = { root, shards: 't-{0..4}.tar', shuffle: { seed: [1, 1], buffer: 4 } };
    const reader = open(options);
    for (let at = 0; at < 7; at++) await reader.next();
    const state = reader.state();
    const other = { ...options, shuffle: { seed: [1, 2], buffer: 4 } } as const;
    expect(errorOf(() => createShardReader(other, state)).message).toMatch(
      /^webdataset: state: expected fingerprint "[0-9a-f]{16}", version 1, got "[0-9a-f]{16}", version 1; fix: resume with/,
    );
    for (const change of [
      { buffer: [[0, 5, 1]] },
      { buffer: [[9, 0, 512]] },
      { offsets: [] },
      { offsets: [-1] },
      { shard: 9 },
      { epoch: 0.5 },
    ]) {
      expect(errorOf(() => createShardReader(options, { ...state, ...change })).message).toMatch(
        /expected the state of a shard reader, got other values/,
      );
    }
    // Legal numbers that point between headers: an error, not a wrong sample.
    const lost = open(options, { ...state, buffer: [[0, 100, 700]], shard: 5 });
    await expect(lost.next()).rejects.toThrow(DataError);
  });

  it('one call at a time', async () => {
    const root = await fiveShards();
    const reader = open({ root, shards: ['t-0.tar'] });
    const first = reader.next();
    expect((await rejectionOf(() => reader.next())).message).toBe(
      'webdataset: expected one call of next() at a time, got a second one; fix: await the call before',
    );
    expect((await first)?.key).toBe('0000');
  });

  it('survives damaged shards', async () => {
    const root = await fiveShards();
    const bytes = readFileSync(join(root, 't-0.tar'));
    const flip = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(flip, { minLength: 1, maxLength: 3 }),
        fc.nat({ max: bytes.length }),
        async (flips, cut) => {
          const damaged = bytes.subarray(0, cut % 3 === 0 ? cut : bytes.length).slice();
          for (const [at, value] of flips) if (at < damaged.length) damaged[at] = value;
          writeFileSync(join(root, 't-0.tar'), damaged);
          const reader = createShardReader({ root, shards: ['t-0.tar'], shuffle: { seed: [1, 1], buffer: 3 } });
          try {
            expect((await keysOf(reader)).length).toBeLessThanOrEqual(11);
          } catch (error) {
            if (!(error instanceof DataError)) throw error;
            expect(error.message).not.toMatch(/[\r\n]/);
          } finally {
            await reader.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
