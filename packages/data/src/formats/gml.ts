// GML, the Graph Modelling Language: keys with numbers, texts or lists in brackets.

import { type Origin, quote } from '../errors.ts';
import { type Graph, GraphBuilder, type GraphOptions } from './graph.ts';
import { type Fail, failer } from './raster.ts';
import { decodeText } from './text-lines.ts';

const maxDepth = 16;

type Value = number | bigint | string | List;
/** Pairs rather than an object: a graph repeats its keys. */
interface List {
  readonly pairs: readonly (readonly [key: string, value: Value, line: number])[];
}

/**
 * Numbers and texts of nodes and edges are features; lists in them (such as `graphics`) and what else the graph has are
 * passed over.
 * @throws {DataError} malformed, bad-value, empty, too-large
 */
export function decodeGml(bytes: Uint8Array, origin: Origin, options: GraphOptions = {}): Graph {
  const fail = failer(origin, 'export the graph again as GML');
  const { pairs } = new Parser(decodeText(bytes, origin, fail), fail).file();
  const graphs = pairs.filter(([key]) => key === 'graph');
  const graph = graphs[0]?.[1];
  if (graphs.length !== 1 || typeof graph !== 'object') {
    throw fail('malformed', null, 'one "graph [ ... ]"', `${graphs.length}`);
  }
  const builder = new GraphBuilder(options, fail);
  let directed = false;
  for (const [key, value, line] of graph.pairs) {
    const place = `line ${line}`;
    if (key === 'directed') {
      if (value !== 0 && value !== 1) throw fail('malformed', place, 'directed 0 or 1', show(value));
      directed = value === 1;
    } else if (key === 'node' || key === 'edge') {
      if (typeof value !== 'object') throw fail('malformed', place, `${key} [ ... ]`, show(value));
      const values: Record<string, unknown> = Object.create(null);
      for (const [name, content, at] of value.pairs) {
        if (typeof content === 'object') continue;
        if (name in values) throw fail('malformed', `line ${at}`, 'each key once', `${quote(name)} twice`);
        values[name] = content;
      }
      const take = (name: string): string => {
        const id = values[name];
        if (typeof id !== 'number' || !Number.isSafeInteger(id)) {
          throw fail('malformed', place, `a whole ${name} of the ${key}`, quote(id));
        }
        delete values[name];
        return String(id);
      };
      if (key === 'node') builder.addNode(take('id'), values, place);
      else builder.addEdge(take('source'), take('target'), values, place);
    }
  }
  return builder.finish(directed);
}

const show = (value: Value): string => (typeof value === 'object' ? 'a list' : quote(value));

class Parser {
  readonly #text: string;
  readonly #fail: Fail;
  #at = 0;
  #line = 1;

  constructor(text: string, fail: Fail) {
    this.#text = text;
    this.#fail = fail;
  }

  get #place(): string {
    return `line ${this.#line}`;
  }

  file(): List {
    return this.#list(0);
  }

  #list(depth: number): List {
    if (depth > maxDepth) throw this.#fail('too-large', this.#place, `at most ${maxDepth} lists in each other`, 'more');
    const pairs: [string, Value, number][] = [];
    for (;;) {
      const key = this.#token();
      const line = this.#line;
      if (key === null || key === ']') {
        if ((key === null) === (depth === 0)) return { pairs };
        throw this.#fail(
          'malformed',
          this.#place,
          depth === 0 ? 'a key' : '"]"',
          key === null ? 'the end of the file' : '"]"',
        );
      }
      if (!/^[A-Za-z_]\w*$/.test(key)) throw this.#fail('malformed', this.#place, 'a key', quote(key));
      pairs.push([key, this.#value(depth), line]);
    }
  }

  #value(depth: number): Value {
    const token = this.#token();
    if (token === '[') return this.#list(depth + 1);
    if (token?.startsWith('"')) return decodeEntities(token.slice(1, -1));
    const isNumber = token !== null && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?$/i.test(token);
    const value = isNumber ? Number(token) : Number.NaN;
    if (!Number.isFinite(value)) {
      const actual = token === null ? 'the end of the file' : quote(token);
      throw this.#fail('malformed', this.#place, 'a finite number, a text or a list', actual);
    }
    // A label of more than 53 bits stays exact.
    return token !== null && /^[+-]?\d+$/.test(token) && !Number.isSafeInteger(value)
      ? BigInt(token.replace('+', ''))
      : value;
  }

  /** A bracket, a text with its quotes, or a run without spaces; null at the end. */
  #token(): string | null {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const char = text[this.#at];
      if (char === '\n') this.#line++;
      else if (char === '#') {
        // A comment goes on to the end of its line.
        const end = text.indexOf('\n', this.#at);
        this.#at = (end < 0 ? text.length : end) - 1;
      } else if (char.trim() !== '') break;
    }
    if (this.#at >= text.length) return null;
    const begin = this.#at;
    if (text[begin] === '[' || text[begin] === ']') return text[this.#at++];
    if (text[begin] === '"') {
      const end = text.indexOf('"', begin + 1);
      if (end < 0) throw this.#fail('malformed', this.#place, 'a closing quote', 'the end of the file');
      this.#at = end + 1;
      const token = text.slice(begin, this.#at);
      this.#line += token.split('\n').length - 1;
      return token;
    }
    const rest = /[^\s[\]"]+/y;
    rest.lastIndex = begin;
    const token = rest.exec(text)?.[0] ?? '';
    this.#at += token.length;
    return token;
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** GML is ASCII: other characters are entities, as in HTML. Those that are not known stay as they are. */
function decodeEntities(text: string): string {
  return text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|\w{1,8});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? entities[name] : whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
