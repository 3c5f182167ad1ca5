import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, decodeIdx, parseCsv, readEmail, stripHtml } from '../src/index.ts';
import { errorOf, idxBytes } from './fixtures.ts';

const origin = { source: 'toy', file: '/d/x' };

describe('DataError', () => {
  it('is one line, whatever the parts hold', () => {
    const error = new DataError({
      code: 'bad-value',
      source: 'toy',
      file: '/d/a\nb.csv',
      place: 'row 17',
      expected: 'a number',
      actual: '"\u001b[31m"',
      fix: 'look',
    });
    expect(error.message).toBe('toy: file "/d/a b.csv": row 17: expected a number, got " [31m"; fix: look');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('DataError');
  });
});

describe('decodeIdx', () => {
  it('reads shape and values', () => {
    const { shape, data } = decodeIdx(idxBytes([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)), origin);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    [
      'empty',
      new Uint8Array(0),
      'toy: file "/d/x": header: expected at least 4 bytes, got 0; fix: get the uncompressed IDX file again',
    ],
    [
      'gzip',
      Uint8Array.of(0x1f, 0x8b, 8, 0),
      'toy: file "/d/x": magic number: expected 0x0000, got 0x1f8b (gzip); fix: get the uncompressed IDX file again',
    ],
    [
      'float',
      Uint8Array.of(0, 0, 0x0d, 1),
      'toy: file "/d/x": type: expected 0x08 (unsigned byte), got 0x0d; fix: get the uncompressed IDX file again',
    ],
    [
      'no dimension',
      Uint8Array.of(0, 0, 8, 0),
      'toy: file "/d/x": number of dimensions: expected 1 to 4, got 0; fix: get the uncompressed IDX file again',
    ],
    [
      'cut header',
      Uint8Array.of(0, 0, 8, 2, 0, 0),
      'toy: file "/d/x": header: expected 12 bytes, got 6; fix: get the uncompressed IDX file again',
    ],
    [
      'short',
      idxBytes([2, 2], Uint8Array.of(1, 2, 3)),
      'toy: file "/d/x": length: expected 16 bytes for [2, 2], got 15; fix: get the uncompressed IDX file again',
    ],
    [
      'long',
      idxBytes([2], Uint8Array.of(1, 2, 3)),
      'toy: file "/d/x": length: expected 10 bytes for [2], got 11; fix: get the uncompressed IDX file again',
    ],
    [
      'size bomb',
      idxBytes([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], Uint8Array.of(1)),
      'toy: file "/d/x": shape: expected below 2^53 values, got [4294967295, 4294967295, 4294967295, 4294967295]; fix: get the uncompressed IDX file again',
    ],
  ])('refuses: %s', (_, bytes, message) => {
    expect(errorOf(() => decodeIdx(bytes, origin)).message).toBe(message);
  });
});

describe('parseCsv', () => {
  const columns = [
    { name: 'a', type: 'number' },
    { name: 'b', type: 'text' },
  ] as const;

  it('reads typed columns by name, in any order, with quotes, a BOM, CRLF and blank lines', () => {
    const table = parseCsv('\ufeffb,x,a\r\n"p,""q""\nr",1, -1.5e1 \r\n\r\ns,2,.5\r\n', origin, {
      header: true,
      columns,
    });
    expect([...table.numbers('a')]).toEqual([-15, 0.5]);
    expect(table.texts('b')).toEqual(['p,"q"\nr', 's']);
    expect([...table.lines]).toEqual([3, 5]);
  });

  it('reads by position, ignoring further columns', () => {
    const table = parseCsv('1,p,9\n2,q,9\n', origin, { header: false, columns });
    expect([...table.numbers('a')]).toEqual([1, 2]);
  });

  it.each([
    [
      'ragged',
      'a,b\n1,p\n2\n',
      'toy: file "/d/x": line 3: expected as many cells as in the first line, got 1; fix: correct that line',
    ],
    [
      'unclosed',
      'a,b\n1,p\n2,"q\n3,r\n',
      'toy: file "/d/x": the row that begins after line 2: expected a closing quote, got the end of the file; fix: correct that line',
    ],
    [
      'NaN',
      'a,b\n1,p\nNaN,q\n',
      'toy: file "/d/x": line 3, column "a": expected a finite number, got "NaN"; fix: correct or remove the row',
    ],
    [
      'Infinity',
      'a,b\n-Infinity,p\n',
      'toy: file "/d/x": line 2, column "a": expected a finite number, got "-Infinity"; fix: correct or remove the row',
    ],
    [
      'overflow',
      'a,b\n1e999,p\n',
      'toy: file "/d/x": line 2, column "a": expected a finite number, got "1e999"; fix: correct or remove the row',
    ],
    [
      'hexadecimal',
      'a,b\n0x10,p\n',
      'toy: file "/d/x": line 2, column "a": expected a finite number, got "0x10"; fix: correct or remove the row',
    ],
    [
      'empty number',
      'a,b\n1,p\n,q\n',
      'toy: file "/d/x": line 3, column "a": expected a finite number, got an empty cell; fix: correct or remove the row',
    ],
    [
      'empty text',
      'a,b\n1,p\n2, \n',
      'toy: file "/d/x": line 3, column "b": expected a text, got an empty cell; fix: correct or remove the row',
    ],
    ['no rows', 'a,b\n', 'toy: file "/d/x": expected at least one row, got none; fix: get the file again'],
    ['nothing', '', 'toy: file "/d/x": expected at least one row, got none; fix: get the file again'],
    [
      'missing column',
      'a,c\n1,2\n',
      'toy: file "/d/x": line 1: expected a column "b", got "a", "c"; fix: get the file again',
    ],
  ])('refuses: %s', (_, text, message) => {
    expect(errorOf(() => parseCsv(text, origin, { header: true, columns })).message).toBe(message);
  });

  it('gives finite numbers or a DataError for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '.', ',', '\n', '"', 'e', '-', ' ', 'a', '\r') }), (text) => {
        try {
          const table = parseCsv(text, origin, { header: false, columns: [{ name: 'a', type: 'number' }] });
          expect(table.numbers('a').every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
    );
  });
});

describe('readEmail', () => {
  it('takes the plain part of an alternative and undoes quoted-printable and RFC 2047', () => {
    const raw = [
      'Received: by x',
      'Subject: =?iso-8859-1?Q?caf=E9_now?=',
      'Content-Type: multipart/alternative;',
      '\tboundary="b1"',
      '',
      'preamble',
      '--b1',
      'Content-Type: text/html',
      '',
      '<p>html</p>',
      '--b1',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'na=C3=AFve soft=',
      'break',
      '--b1--',
      'epilogue',
    ].join('\r\n');
    expect(readEmail(raw)).toEqual({ subject: 'café now', body: 'naïve softbreak' });
  });

  it('decodes base64, drops attachments and keeps other text parts', () => {
    const text = Buffer.from('hello there').toString('base64');
    const raw = `Subject: s\nContent-Type: multipart/mixed; boundary=X\n\n--X\nContent-Transfer-Encoding: base64\n\n${text}\n--X\nContent-Type: image/png\n\nAAAA\n--X--\n`;
    expect(readEmail(raw).body).toBe('hello there');
  });

  it('shows what a person would see of HTML', () => {
    expect(
      stripHtml('vi<b>a</b>gra<br>&lt;now&gt;&#33;<script>x<y</script><style>p{}</style><!-- > -->z').replace(
        / +/g,
        ' ',
      ),
    ).toBe('viagra <now>! z');
    expect(stripHtml('a<unclosed')).toBe('a');
  });

  it('never throws, never gives a lone surrogate and takes linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const { subject, body } = readEmail(`Subject: ${text}\n\n${text}\ud800`);
        expect(/\p{Surrogate}/u.test(subject + body)).toBe(false);
      }),
    );
    const start = performance.now();
    readEmail(`Content-Type: text/html\n\n${'<'.repeat(5_000_000)}${'x'.repeat(5_000_000)}`);
    readEmail(`Content-Type: text/html\n\n${'<script'.repeat(700_000)}`);
    readEmail(`Subject: ${'=?a?Q?'.repeat(500_000)}\n\n${'=?'.repeat(500_000)}`);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
