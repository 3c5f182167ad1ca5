// A tagged template that escapes everything put into it, so that no caller has to remember to.

/** Markup that is safe to put into a page. */
export class Html {
  readonly text: string;

  /** Use `html` or, for text made by a serialiser, `trusted`. */
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | null | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Control characters have no place in HTML and some of them end the document for some parsers; tab and newline may stay.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

export const withoutControls = (text: string): string => text.replace(controls, '\ufffd');

export const escapeHtml = (text: string): string => withoutControls(text).replace(/[&<>"']/g, (c) => entities[c] ?? c);

const textOf = (part: Part): string => {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return escapeHtml(String(part));
};

/** Strings and numbers are escaped, Html and lists of parts are put in as they are, null is nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((all, text, i) => all + textOf(parts[i - 1] ?? null) + text));

/** For text of our own: style sheets, serialised SVG. Never for data. */
export const trusted = (text: string): Html => new Html(text);
