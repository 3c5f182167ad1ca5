// Wikitext to plain text, in time linear in its length. A stripper, not a parser: templates are not expanded but dropped,
// with references, tables, files and categories; of links their text stays, of headings and list items too.

/** Of brackets in each other; a deeper one is an ordinary character. */
const maxDepth = 64;

/** Elements whose content is no running text. */
const dropped = [
  'ref',
  'references',
  'gallery',
  'math',
  'chem',
  'timeline',
  'score',
  'imagemap',
  'syntaxhighlight',
  'source',
  'templatestyles',
  'graph',
  'mapframe',
  'table',
  'style',
] as const;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  thinsp: ' ',
  ensp: ' ',
  emsp: ' ',
  ndash: '–',
  mdash: '—',
  minus: '−',
  times: '×',
  middot: '·',
  bull: '•',
  hellip: '…',
  deg: '°',
  prime: '′',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
};

/** What readers of the page would see as running text, paragraphs parted by an empty line. */
export function stripWikitext(source: string): string {
  const flat = dropElements(dropBetween(source, '<!--', '-->'));
  const text = emit(flat, matchBrackets(flat))
    .replace(/\[(?:https?:|ftp:)?\/\/[^\s[\]]*(?: ([^[\]\n]*))?\]/g, (_, label: string | undefined) => label ?? '')
    .replace(/<\/?[a-zA-Z][^<>\n]{0,1000}>/g, '')
    .replace(/__[A-Z]{3,30}__/g, '')
    .replace(/'{2,5}/g, '')
    .replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, entityOf);
  const lines = text.split('\n').map((line) => {
    const bare = line.startsWith('=') ? withoutEquals(line.trimEnd()) : line.replace(/^[*#:;]+/, '');
    return /^-{4,}/.test(bare) ? '' : bare.replace(/[ \t\u00a0]+/g, ' ').trim();
  });
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The title in "== title ==". No regular expression: one for the end would take quadratic time. */
function withoutEquals(line: string): string {
  let [from, to] = [0, line.length];
  while (from < to && line[from] === '=') from++;
  while (to > from && line[to - 1] === '=') to--;
  return line.slice(from, to);
}

/** Without what stands from each `open` to the next `close`; without a `close`, to the end. */
function dropBetween(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const from = text.indexOf(open, at);
    if (from < 0) break;
    kept.push(text.slice(at, from));
    const to = text.indexOf(close, from + open.length);
    at = to < 0 ? text.length : to + close.length;
  }
  kept.push(text.slice(at));
  return kept.join('');
}

const openingTag = `<(${dropped.join('|')})\\b([^<>]{0,2000})>`;

/** Elements of `dropped` with their content, and the text of nowiki as it is. An element that is not closed loses its tag only. */
function dropElements(text: string): string {
  const kept: string[] = [];
  const tag = new RegExp(openingTag, 'gi');
  const closingTags = new Map<string, RegExp>();
  // Where no closing tag is found behind a place, none is behind a later one either.
  const unclosed = new Set<string>();
  let at = 0;
  for (let match = tag.exec(text); match !== null; match = tag.exec(text)) {
    if (match.index < at) continue;
    kept.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const name = match[1].toLowerCase();
    if (match[2].endsWith('/') || unclosed.has(name)) continue;
    const close = closingTags.get(name) ?? new RegExp(`</${name}\\s{0,9}>`, 'gi');
    closingTags.set(name, close);
    close.lastIndex = at;
    const end = close.exec(text);
    if (end === null) {
      unclosed.add(name);
      continue;
    }
    at = end.index + end[0].length;
    tag.lastIndex = at;
  }
  kept.push(text.slice(at));
  return kept.join('');
}

type Kind = '{{' | '{|' | '[[';

interface Bracket {
  readonly kind: Kind;
  readonly start: number;
  /** Behind the closing bracket. */
  readonly end: number;
  readonly inner: readonly Bracket[];
}

const closing: Readonly<Record<string, Kind>> = { '}}': '{{', '|}': '{|', ']]': '[[' };

/** The outermost pairs of brackets, each with those in it, in order. What has no partner is an ordinary character. */
function matchBrackets(text: string): Bracket[] {
  const roots: Bracket[] = [];
  const open: { kind: Kind; start: number; inner: Bracket[] }[] = [];
  const counts: Record<Kind, number> = { '{{': 0, '{|': 0, '[[': 0 };
  const token = /\{\{|\}\}|\{\||\|\}|\[\[|\]\]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if (found === '{{' || found === '[[' || found === '{|') {
      if (found === '{|' && !atLineStart(text, match.index)) continue;
      if (open.length < maxDepth) {
        open.push({ kind: found, start: match.index, inner: [] });
        counts[found]++;
      }
      continue;
    }
    // "|}}" closes a template whose last value is empty; "|}" alone would close a table.
    if (found === '|}' && text[match.index + 2] === '}' && open.at(-1)?.kind !== '{|') {
      token.lastIndex = match.index + 1;
      continue;
    }
    const kind = closing[found];
    if (counts[kind] === 0) continue;
    for (;;) {
      const top = open.pop();
      if (top === undefined) break;
      counts[top.kind]--;
      const siblings = open.at(-1)?.inner ?? roots;
      if (top.kind !== kind) {
        for (const bracket of top.inner) siblings.push(bracket);
        continue;
      }
      siblings.push({ kind, start: top.start, end: match.index + found.length, inner: top.inner });
      break;
    }
  }
  // What is still open was no bracket, but what is in it counts.
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const outer = open.at(-1)?.inner ?? roots;
    for (const bracket of top.inner) outer.push(bracket);
  }
  return roots;
}

function atLineStart(text: string, at: number): boolean {
  for (let before = at - 1; before >= 0 && at - before < 20; before--) {
    if (text[before] === '\n') return true;
    if (!' :*#;\t'.includes(text[before])) return false;
  }
  return at < 20;
}

function emit(text: string, brackets: readonly Bracket[], from = 0, to = text.length): string {
  const parts: string[] = [];
  let at = from;
  for (const bracket of brackets) {
    if (bracket.start < at || bracket.end > to) continue;
    parts.push(text.slice(at, bracket.start));
    if (bracket.kind === '[[') parts.push(linkText(text, bracket));
    at = bracket.end;
  }
  parts.push(text.slice(at, to));
  return parts.join('');
}

// "File:" and its like in the languages of the largest editions.
const noText =
  /^(?:file|image|media|category|datei|bild|kategorie|fichier|catégorie|archivo|categoría|immagine|categoria|ficheiro|bestand|файл|категория|ファイル|文件|分类|分類):/i;
// A prefix of two or three small letters leads to another edition.
const otherEdition = /^[a-z]{2,3}(?:-[a-z]+)*:\S/;

/** The text that a link shows: behind its first bar at its own level, or its target. */
function linkText(text: string, { start, end, inner }: Bracket): string {
  const [from, to] = [start + 2, end - 2];
  const target = text.slice(from, Math.min(to, from + 200)).trimStart();
  if (noText.test(target) || otherEdition.test(target)) return '';
  let bar = -1;
  let at = from;
  for (const { start: next, end: behind } of [...inner, { start: to, end: to }]) {
    const found = text.slice(at, next).indexOf('|');
    if (found >= 0) {
      bar = at + found;
      break;
    }
    at = behind;
  }
  const shown = bar < 0 ? emit(text, inner, from, to).replace(/^\s*:/, '') : emit(text, inner, bar + 1, to);
  // "[[Rome|]]" shows its target.
  return shown === '' && bar >= 0 ? text.slice(from, bar) : shown;
}

function entityOf(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name] : whole;
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000) ? String.fromCodePoint(point) : whole;
}
