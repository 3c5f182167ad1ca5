// DialogSum and SAMSum: dialogues with summaries that people wrote.

import type { RawText } from '../datasets/dataset.ts';
import {
  arrayOf,
  firstThere,
  type JsonRecord,
  linesOf,
  type Place,
  parseJsonLine,
  readJsonFile,
  recordOf,
  textField,
  uniqueBy,
} from './fields.ts';
import type { Folder } from './folder.ts';
import { reporting } from './lists.ts';
import type { PublishedDefinition, Report } from './published.ts';
import { type TextRow, textDataset } from './texts.ts';

interface Located {
  readonly record: unknown;
  readonly place: string;
}

/** Rows with an id that comes once in the whole set, since the same dialogue on two sides would leak. */
function dialogueRows(
  folder: Folder,
  files: Readonly<Record<string, { readonly file: string; readonly rows: readonly Located[] }>>,
  idKey: string,
  summariesOf: (record: JsonRecord, at: Place) => readonly string[],
  report: Report,
): Map<string, TextRow[]> {
  const all = Object.entries(files).flatMap(([split, { file, rows }]) =>
    rows.flatMap(({ record, place }) => {
      const at: Place = { folder, file, place };
      const row = reporting(report, () => {
        const fields = recordOf(record, at);
        const id = textField(fields, idKey, at);
        // SAMSum parts the turns by \r\n, DialogSum by \n.
        const text = textField(fields, 'dialogue', at).replace(/\r\n/g, '\n');
        const target = { kind: 'texts', texts: summariesOf(fields, at) } as const;
        return { split, at, row: { file: id, input: { text }, target, place } satisfies TextRow };
      });
      return row === null ? [] : [row];
    }),
  );
  const unique = uniqueBy(
    all,
    ({ row }) => row.file,
    ({ at }) => at,
    report,
  );
  const splits = new Map<string, TextRow[]>(Object.keys(files).map((name) => [name, []]));
  for (const { split, row } of unique) splits.get(split)?.push(row);
  return splits;
}

const dialogSumFiles = { train: 'train', validation: 'dev', test: 'test' } as const;

export const dialogSum: PublishedDefinition<RawText> = {
  name: 'dialogsum',
  title: 'DialogSum',
  modality: 'text',
  task: 'summarise a spoken dialogue of two or more people',
  metric: 'ROUGE-1, ROUGE-2, ROUGE-L, BERTScore; of the three references of a test dialogue the best, or their mean',
  licence: 'CC BY-NC-SA 4.0',
  source: 'https://github.com/cylnlp/dialogsum (folder DialogSum_Data)',
  layout: ['dialogsum.train.jsonl', 'dialogsum.dev.jsonl', 'dialogsum.test.jsonl'],
  split: 'official: 12,460 train, 500 validation, 500 test dialogues with three summaries each',
  counts: { train: 12460, validation: 500, test: 500 },
  protocols: [],
  notes: [
    'A line is an object of "fname", "dialogue" (turns "#Person1#: ..." parted by line breaks), "summary" and "topic"; in the test file "summary1" to "summary3".',
    'Topics are not read, nor the hidden test set.',
    'The files may also lie in a folder DialogSum_Data.',
  ],
  async open(folder, report) {
    const files = Object.fromEntries(
      Object.entries(dialogSumFiles).map(([split, part]) => {
        const name = `dialogsum.${part}.jsonl`;
        const file = firstThere(folder, [name, `DialogSum_Data/${name}`], 'the dialogues of a split');
        const rows: Located[] = [];
        for (const { line, number } of linesOf(folder.readText(file).text)) {
          const place = `line ${number}`;
          const record = reporting(report, () => parseJsonLine(line, { folder, file, place }));
          if (record !== null) rows.push({ record, place });
        }
        return [split, { file, rows }];
      }),
    );
    const summariesOf = (record: JsonRecord, at: Place): readonly string[] => {
      if (Object.hasOwn(record, 'summary')) return [textField(record, 'summary', at)];
      return ['summary1', 'summary2', 'summary3'].map((key) => textField(record, key, at));
    };
    return textDataset(folder, 'official', [], dialogueRows(folder, files, 'fname', summariesOf, report));
  },
};

export const samSum: PublishedDefinition<RawText> = {
  name: 'samsum',
  title: 'SAMSum',
  modality: 'text',
  task: 'summarise a chat',
  metric: 'ROUGE-1, ROUGE-2, ROUGE-L, BERTScore',
  licence: 'CC BY-NC-ND 4.0',
  source: 'https://arxiv.org/abs/1911.12237 (ancillary file corpus.7z)',
  layout: ['train.json', 'val.json', 'test.json'],
  split: 'official: 14,732 train, 818 validation, 819 test',
  counts: { train: 14732, validation: 818, test: 819 },
  protocols: [],
  notes: [
    'A file is an array of objects with "id", "dialogue" (turns "Name: ..." parted by line breaks) and "summary".',
    'Line breaks \\r\\n become \\n. The few chats with an empty dialogue are left out.',
  ],
  async open(folder, report) {
    const names = { train: 'train.json', validation: 'val.json', test: 'test.json' };
    const files = Object.fromEntries(
      Object.entries(names).map(([split, file]) => {
        const parsed = arrayOf(readJsonFile(folder, file), { folder, file, place: 'the file' });
        const rows = parsed.map((record, at) => ({ record, place: `row ${at}` }));
        return [split, { file, rows: rows.filter(({ record }) => !isEmptyChat(record)) }];
      }),
    );
    const summaries = (record: JsonRecord, at: Place): readonly string[] => [textField(record, 'summary', at)];
    return textDataset(folder, 'official', [], dialogueRows(folder, files, 'id', summaries, report));
  },
};

const isEmptyChat = (record: unknown): boolean =>
  typeof record === 'object' &&
  record !== null &&
  'dialogue' in record &&
  typeof record.dialogue === 'string' &&
  record.dialogue.trim() === '';
