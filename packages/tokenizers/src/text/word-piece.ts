// WordPiece through @huggingface/tokenizers (BERT's normaliser: lower case, accents stripped), one white-space separated
// word at a time: words repeat, so a table of those seen makes it several times as fast, and a long text can be left
// after its first tokens. No special piece is recognised in a text: "[MASK]" in an e-mail is three ordinary pieces.

import { Tokenizer } from '@huggingface/tokenizers';

export interface Word {
  readonly ids: Int32Array;
  /** Whether a sentence may end behind this word: it closes with . ! ? or ;, or an empty line follows. */
  readonly ends: boolean;
}

/** Words remembered before the table is emptied; about 10 MB. */
const maxRemembered = 100_000;

export class WordPiece {
  readonly pieces: readonly string[];
  readonly #tokenizer: Tokenizer;
  readonly #seen = new Map<string, Int32Array>();

  /** Piece -> id is its index; "[UNK]" must be among the pieces. */
  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
    const settings = {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      },
      post_processor: null,
      decoder: null,
      added_tokens: [],
    };
    this.#tokenizer = new Tokenizer(settings, {});
  }

  /** The words of a text, lazily. */
  *words(text: string): Generator<Word> {
    // Only white space at which BERT's own splitter would part words too.
    for (const [, word, gap] of text.matchAll(/([^ \t\r\n]+)([ \t\r\n]*)/g)) {
      const ids = this.#idsOf(word);
      if (ids.length === 0) continue;
      yield { ids, ends: /[.!?;]["')\]]*$/.test(word) || /\n[ \t\r]*\n/.test(gap) };
    }
  }

  #idsOf(word: string): Int32Array {
    const known = this.#seen.get(word);
    if (known !== undefined) return known;
    const ids = Int32Array.from(this.#tokenizer.encode(word, { add_special_tokens: false }).ids);
    if (this.#seen.size >= maxRemembered) this.#seen.clear();
    this.#seen.set(word, ids);
    return ids;
  }
}
