// The one error of this package. It always names who failed, where, what was expected, what came and the way out,
// in a single line, so that a person reading a terminal needs no stack trace.

export type DataErrorCode =
  | 'missing' // no such file or directory
  | 'unreadable' // there, but cannot be read: a directory, no permission, outside the data directory
  | 'malformed' // the bytes break the file format
  | 'unsupported' // a legal file of a kind that is not read here
  | 'bad-value' // a well-formed file holds a value that must not reach training
  | 'too-large' // over a stated limit
  | 'empty' // no rows, no samples or an empty split
  | 'out-of-range'; // an index or an argument outside its range

/** Whose data it is and, where there is one, the file: what every format reader is told for its errors. */
export interface Origin {
  readonly source: string;
  readonly file: string | null;
}

export interface DataErrorDetails extends Origin {
  readonly code: DataErrorCode;
  /** Row, line, column, byte or field; null when the fault is the file as a whole. */
  readonly place: string | null;
  readonly expected: string;
  readonly actual: string;
  readonly fix: string;
}

/** Message: `source: file "path": place: expected X, got Y; fix: Z`, with the parts that are null left out. */
export class DataError extends Error {
  readonly code: DataErrorCode;
  readonly source: string;
  readonly file: string | null;
  readonly place: string | null;
  readonly expected: string;
  readonly actual: string;
  readonly fix: string;

  constructor(details: DataErrorDetails) {
    const { source, file, place, expected, actual, fix } = details;
    const where = [source, file === null ? null : `file "${file}"`, place].filter((part) => part !== null).join(': ');
    super(oneLine(`${where}: expected ${expected}, got ${actual}; fix: ${fix}`));
    this.name = 'DataError';
    this.code = details.code;
    this.source = source;
    this.file = file;
    this.place = place;
    this.expected = expected;
    this.actual = actual;
    this.fix = fix;
  }
}

/** A value from a file, made fit for a message: quoted, escaped, at most 40 characters. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value !== 'string')
    return typeof value === 'object' && value !== null ? describeObject(value) : String(value);
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return JSON.stringify(shown);
}

function describeObject(value: object): string {
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}

// A file name or a cell may hold a line break or an escape sequence; a log line must not.
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ');
}
