// Porter's suffix stripping ("An algorithm for suffix stripping", 1980) with the changes that NLTK makes by default, since
// rouge_score stems with NLTK. Lower-case words only.

/** Words that the rules would spoil. */
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['sky', 'sky'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['inning', 'inning'],
  ['innings', 'inning'],
  ['outing', 'outing'],
  ['outings', 'outing'],
  ['canning', 'canning'],
  ['cannings', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
]);

type Rule = readonly [suffix: string, replacement: string];

// In each list a suffix comes before the shorter ones that it ends in.
const STEP_2: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['fulli', 'ful'],
];
const STEP_3: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const STEP_4: readonly Rule[] = 'al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize'
  .split(' ')
  .map((suffix): Rule => [suffix, '']);

/** One letter for each of the word's: v for vowels, y after a consonant among them, c for the rest. */
const shapeOf = (word: string): string => {
  let shape = '';
  for (const letter of word) {
    shape += 'aeiou'.includes(letter) || (letter === 'y' && shape.endsWith('c')) ? 'v' : 'c';
  }
  return shape;
};

/** Porter's m: how often a vowel is followed by a consonant. */
const measure = (stem: string): number => shapeOf(stem).split('vc').length - 1;

/** Porter's *o, and NLTK's words of a vowel and a consonant. */
const endsShort = (stem: string): boolean => {
  const shape = shapeOf(stem);
  return shape === 'vc' || (shape.endsWith('cvc') && !/[wxy]$/.test(stem));
};

const endsDouble = (word: string): boolean =>
  word.length > 1 && word[word.length - 1] === word[word.length - 2] && shapeOf(word).endsWith('c');

/** The first rule whose suffix fits decides, even where its stem is too short. */
const replace = (word: string, rules: readonly Rule[], above: number): string => {
  for (const [suffix, replacement] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    if (measure(stem) <= above || (suffix === 'ion' && !/[st]$/.test(stem))) return word;
    return stem + replacement;
  }
  return word;
};

const plural = (word: string): string => {
  if (word.endsWith('ies')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('sses')) return word.slice(0, -2);
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
};

const past = (word: string): string => {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((end) => word.endsWith(end));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (!shapeOf(stem).includes('v')) return word;
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
};

const lastY = (word: string): string =>
  word.length > 2 && word.endsWith('y') && shapeOf(word.slice(0, -1)).endsWith('c') ? `${word.slice(0, -1)}i` : word;

const double = (word: string): string => {
  // An -alli that can go goes first, and what is left is looked at again.
  if (word.endsWith('alli') && measure(word.slice(0, -4)) > 0) return double(word.slice(0, -2));
  if (word.endsWith('logi')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  return replace(word, STEP_2, 0);
};

const lastE = (word: string): string => {
  if (!word.endsWith('e')) return word;
  const stem = word.slice(0, -1);
  const m = measure(stem);
  return m > 1 || (m === 1 && !endsShort(stem)) ? stem : word;
};

const lastL = (word: string): string =>
  word.endsWith('ll') && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;

/** Stem of a lower-case word; words of one or two letters stay. */
export const porterStem = (word: string): string => {
  const known = IRREGULAR.get(word);
  if (known !== undefined) return known;
  if (word.length < 3) return word;
  const derived = double(lastY(past(plural(word))));
  return lastL(lastE(replace(replace(derived, STEP_3, 0), STEP_4, 1)));
};
