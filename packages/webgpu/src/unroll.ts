// Loops written out. Compilers of GPU drivers keep an array in registers only where every index is a constant, and not all of them
// unroll by themselves: a loop marked so becomes copies of its body, between which `i` is a constant.
//
//   for (var i = 0u; i < DEPTH; i++) { //!unroll
//     ...
//   }
//
// `//!unroll always` is for kernels of software adapters, where other loops stay as they are: compiling is dear there.

/** Whole numbers, names of constants, + - * / % and parentheses, as WGSL counts them for u32; null for anything else. */
export const constantValue = (text: string, known: ReadonlyMap<string, number>): number | null => {
  const tokens = text.match(/\d+u?|\w+|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const primary = (): number => {
    const token = tokens[at++] ?? '';
    if (token === '(') {
      const value = sum();
      if (tokens[at++] !== ')') return Number.NaN;
      return value;
    }
    if (/^\d+u?$/.test(token)) return Number.parseInt(token, 10);
    return known.get(token) ?? Number.NaN;
  };
  const product = (): number => {
    let value = primary();
    while (['*', '/', '%'].includes(tokens[at] ?? '')) {
      const operator = tokens[at++];
      const other = primary();
      value = operator === '*' ? value * other : operator === '/' ? Math.trunc(value / other) : value % other;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (['+', '-'].includes(tokens[at] ?? '')) value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const value = sum();
  return at === tokens.length && Number.isInteger(value) ? value : null;
};

const constantOf = /^const (\w+)(?:: \w+)? = ([^;]+);/;
const markedLoop = /^(\s*)for \(var (\w+) = 0u; \2 < ([^;]+); \2\+\+\) \{ \/\/!unroll( always)?$/;

/** Constants of a module, by name, as far as they are whole numbers. */
const constantsOf = (texts: readonly string[]): Map<string, number> => {
  const known = new Map<string, number>();
  for (const text of texts) {
    const match = constantOf.exec(text);
    const value = match === null ? null : constantValue(match[2], known);
    if (match !== null && value !== null) known.set(match[1], value);
  }
  return known;
};

/**
 * `lines` with marked loops written out, or only those that always are; each line keeps what else it carries. Throws for a loop whose
 * length is no constant.
 */
export const unrolled = <L extends { readonly text: string }>(lines: readonly L[], all: boolean): L[] => {
  const known = constantsOf(lines.map(({ text }) => text));
  const expand = (part: readonly L[]): L[] => {
    const out: L[] = [];
    for (let i = 0; i < part.length; i++) {
      const line = part[i];
      const match = markedLoop.exec(line.text);
      if (match === null || !(all || match[4] !== undefined)) {
        out.push(line);
        continue;
      }
      const [, indent, index, limit] = match;
      const count = constantValue(limit, known);
      const end = part.findIndex(({ text }, at) => at > i && text === `${indent}}`);
      if (count === null || end < 0) throw new Error(`wgsl: a loop to ${limit} cannot be written out`);
      const body = expand(part.slice(i + 1, end));
      for (let copy = 0; copy < count; copy++) {
        out.push({ ...line, text: `${indent}{ const ${index} = ${copy}u;` }, ...body, part[end]);
      }
      i = end;
    }
    return out;
  };
  return expand(lines);
};
