// Lists of shards in short: `train-{0000..0012}.tar`.

import { DataError } from '../errors.ts';

/** Names that one pattern may stand for. */
export const maxShards = 1_000_000;

/**
 * All names of a pattern, as a shell makes them: `{a,b}` is either, `{008..012}` a range, padded with zeros where one of its
 * ends is; several braces give every combination, the last running fastest. Braces do not nest.
 * @throws {DataError} out-of-range, too-large
 */
export function expandBraces(pattern: string): readonly string[] {
  const fail = (code: 'out-of-range' | 'too-large', expected: string, actual: string): DataError => {
    const fix = 'write a pattern such as train-{0000..0012}.tar';
    return new DataError({ code, source: 'webdataset', file: pattern, place: 'pattern', expected, actual, fix });
  };
  // Odd places are what stood in braces.
  const parts = pattern.split(/\{([^{}]*)\}/);
  if (parts.some((part, index) => index % 2 === 0 && /[{}]/.test(part))) {
    throw fail('out-of-range', 'braces that close and do not nest', 'others');
  }
  let names = [''];
  for (const [index, part] of parts.entries()) {
    const choices = index % 2 === 0 ? [part] : choicesOf(part, fail);
    if (names.length * choices.length > maxShards) throw fail('too-large', `at most ${maxShards} names`, 'more');
    names = names.flatMap((name) => choices.map((choice) => name + choice));
  }
  return names;
}

function choicesOf(
  braces: string,
  fail: (code: 'out-of-range' | 'too-large', expected: string, actual: string) => DataError,
): readonly string[] {
  const range = /^(\d{1,15})\.\.(\d{1,15})$/.exec(braces);
  if (range === null) {
    if (!braces.includes(',')) throw fail('out-of-range', 'a list a,b or a range 0..9 in braces', `{${braces}}`);
    return braces.split(',');
  }
  const [first, last] = [Number(range[1]), Number(range[2])];
  if (first > last) throw fail('out-of-range', 'a range that goes up', `{${braces}}`);
  if (last - first >= maxShards) throw fail('too-large', `at most ${maxShards} names`, `${last - first + 1}`);
  const padded = range.slice(1).some((text) => text.length > 1 && text.startsWith('0'));
  const width = padded ? Math.max(range[1].length, range[2].length) : 0;
  return Array.from({ length: last - first + 1 }, (_, step) => `${first + step}`.padStart(width, '0'));
}
