// Wikipedia from a dump of its articles. A dump is far larger than memory: it is gone through once for the places of its
// articles, and each is read and stripped when it is asked for. Pages are found by their tags, which cannot stand in a text
// of XML, and each is then parsed by itself.

import { createHash } from 'node:crypto';
import type { RawText } from '../datasets/dataset.ts';
import { fingerprintOf, isHeldOut } from '../datasets/split.ts';
import { type Bzip2Block, createBzip2Reader } from '../formats/bzip2.ts';
import { decodeParquet } from '../formats/parquet.ts';
import { decodeUtf8 } from '../formats/read-file.ts';
import { stripWikitext } from '../formats/wikitext.ts';
import { createXmlParser } from '../formats/xml.ts';
import type { Folder } from './folder.ts';
import { reporting, reportingLater } from './lists.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

/** MediaWiki allows 2 MiB of wikitext; as XML it may be some times as long. */
const maxPageBytes = 16 * 1024 * 1024;
const pieceBytes = 4 * 1024 * 1024;
/** Decompressed blocks kept, of about 0.9 MB each. */
const blocksKept = 8;

/** The files of the English edition have about 300 MB, and 500 MB of text. */
const maxParquetBytes = 512 * 1024 * 1024;

const heldOut = 0.01;
const dumpName = /^[a-z0-9_-]+-pages-articles(?:-multistream)?\d*\.xml(?:-p\d+p\d+)?(?:\.bz2)?$/;

interface Dump {
  readonly file: string;
  /** Full path, for the errors of a page. */
  readonly path: string;
  /** All bytes, decompressed, in pieces of a few megabytes. */
  pieces(): Generator<Uint8Array>;
  read(start: number, length: number): Uint8Array;
}

function plainDump(folder: Folder, file: string): Dump {
  const size = folder.size(file);
  return {
    file,
    path: folder.file(file),
    *pieces() {
      for (let at = 0; at < size; at += pieceBytes) {
        yield folder.readRange(file, at, Math.min(pieceBytes, size - at)).bytes;
      }
    },
    read: (start, length) => folder.readRange(file, start, length).bytes,
  };
}

async function bzip2Dump(folder: Folder, file: string): Promise<Dump> {
  const size = folder.size(file);
  const read = (start: number, length: number): Uint8Array => folder.readRange(file, start, length).bytes;
  const path = folder.file(file);
  const reader = await createBzip2Reader({ size, read }, { source: folder.source, file: path });
  const blocks: Bzip2Block[] = [];
  /** Where each block begins in the decompressed file. */
  const starts: number[] = [];
  const kept = new Map<number, Uint8Array>();
  const decoded = (at: number): Uint8Array => {
    const bytes = kept.get(at) ?? reader.decode(blocks[at]);
    kept.delete(at);
    kept.set(at, bytes);
    for (const oldest of kept.keys()) if (kept.size > blocksKept) kept.delete(oldest);
    return bytes;
  };
  return {
    file,
    path,
    *pieces() {
      let end = 0;
      for (const block of reader.blocks()) {
        const bytes = reader.decode(block);
        blocks.push(block);
        starts.push(end);
        end += bytes.length;
        yield bytes;
      }
    },
    read(start, length) {
      const out = new Uint8Array(length);
      for (let at = lastNotAbove(starts, start), filled = 0; filled < length; at++) {
        const bytes = decoded(at).subarray(start + filled - starts[at]);
        out.set(bytes.subarray(0, length - filled), filled);
        filled += Math.min(bytes.length, length - filled);
      }
      return out;
    },
  };
}

/** Index of the last of the ascending numbers that is not above the value. */
function lastNotAbove(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const [pageOpen, pageClose, revision] = [bytesOf('<page>'), bytesOf('</page>'), bytesOf('<revision>')];

/** Every page with its place, from its opening tag to its closing one. */
function* pagesOf(folder: Folder, dump: Dump): Generator<{ readonly start: number; readonly bytes: Buffer }> {
  const broken = (at: number, expected: string, actual: string): Error =>
    folder.fault({
      code: 'malformed',
      file: dump.file,
      place: `byte ${at}`,
      expected,
      actual,
      fix: 'get the file again',
    });
  let pending = Buffer.alloc(0);
  let base = 0;
  let begun = false;
  let ended = false;
  for (const piece of dump.pieces()) {
    // How far it is known that no tag begins.
    let searched = Math.max(0, pending.length - pageClose.length);
    pending = Buffer.concat([pending, piece]);
    if (!begun) {
      if (!/^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?<mediawiki[\s>]/.test(pending.subarray(0, 1000).toString())) {
        throw broken(0, 'the element <mediawiki> of a dump', 'another beginning');
      }
      begun = true;
    }
    let at = 0;
    for (;;) {
      const start = pending.indexOf(pageOpen, at);
      if (start < 0) {
        // A tag may be cut in two.
        at = Math.max(at, pending.length - pageOpen.length - '</mediawiki>\n'.length);
        break;
      }
      const close = pending.indexOf(pageClose, Math.max(start, searched));
      if (close < 0) {
        at = start;
        if (pending.length - start > maxPageBytes) {
          const expected = `a page of at most ${maxPageBytes} bytes`;
          throw folder.fault({
            code: 'too-large',
            file: dump.file,
            place: `byte ${base + start}`,
            expected,
            actual: 'more',
          });
        }
        break;
      }
      const end = close + pageClose.length;
      yield { start: base + start, bytes: pending.subarray(start, end) };
      at = end;
      searched = end;
    }
    pending = pending.subarray(at);
    base += at;
    ended = pending.includes('</mediawiki>');
  }
  if (!begun) throw broken(0, 'the element <mediawiki> of a dump', 'an empty file');
  if (!ended) throw broken(base + pending.length, '</mediawiki>', 'the end of the file');
}

interface PageHead {
  readonly title: string;
  readonly id: string;
  readonly namespace: string;
  readonly redirect: boolean;
}

type OnText = (name: string, text: string) => void;

function parsePage(folder: Folder, dump: Dump, start: number, xml: Buffer, onText: OnText): void {
  // The lines of errors count from the page.
  const origin = { source: folder.source, file: `${dump.path}, page at byte ${start}` };
  const events = {
    open: (name: string): void => {
      if (name === 'redirect') onText(name, '');
    },
    close: (name: string, text: string, parents: readonly string[]): void => {
      if (parents.length === 1 || (name === 'text' && parents.length === 2)) onText(name, text);
    },
  };
  const parser = createXmlParser(origin, events, { maxText: maxPageBytes });
  parser.write(decodeUtf8(xml, origin));
  parser.end();
}

function headOf(folder: Folder, dump: Dump, start: number, page: Buffer): PageHead {
  const until = page.indexOf(revision);
  const head = until < 0 ? page : Buffer.concat([page.subarray(0, until), pageClose]);
  const found = new Map<string, string>();
  parsePage(folder, dump, start, head, (name, text) => {
    if (!found.has(name)) found.set(name, text);
  });
  const field = (name: string): string => {
    const text = found.get(name)?.trim() ?? '';
    if (text !== '') return text;
    throw folder.fault({
      code: 'malformed',
      file: dump.file,
      place: `page at byte ${start}`,
      expected: `an element <${name}>`,
      actual: 'none',
      fix: 'get the file again',
    });
  };
  return { title: field('title'), id: field('id'), namespace: field('ns'), redirect: found.has('redirect') };
}

/** Where the articles of one side lie; plain arrays of numbers, since there may be seven million. */
interface Articles {
  readonly dumps: number[];
  readonly starts: number[];
  readonly lengths: number[];
}

const ofEach = (): Articles => ({ dumps: [], starts: [], lengths: [] });

/** The articles of all files, on the side that their title says. */
class Index {
  readonly sides = { train: ofEach(), validation: ofEach() };
  readonly #folder: Folder;
  readonly #ids: number[] = [];
  readonly #hash = createHash('sha256');

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  add(dump: number, start: number, length: number, id: string, title: string): void {
    const side = isHeldOut(title, heldOut) ? this.sides.validation : this.sides.train;
    side.dumps.push(dump);
    side.starts.push(start);
    side.lengths.push(length);
    this.#ids.push(Number(id));
    this.#hash.update(`${id}\t${title}\t${length}\n`);
  }

  /** Reports articles that came twice. */
  finish(fix: string, report: Report): void {
    const sorted = Float64Array.from(this.#ids).sort();
    const twice = sorted.filter((id, at) => at > 0 && sorted[at - 1] === id);
    if (twice.length === 0) return;
    const actual = `${twice.length} of them twice, such as page ${twice[0]}`;
    report(this.#folder.fault({ code: 'bad-value', file: null, expected: 'each page once', actual, fix }));
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

function dumpFiles(folder: Folder): string[] {
  const names = folder.list('').filter((name) => dumpName.test(name));
  // Where somebody has decompressed a file and kept both, the plain one is faster.
  const files = names.filter((name) => !name.endsWith('.bz2') || !names.includes(name.slice(0, -'.bz2'.length)));
  if (files.length > 0) return files.sort((a, b) => partOf(a) - partOf(b) || (a < b ? -1 : 1));
  throw folder.fault({
    code: 'missing',
    file: null,
    expected: 'a dump such as enwiki-20231101-pages-articles.xml.bz2',
    actual: 'no file of such a name',
  });
}

const partOf = (name: string): number => Number(/-p(\d+)p\d+/.exec(name)?.[1] ?? 0);

function indexDumps(folder: Folder, dumps: readonly Dump[], report: Report): Index {
  const index = new Index(folder);
  for (const [at, dump] of dumps.entries()) {
    reporting(report, () => {
      for (const { start, bytes } of pagesOf(folder, dump)) {
        const head = reporting(report, () => headOf(folder, dump, start, bytes));
        if (head === null || head.namespace !== '0' || head.redirect) continue;
        index.add(at, start, bytes.length, head.id, head.title);
      }
    });
  }
  index.finish('keep the whole dump or its parts, not both', report);
  return index;
}

export const wikipedia: PublishedDefinition<RawText> = {
  name: 'wikipedia',
  title: 'Wikipedia',
  modality: 'text',
  task: 'pretraining on the text of encyclopedia articles',
  metric: 'perplexity of masked pieces',
  licence: 'CC BY-SA 4.0 and GFDL',
  source: 'https://dumps.wikimedia.org/enwiki/ (pages-articles.xml.bz2; any language)',
  layout: [
    '<wiki>-<date>-pages-articles.xml or .xml.bz2',
    'or its parts <wiki>-<date>-pages-articles<n>.xml-p<first>p<last>, each also as .bz2',
    'or <date>.<language>/train-<n>-of-<m>.parquet with columns id, title, text (https://huggingface.co/datasets/wikimedia/wikipedia)',
  ],
  split: 'ours, since there is no official one: validation is the 1 % of articles whose titles have the lowest hashes',
  protocols: [],
  notes: [
    'Pages of namespace 0 that are no redirects. Opening goes through the whole dump once; in memory stay 24 bytes an article.',
    'A .bz2 is read block by block, at about 20 MB of text a second, and an article out of turn costs a block: decompress it where there is room.',
    'Wikitext becomes plain text: templates, references, tables, files, categories, comments and formulas are dropped; of links, headings and list items the text stays. Templates are not expanded, so what they would show (units, dates, infoboxes) is missing.',
    'The index of a multistream dump is not needed. gzip and 7z are not read.',
    'Of Parquet the text stays as it is, and one whole file is in memory at a time (about 1 GB for the English edition): ask in the order of the rows.',
  ],
  async open(folder, report) {
    const extracted = parquetFiles(folder);
    const dumps: Dump[] = [];
    if (extracted.length === 0) {
      for (const file of dumpFiles(folder)) {
        dumps.push(file.endsWith('.bz2') ? await bzip2Dump(folder, file) : plainDump(folder, file));
      }
    }
    const index =
      extracted.length > 0 ? await indexParquet(folder, extracted, report) : indexDumps(folder, dumps, report);
    const read: ReadArticle =
      extracted.length > 0
        ? parquetReader(folder, extracted)
        : (at, start, length) => readPage(folder, dumps[at], start, length);
    const splits = new Map<string, PublishedSplit<RawText>>();
    for (const [name, side] of Object.entries(index.sides)) splits.set(name, articleSplit(folder, name, side, read));
    const fingerprint = fingerprintOf([`held out by title: ${heldOut}`, index.digest()]);
    return { name: folder.source, modality: 'text', classes: [], splits, fingerprint };
  },
};

/** An article by the number of its file, its place there and its length. */
type ReadArticle = (
  file: number,
  start: number,
  length: number,
) => Promise<{ title: string; text: string }> | { title: string; text: string };

function articleSplit(
  folder: Folder,
  name: string,
  { dumps, starts, lengths }: Articles,
  read: ReadArticle,
): PublishedSplit<RawText> {
  const fault = (code: 'empty' | 'out-of-range', expected: string, actual: string): Error =>
    folder.fault({ code, file: null, place: `split "${name}"`, expected, actual });
  const { length } = starts;
  if (length === 0) throw fault('empty', 'at least one article', 'none');
  return {
    name,
    length,
    groups: null,
    async get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        throw fault('out-of-range', `an index from 0 to ${length - 1}`, `${index}`);
      }
      const { title, text } = await read(dumps[index], starts[index], lengths[index]);
      return { input: { text }, target: { kind: 'none' }, id: title };
    },
  };
}

function readPage(folder: Folder, dump: Dump, start: number, length: number): { title: string; text: string } {
  let [title, wikitext] = ['', ''];
  parsePage(folder, dump, start, Buffer.from(dump.read(start, length)), (element, text) => {
    if (element === 'title') title = text;
    if (element === 'text') wikitext = text;
  });
  return { title, text: stripWikitext(wikitext) };
}

const isParquet = (name: string): boolean => name.endsWith('.parquet');

/** Files of the extracted form, here or in a folder such as 20231101.en. */
function parquetFiles(folder: Folder): string[] {
  const names = folder.list('');
  const deeper = names
    .filter((name) => /^\d{8}\.[a-z_-]+$/.test(name))
    .flatMap((place) => folder.list(place).map((name) => `${place}/${name}`));
  return [...names, ...deeper].filter(isParquet);
}

async function readColumns(folder: Folder, file: string, columns: readonly string[]) {
  const { bytes, origin } = folder.read(file, maxParquetBytes);
  const table = await decodeParquet(bytes, origin, { columns });
  return columns.map((name) => {
    const column = table.columns.get(name);
    const row = column?.kind === 'text' ? column.values.indexOf(null) : 0;
    if (column?.kind === 'text' && row < 0) return column.values.filter((value) => value !== null);
    const expected = `a column ${name} of texts`;
    const actual = column?.kind === 'text' ? `none in row ${row}` : `one of ${column?.kind ?? 'nothing'}`;
    throw folder.fault({ code: 'bad-value', file, expected, actual, fix: 'get the file again' });
  });
}

/** Articles whose text has been taken out already: columns id, url, title, text. The text stays as it is. */
async function indexParquet(folder: Folder, files: readonly string[], report: Report): Promise<Index> {
  const index = new Index(folder);
  for (const [at, file] of files.entries()) {
    await reportingLater(report, async () => {
      const [ids, titles] = await readColumns(folder, file, ['id', 'title']);
      for (const [row, title] of titles.entries()) index.add(at, row, 1, ids[row], title);
    });
  }
  index.finish('keep one edition and date', report);
  return index;
}

/** One file's titles and texts are kept: those of the article asked for last. */
function parquetReader(folder: Folder, files: readonly string[]): ReadArticle {
  let [kept, columns]: [number, ReturnType<typeof readColumns> | null] = [-1, null];
  return async (at, row) => {
    if (kept !== at || columns === null) {
      columns = readColumns(folder, files[at], ['title', 'text']);
      kept = at;
    }
    const [titles, texts] = await columns;
    return { title: titles[row], text: texts[row] };
  };
}
