// GraphML: typed data on nodes and edges. Own code on saxes, which refuses what is malformed as it streams.

import { type Origin, quote } from '../errors.ts';
import { type Graph, GraphBuilder, type GraphOptions } from './graph.ts';
import { type Fail, failer } from './raster.ts';
import { decodeText, parseDecimal } from './text-lines.ts';
import { createXmlParser } from './xml.ts';

interface Key {
  readonly owner: string;
  readonly name: string;
  readonly type: string;
  fallback: unknown;
}

const types = ['boolean', 'int', 'long', 'float', 'double', 'string'];

/**
 * Data of the graph as a whole is passed over. A default of a key fills in what a node or edge lacks.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: a DOCTYPE, several or nested graphs, hyperedges, and
 * directed edges among undirected ones
 */
export function decodeGraphMl(bytes: Uint8Array, origin: Origin, options: GraphOptions = {}): Graph {
  const fail = failer(origin, 'export the graph again as GraphML');
  const text = decodeText(bytes, origin, fail);
  const builder = new GraphBuilder(options, fail);
  const keys = new Map<string, Key>();
  let directed: boolean | null = null;
  let owner: { kind: 'node' | 'edge'; values: Record<string, unknown>; add: () => void } | null = null;
  let data: string | null = null;
  let key: Key | null = null;

  const parser = createXmlParser(
    origin,
    {
      open(fullName, attributes, parents) {
        const name = localName(fullName);
        const need = (attribute: string): string => {
          const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
          if (value === undefined)
            throw fail('malformed', parser.place, `an attribute ${attribute} of <${name}>`, 'none');
          return value;
        };
        const { place } = parser;
        if (parents.length === 0 && name !== 'graphml') throw fail('malformed', place, '<graphml>', `<${name}>`);
        switch (name) {
          case 'key': {
            const id = need('id');
            const type = attributes['attr.type'] ?? 'string';
            if (!types.includes(type)) throw fail('unsupported', place, types.join(', '), quote(type));
            if (keys.has(id)) throw fail('malformed', place, 'each key once', `${quote(id)} twice`);
            key = { owner: attributes.for ?? 'all', name: attributes['attr.name'] ?? id, type, fallback: undefined };
            keys.set(id, key);
            break;
          }
          case 'graph': {
            if (directed !== null) throw fail('unsupported', place, 'one graph', 'another one');
            const edges = need('edgedefault');
            if (edges !== 'directed' && edges !== 'undirected') {
              throw fail('malformed', place, 'edgedefault directed or undirected', quote(edges));
            }
            directed = edges === 'directed';
            break;
          }
          case 'node':
          case 'edge': {
            if (owner !== null || directed === null)
              throw fail('malformed', place, `<${name}> in <graph>`, 'it elsewhere');
            const values: Record<string, unknown> = Object.create(null);
            if (name === 'node') {
              const id = need('id');
              owner = { kind: name, values, add: () => builder.addNode(id, values, place) };
              break;
            }
            const [from, to] = [need('source'), need('target')];
            const own = attributes.directed;
            if (own !== undefined && (own === 'true') !== directed) {
              throw fail('unsupported', place, 'edges all directed, or none', `directed=${quote(own)}`);
            }
            owner = { kind: name, values, add: () => builder.addEdge(from, to, values, place) };
            break;
          }
          case 'data':
            data = need('key');
            break;
          case 'hyperedge':
          case 'port':
            throw fail('unsupported', place, 'nodes and edges', `<${name}>`);
        }
      },
      close(fullName, content) {
        const { place } = parser;
        switch (localName(fullName)) {
          case 'default':
            if (key !== null) key.fallback = parseValue(content, key.type, place, fail);
            break;
          case 'key':
            key = null;
            break;
          case 'data': {
            const found = data === null ? undefined : keys.get(data);
            if (found === undefined) throw fail('malformed', place, 'a key of the file', quote(data));
            if (owner !== null) {
              if (found.owner !== 'all' && found.owner !== owner.kind) {
                throw fail('malformed', place, `a key for ${owner.kind}`, `one for ${found.owner}`);
              }
              if (found.name in owner.values)
                throw fail('malformed', place, 'each key once', `${quote(found.name)} twice`);
              owner.values[found.name] = parseValue(content, found.type, place, fail);
            }
            data = null;
            break;
          }
          case 'node':
          case 'edge':
            if (owner === null) break;
            for (const { owner: of, name, fallback } of keys.values()) {
              const fits = of === 'all' || of === owner.kind;
              if (fits && fallback !== undefined && !(name in owner.values)) owner.values[name] = fallback;
            }
            owner.add();
            owner = null;
        }
      },
    },
    { maxText: 1024 * 1024 },
  );
  parser.write(text);
  parser.end();
  if (directed === null) throw fail('malformed', null, 'a <graph>', 'none');
  return builder.finish(directed);
}

/** A prefix of a namespace says nothing here. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function parseValue(text: string, type: string, place: string, fail: Fail): unknown {
  if (type === 'string') return text;
  const trimmed = text.trim();
  const bad = (expected: string): Error => fail('bad-value', place, expected, quote(trimmed));
  if (type === 'boolean') {
    const lower = trimmed.toLowerCase();
    if (lower !== 'true' && lower !== 'false' && lower !== '1' && lower !== '0') throw bad('true or false');
    return lower === 'true' || lower === '1';
  }
  if (type === 'int' || type === 'long') {
    if (!/^[+-]?\d{1,20}$/.test(trimmed)) throw bad('a whole number');
    const value = BigInt(trimmed.replace('+', ''));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const value = parseDecimal(trimmed);
  if (!Number.isFinite(value)) throw bad('a finite number');
  return value;
}
