import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bzip2Input, createBzip2Reader } from '../../src/formats/bzip2.ts';
import { stripWikitext } from '../../src/formats/wikitext.ts';
import { openPublished } from '../../src/published/open.ts';
import { rejectionOf } from '../fixtures.ts';
import { golden, survives } from '../mutated.ts';
import { all, change, copy, faultsOf, usual } from './copies.ts';
import { put } from './fixtures/encoders.ts';
import { article, dumpName, stripped, titles, wikipediaXml, writeWikipedia } from './fixtures/wikipedia.ts';

const origin = { source: 'test', file: 'x.bz2' };
const inputOf = (bytes: Uint8Array): Bzip2Input => ({
  size: bytes.length,
  read: (start, length) => bytes.subarray(start, start + length),
});

async function decodeAll(bytes: Uint8Array): Promise<Buffer[]> {
  const reader = await createBzip2Reader(inputOf(bytes), origin);
  return [...reader.blocks()].map((block) => Buffer.from(reader.decode(block)));
}

describe('bzip2', () => {
  const lines = Array.from({ length: 12_000 }, (_, i) => `line ${i % 97} of the book, page ${i % 13}\n`).join('');

  it('gives the blocks of all streams as libbzip2 wrote them, in any order', async () => {
    const bytes = golden('bzip2/lines.bz2');
    const blocks = await decodeAll(bytes);
    expect(blocks.length).toBe(Math.ceil(lines.length / 100_000) + 1);
    expect(blocks.slice(0, -1).join('')).toBe(lines);
    // A block of 900 kB that stands for 3 MB.
    expect(blocks.at(-1)?.equals(Buffer.alloc(3_000_000, 'a'))).toBe(true);
    const reader = await createBzip2Reader(inputOf(bytes), origin);
    const places = [...reader.blocks()];
    expect(Buffer.from(reader.decode(places[2])).equals(blocks[2])).toBe(true);
    expect(Buffer.from(reader.decode(places[0])).equals(blocks[0])).toBe(true);
  });

  it('leaves no listener for the faults of the process', async () => {
    await decodeAll(golden('bzip2/lines.bz2'));
    for (const listener of [...process.listeners('uncaughtException'), ...process.listeners('unhandledRejection')]) {
      expect(String(listener)).not.toMatch(/ExitStatus|throw reason/);
    }
  });

  it('names what is broken', async () => {
    const bytes = golden('bzip2/lines.bz2');
    const flipped = bytes.slice();
    flipped[1000] ^= 4;
    const messages = await Promise.all(
      [
        Buffer.from('PK\x03\x04'),
        Buffer.alloc(2),
        bytes.subarray(0, 5000),
        Buffer.concat([bytes, Buffer.alloc(3)]),
        flipped,
      ].map(async (data) => (await rejectionOf(() => decodeAll(data))).message),
    );
    expect(messages.map((message) => message.replace(/; fix.*$/, ''))).toEqual([
      'test: file "x.bz2": expected a bzip2 file, got another format',
      'test: file "x.bz2": expected a bzip2 file, got 2 bytes',
      'test: file "x.bz2": byte 5000: expected the end of a bzip2 stream, got a file cut short, or other bytes behind it',
      `test: file "x.bz2": byte ${bytes.length + 3}: expected the end of a bzip2 stream, got a file cut short, or other bytes behind it`,
      expect.stringMatching(
        /block at byte \d+: expected a block of bzip2, got BZ2 decompression failed: -4 \(BZ_DATA_ERROR\)/,
      ),
    ]);
  });

  it('survives damage', { timeout: 60_000 }, async () => {
    await survives(['bzip2/lines.bz2', 'bzip2/townwiki-20260101-pages-articles-multistream.xml.bz2'], decodeAll, {
      runs: 25,
      within: 9000,
    });
  });
});

describe('wikitext', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['templates', 'a {{b|{{c}}|d}} e{{f}}', 'a e'],
    ['a template with an empty last value', '{{a|b=|}}c', 'c'],
    ['references', 'a<ref>b</ref> c<ref name="x" /> d<ref name=y>{{cite|url=z}}</ref>.', 'a c d.'],
    ['a reference without an end', 'a<ref>b c', 'ab c'],
    ['tables', 'a\n{| class="x"\n! b\n|-\n| {{c|}} || d\n|}\ne', 'a\n\ne'],
    ['links', '[[a]] [[b|c d]] [[:Category:e]] [[f (g)|]]', 'a c d Category:e f (g)'],
    [
      'files, categories, other editions',
      'a[[File:b.jpg|thumb|a [[c|d]] e]][[Category:f]][[de:g]] [[Re:Zero]]',
      'a Re:Zero',
    ],
    ['links on the web', '[https://a.org b c] [https://d.org] [//e.org f]', 'b c f'],
    ['headings', '== a ==\nb\n=== c d ===', 'a\nb\nc d'],
    ['lists', '* a\n** b\n# c\n; d : e\n: f', 'a\nb\nc\nd : e\nf'],
    ['emphasis', "''a'' '''b''' '''''c''''' it's", "a b c it's"],
    ['comments', 'a<!-- b\n c -->d', 'ad'],
    ['elements', 'a<br />b<small>c</small> <math>x^2</math><nowiki>d</nowiki>', 'abc d'],
    ['entities', 'a&nbsp;b &amp; &lt;c&gt; &#8211; &#x41; &unknown; &#xD800;', 'a b & <c> – A &unknown; &#xD800;'],
    ['magic words', '__NOTOC__a __x__', 'a __x__'],
    ['brackets without a partner', 'a {{b [[c ]] d }', 'a {{b c d }'],
    ['brackets across each other', 'a [[b {{c ]] d }} e', 'a b {{c d }} e'],
    ['paragraphs', 'a\n\n\n\nb  c\n', 'a\n\nb c'],
  ];
  it.each(cases)('%s', (_name, source, text) => expect(stripWikitext(source)).toBe(text));

  it('takes linear time, whatever comes', () => {
    const pieces = [
      '{{',
      '}}',
      '[[',
      ']]',
      '{|',
      '|}',
      '\n{|',
      '[//',
      '[//a ',
      '<ref>',
      '<',
      '<ref ',
      "''",
      '=',
      '\n=',
      '&',
      '<!--',
      '|',
      'a',
    ];
    for (const piece of [...pieces, '= =', '=a', '[[a|', '{{a|', '[[File:a|']) {
      const long = piece.repeat(Math.ceil(200_000 / piece.length));
      const began = performance.now();
      stripWikitext(`${long}x`);
      expect(performance.now() - began, piece).toBeLessThan(1000);
    }
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
        const text = stripWikitext(parts.join(''));
        expect(text.length).toBeLessThanOrEqual(parts.join('').length);
        expect(text).toBe(text.trim());
      }),
      { numRuns: 150 },
    );
  });
});

describe('wikipedia', () => {
  const bzipped = fileURLToPath(new URL('../goldens/bzip2', import.meta.url));

  it('gives the articles of a dump as plain text, without redirects and other namespaces', async () => {
    const dataset = await openPublished('wikipedia', copy(writeWikipedia));
    for (const name of ['train', 'validation'] as const) {
      expect(await all(dataset, name)).toEqual(
        titles[name].map((title) => ({ id: title, input: { text: stripped(title) }, target: { kind: 'none' } })),
      );
    }
    expect(dataset.classes).toEqual([]);
  });

  it('reads bzip2 of several streams, whose pages lie across blocks, in any order', async () => {
    const dataset = await openPublished('wikipedia', bzipped);
    const examples = [...(await all(dataset, 'validation')), ...(await all(dataset, 'train')).reverse()];
    expect(examples.length).toBe(300);
    for (const { id, input } of examples) {
      const n = Number(id.slice('Town '.length));
      expect(input.text).toBe(`Town ${n} is a town. ${`It has ${n % 7} streets. `.repeat(60).trim()}`);
    }
  });

  it('reads a dump in parts, in the order of their pages', async () => {
    const xml = wikipediaXml();
    const [at, end] = [xml.indexOf('  <page>\n    <title>Talk'), '</mediawiki>\n'];
    const folder = copy((path) => {
      put(path, 'testwiki-20260101-pages-articles10.xml-p26p400', `<mediawiki>\n${xml.slice(at)}`);
      put(path, 'testwiki-20260101-pages-articles2.xml-p1p25', `${xml.slice(0, at)}${end}`);
      put(path, 'testwiki-20260101-pages-articles-multistream-index.txt', '0:12:x\n');
    });
    const dataset = await openPublished('wikipedia', folder);
    expect((await all(dataset, 'train')).map(({ id }) => id)).toEqual(titles.train);
    const again = await openPublished('wikipedia', copy(writeWikipedia));
    expect(again.fingerprint).toBe(dataset.fingerprint);
  });

  it('reads the extracted form in Parquet, in any order', async () => {
    const folder = fileURLToPath(new URL('../goldens/wikipedia', import.meta.url));
    const dataset = await openPublished('wikipedia', folder);
    const [train, validation] = [await all(dataset, 'train'), await all(dataset, 'validation')];
    expect([train.length, validation.length]).toEqual([118, 2]);
    expect(validation.map(({ id }) => id)).toEqual(titles.validation.filter((title) => Number(title.slice(5)) < 120));
    for (const { id, input } of train) {
      const n = Number(id.slice('Town '.length));
      expect(input.text).toBe(`Town ${n} is a town.\n\nHistory\nIt has ${n % 7} streets.`);
    }
    const part = readFileSync(`${folder}/20260101.towns/train-00001-of-00002.parquet`);
    const twice = copy((path) => {
      put(path, 'train-00000-of-00003.parquet', part);
      put(path, 'train-00001-of-00003.parquet', part);
      put(path, 'train-00002-of-00003.parquet', part.subarray(0, 500));
    });
    expect(await faultsOf('wikipedia', twice)).toEqual([
      expect.stringMatching(
        /^file "train-00002-of-00003.parquet": magic number: expected .*, got a file cut short; fix: /,
      ),
      'file ".": expected each page once, got 60 of them twice, such as page 61; fix: keep one edition and date',
    ]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeWikipedia);
    const [a, b, c] = titles.train;
    change(folder, dumpName, (text) =>
      text
        .replace(`<title>${a}</title>`, '<title></title>')
        .replace(`<title>${b}</title>`, `<title>${b}</titel>`)
        .replace(`'''${c}'''`, `<b>${c}`)
        .replace('<id>303</id>', '<id>25</id>'),
    );
    const faults = await faultsOf('wikipedia', folder);
    const again = 'fix: get the file again';
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(`^file "${dumpName}": page at byte \\d+: expected an element <title>, got none; ${again}$`),
      ),
      expect.stringMatching(
        new RegExp(`^file "${dumpName}, page at byte \\d+": line 2: expected XML, got .*; ${again}$`),
      ),
      'file ".": expected each page once, got 1 of them twice, such as page 25; fix: keep the whole dump or its parts, not both',
      expect.stringMatching(
        new RegExp(`^file "${dumpName}, page at byte \\d+": line 17: expected XML, got .*; ${again}$`),
      ),
    ]);
  });

  it('names a dump that is cut short, of another kind, empty, or not there', async () => {
    const broken = async (change: (text: string) => string): Promise<string> =>
      (
        await faultsOf(
          'wikipedia',
          copy((path) => put(path, dumpName, change(wikipediaXml()))),
        )
      )[0];
    const file = `file "${dumpName}"`;
    expect(await broken((text) => text.replace('</mediawiki>', ''))).toMatch(
      new RegExp(`^${file}: byte \\d+: expected </mediawiki>, got the end of the file; fix: get the file again$`),
    );
    expect(await broken((text) => text.slice(0, 3000))).toMatch(/expected <\/mediawiki>, got the end of the file/);
    expect(await broken(() => '<html>')).toBe(
      `${file}: byte 0: expected the element <mediawiki> of a dump, got another beginning; fix: get the file again`,
    );
    expect(await broken(() => '')).toBe(
      `${file}: byte 0: expected the element <mediawiki> of a dump, got an empty file; fix: get the file again`,
    );
    expect(await broken((text) => text.replaceAll('<ns>0</ns>', '<ns>4</ns>'))).toBe(
      `file ".": split "train": expected at least one article, got none; ${usual('wikipedia')}`,
    );
    expect(
      await faultsOf(
        'wikipedia',
        copy(() => {}),
      ),
    ).toEqual([
      `file ".": expected a dump such as enwiki-20231101-pages-articles.xml.bz2, got no file of such a name; ${usual('wikipedia')}`,
    ]);
    expect(article('x')).toContain('x');
  });

  it('survives damage', async () => {
    const xml = Buffer.from(wikipediaXml());
    const place = fc.nat({ max: xml.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.uint8Array({ maxLength: 4 }), place, async (at, bytes, end) => {
        const cut = Math.max(at, end);
        const folder = copy((path) =>
          put(path, dumpName, Buffer.concat([xml.subarray(0, at), bytes, xml.subarray(cut)])),
        );
        for (const message of await faultsOf('wikipedia', folder)) expect(message).not.toMatch(/\n/);
      }),
      { numRuns: 20 },
    );
  });
});
