// XML as events, from pieces. saxes checks that it is well-formed and knows no entities but the five of XML; a DOCTYPE, which
// could define some, is refused. Depth and attributes are held to limits, so that no file grows in memory.

import { SaxesParser } from 'saxes';
import { DataError, type Origin } from '../errors.ts';
import { failer } from './raster.ts';

export interface XmlEvents {
  /** `parents`: the names of the elements around it, outermost first. */
  open(name: string, attributes: Readonly<Record<string, string>>, parents: readonly string[]): void;
  /** All the text directly in an element, without that of its children, when it ends. */
  close(name: string, text: string, parents: readonly string[]): void;
}

export interface XmlLimits {
  /** Characters of text directly in one element. */
  readonly maxText: number;
}

const maxDepth = 64;
const maxAttributes = 256;

export interface XmlParser {
  /** For errors: where the parser is. */
  readonly place: string;
  write(piece: string): void;
  /** @throws {DataError} malformed, when an element is still open */
  end(): void;
}

/** What the events throw comes out of `write` and `end` as it is. */
export function createXmlParser(origin: Origin, events: XmlEvents, limits: XmlLimits): XmlParser {
  const fail = failer(origin, 'get the file again');
  const parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true });
  const names: string[] = [];
  const texts: string[][] = [];
  const lengths: number[] = [];
  let attributes = 0;
  const place = (): string => `line ${parser.line}`;
  parser.on('error', (error) => {
    // saxes begins with "line:column:".
    throw fail('malformed', place(), 'XML', error.message.replace(/^.*?\d+:\d+: /, ''));
  });
  parser.on('doctype', () => {
    throw fail('unsupported', place(), 'XML without a DOCTYPE', 'one, which may define entities');
  });
  parser.on('opentagstart', () => {
    attributes = 0;
    if (names.length >= maxDepth)
      throw fail('too-large', place(), `at most ${maxDepth} elements in each other`, 'more');
  });
  parser.on('attribute', () => {
    attributes++;
    if (attributes > maxAttributes) throw fail('too-large', place(), `at most ${maxAttributes} attributes`, 'more');
  });
  parser.on('opentag', (tag) => {
    events.open(tag.name, tag.attributes, names);
    names.push(tag.name);
    texts.push([]);
    lengths.push(0);
  });
  const addText = (text: string): void => {
    const at = texts.length - 1;
    if (at < 0) return;
    lengths[at] += text.length;
    if (lengths[at] > limits.maxText) {
      throw fail('too-large', place(), `at most ${limits.maxText} characters in an element`, 'more');
    }
    texts[at].push(text);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', (tag) => {
    names.pop();
    lengths.pop();
    events.close(tag.name, (texts.pop() ?? []).join(''), names);
  });
  const run = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw fail('malformed', place(), 'XML', error instanceof Error ? error.message : String(error));
    }
  };
  return {
    get place() {
      return place();
    },
    write: (piece) => run(() => parser.write(piece)),
    end: () => run(() => parser.close()),
  };
}
