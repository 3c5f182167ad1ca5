// The visible text of an e-mail: subject and body, with MIME parts, transfer encodings and HTML undone. A reader for
// old mailing-list and spam corpora, lenient by design: broken MIME falls back to the raw text, never to an error.
// All scans are linear in the length of the message. Attachments and every header but the subject are ignored.

export interface EmailText {
  readonly subject: string;
  readonly body: string;
}

/** Parts nested deeper than this are taken as they stand. */
const maxDepth = 4;

export function readEmail(raw: string): EmailText {
  const message = splitMessage(raw.replace(/\r\n?/g, '\n'));
  const subject = decodeWords(message.headers.get('subject') ?? '');
  return { subject: tidy(subject), body: tidy(readPart(message, 0)) };
}

interface Message {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function splitMessage(text: string): Message {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const headers = new Map<string, string>();
  // A line that begins with white space continues the header above it.
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: end < 0 ? '' : text.slice(end + (end === 0 ? 1 : 2)) };
}

function readPart({ headers, body }: Message, depth: number): string {
  const contentType = headers.get('content-type') ?? 'text/plain';
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type.startsWith('multipart/') && depth < maxDepth) {
    const boundary = /boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(contentType);
    const parts = boundary === null ? null : splitParts(body, boundary[1] ?? boundary[2]);
    if (parts === null || parts.length === 0) return body;
    const messages = parts.map(splitMessage);
    if (type === 'multipart/alternative') {
      const plain = messages.find((part) => partType(part) === 'text/plain' && part.body.trim() !== '');
      if (plain !== undefined) return readPart(plain, depth + 1);
    }
    return messages.map((part) => readPart(part, depth + 1)).join('\n');
  }
  if (!type.startsWith('text/') && type !== '' && type.includes('/')) return type.startsWith('message/') ? body : '';
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'latin1';
  const decoded = decodeTransfer(body, (headers.get('content-transfer-encoding') ?? '').toLowerCase(), charset);
  return type === 'text/html' || looksLikeHtml(decoded) ? stripHtml(decoded) : decoded;
}

function partType(part: Message): string {
  return (part.headers.get('content-type') ?? 'text/plain').split(';', 1)[0].trim().toLowerCase();
}

function splitParts(body: string, boundary: string): string[] | null {
  if (boundary === '') return null;
  const pieces = `\n${body}`.split(`\n--${boundary}`);
  // The first piece is the preamble; a piece that begins with "--" follows the closing delimiter.
  return pieces
    .slice(1)
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => piece.slice(piece.indexOf('\n') + 1));
}

function decodeTransfer(body: string, encoding: string, charset: string): string {
  if (encoding === 'base64') return bytesToText(Buffer.from(body, 'base64'), charset);
  if (encoding !== 'quoted-printable') return body;
  return decodeQuoted(body.replace(/=\n/g, ''), charset);
}

function decodeQuoted(text: string, charset: string): string {
  // Runs of escapes are decoded together: one character may take several bytes.
  return text.replace(/(?:=[0-9A-Fa-f]{2})+/g, (run) =>
    bytesToText(Buffer.from(run.replaceAll('=', ''), 'hex'), charset),
  );
}

/** RFC 2047 words in a header: `=?charset?Q?text?=` and `=?charset?B?text?=`. */
function decodeWords(text: string): string {
  return text.replace(/=\?([\w-]+)\?([QqBb])\?([^?]*)\?=/g, (_, charset: string, kind: string, word: string) =>
    kind.toUpperCase() === 'B'
      ? bytesToText(Buffer.from(word, 'base64'), charset)
      : decodeQuoted(word.replaceAll('_', ' '), charset),
  );
}

function bytesToText(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes); // a charset that nobody knows
  }
}

function looksLikeHtml(text: string): boolean {
  return /<(?:html|body|table|font|br)\b/i.test(text.slice(0, 4096));
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  apos: "'",
  copy: '(c)',
};

// These vanish without a space, so that "vi<b>ag</b>ra" stays one word; so do comments.
const inlineTags = new Set(['a', 'b', 'i', 'u', 'em', 'font', 'span', 'strong', 'big', 'small', '!']);

/** Text between tags; scripts, styles and comments are dropped. An unclosed tag ends the text. */
export function stripHtml(html: string): string {
  const lower = html.toLowerCase();
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    const hidden = ['script', 'style', 'title'].find((name) => lower.startsWith(name, open + 1));
    const closer = lower.startsWith('<!--', open) ? '-->' : hidden === undefined ? '>' : `</${hidden}`;
    const close = lower.indexOf(closer, open + 1);
    if (close < 0) {
      at = html.length;
      break;
    }
    const name = /^\/?([a-z0-9]+)/.exec(lower.slice(open + 1, open + 12))?.[1] ?? '!';
    if (!inlineTags.has(name)) pieces.push(' ');
    at = hidden === undefined ? close + closer.length : close;
  }
  pieces.push(html.slice(at));
  return pieces
    .join('')
    .replace(/&(?:#(\d{1,6})|([a-zA-Z]{2,6}));/g, (whole, code: string | undefined, name: string | undefined) => {
      if (code !== undefined) return Number(code) < 0x10000 ? String.fromCharCode(Number(code)) : ' ';
      return name !== undefined && Object.hasOwn(entities, name) ? entities[name] : whole;
    });
}

/** One space between words; characters that were already lost in the corpus become "?"; no lone surrogates, no controls. */
function tidy(text: string): string {
  return text
    .replace(/[\ufffd\p{Surrogate}]/gu, '?')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
