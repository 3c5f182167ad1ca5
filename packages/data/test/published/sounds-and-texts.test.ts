import { describe, expect, it } from 'vitest';
import { checkPublished, openPublished } from '../../src/published/open.ts';
import { rejectionOf } from '../fixtures.ts';
import { all, change, copy, faultsOf, remove, row, survivesDamage, usual } from './copies.ts';
import { writeAudioset } from './fixtures/audioset.ts';
import { writeDialogsum, writeSamsum } from './fixtures/dialogue-summaries.ts';
import { put } from './fixtures/encoders.ts';
import { writeEsc50 } from './fixtures/esc-50.ts';
import { writeGlue } from './fixtures/glue.ts';

describe('esc-50', () => {
  it('tests one fold and trains on the other four, with the source clips as groups', async () => {
    const folder = copy(writeEsc50);
    const dataset = await openPublished('esc-50', folder, { protocol: 'fold-3' });
    expect(dataset.classes.length).toBe(50);
    expect([dataset.classes[0], dataset.classes[14], dataset.classes[49]]).toEqual([
      'dog',
      'chirping_birds',
      'hand_saw',
    ]);
    const test = await all(dataset, 'test');
    expect(test.map(({ id, target }) => [id, target])).toEqual([
      ['audio/3-100033-A-0.wav', { kind: 'class', id: 0 }],
      ['audio/3-100033-B-49.wav', { kind: 'class', id: 49 }],
    ]);
    expect(dataset.splits.get('train')?.groups).toEqual(
      ['1', '2', '4', '5'].flatMap((k) => [`10003${k}`, `10003${k}`]),
    );
    // 0.1 s at 8 kHz, resampled.
    expect([test[0].input.sampleRate, test[0].input.samples.length]).toEqual([16_000, 1600]);
    const plain = await openPublished('esc-50', folder, { settings: { sampleRate: 8000 } });
    const [{ input }] = await all(plain, 'test');
    expect(input.samples[3]).toBeCloseTo(0.5 * Math.sin((2 * Math.PI * 210 * 3) / 8000), 4);
    expect(plain.fingerprint).not.toBe(dataset.fingerprint);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeEsc50);
    remove(folder, 'audio/2-100032-A-0.wav');
    put(folder, 'audio/5-100035-A-0.wav', 'RIFF');
    change(folder, 'meta/esc50.csv', (text) =>
      text
        .replace('1-100031-A-0.wav,1,0', '1-100031-A-0.wav,1,50')
        .replace('1-100031-B-0.wav,1,0,dog', '1-100031-B-0.wav,2,0,dog')
        .replace('3-100033-B-49.wav,3,49,hand_saw', '3-100033-B-49.wav,3,49,saw')
        .replace(
          '4-100034-B-14.wav,4,14,chirping_birds,False,100034,B',
          '3-100034-B-14.wav,3,14,chirping_birds,False,100034,B',
        )
        .concat('5-100035-A-0.wav,5\n5-100036-A-0.wav,5,0,dog,True,100036,A\n'),
    );
    const list = 'file "meta/esc50.csv"';
    expect(await faultsOf('esc-50', folder, { protocol: 'fold-1' })).toEqual([
      `${list}: line 12: expected 7 cells as in the header, got 2; ${row}`,
      `${list}: line 2: expected a target from 0 to 49, got "50"; ${row}`,
      `${list}: line 3: expected a file name 2-<clip>-<take>-0.wav, got "1-100031-B-0.wav"; ${row}`,
      `${list}: line 11: expected the category "saw" of target 49, got "hand_saw"; ${row}`,
      'file ".": source clip 100034: expected it in one split, got it in fold 3 and fold 4; fix: take it out of one of them, or get the lists again',
      ...['2-100032-A-0.wav', '3-100034-B-14.wav', '5-100036-A-0.wav'].map(
        (name) =>
          `file "audio/${name}": expected the file that meta/esc50.csv names, got nothing there; fix: get the missing file again, or take its row out of the list`,
      ),
      `file ".": split "test": expected at least one example, got none; ${usual('esc-50')}`,
    ]);
    const faults = await faultsOf('esc-50', folder, { protocol: 'fold-5' });
    expect(faults.at(-1)).toEqual(
      expect.stringMatching(
        /^file "audio\/5-100035-A-0\.wav": expected .*, got another format; fix: get the file again$/,
      ),
    );
    const error = await rejectionOf(() => openPublished('esc-50', folder));
    expect(error.place).toBe('line 12');
  });

  it('refuses another folder, list, protocol and setting', async () => {
    const folder = copy((path) => put(path, 'meta/esc50.csv', 'filename,fold,category\n'));
    expect(await faultsOf('esc-50', folder)).toEqual([
      'file "meta/esc50.csv": line 1: expected a column "target", got "filename", "fold", "category"; fix: get the file again',
    ]);
    expect(
      await faultsOf(
        'esc-50',
        copy(() => {}),
      ),
    ).toEqual([`file "meta/esc50.csv": expected a readable file, got nothing there; ${usual('esc-50')}`]);
    const protocol = await rejectionOf(async () => openPublished('esc-50', folder, { protocol: 'fold-6' }));
    expect(protocol.message).toContain('got "fold-6"');
    const rate = await rejectionOf(() => openPublished('esc-50', folder, { settings: { sampleRate: 1 } }));
    expect(rate.message).toContain('a whole number of sampleRate from 1000 to 192000, got 1;');
  });
});

describe('audioset', () => {
  const ids = async (folder: string, protocol: string): Promise<unknown[]> => {
    const dataset = await openPublished('audioset', folder, { protocol });
    const splits = await Promise.all(['train', 'test'].map((name) => all(dataset, name)));
    return splits.map((list) => list.map(({ id, target }) => [id, target.kind === 'labels' ? target.ids : null]));
  };

  it('reads segments with quoted mids, and sounds under all names', async () => {
    const folder = copy(writeAudioset);
    const dataset = await openPublished('audioset', folder);
    expect(dataset.classes).toEqual(['Speech', 'Male speech, man speaking', 'Gargling']);
    expect(dataset.splits.get('test')?.groups).toEqual(['eval-video1', 'eval_video2', 'eval_video3']);
    const balanced = [
      ['audio/--train_v01.wav', [0, 2]],
      ['audio/balanced_train/Ytrainvideo2.wav', [0]],
    ];
    const test = [
      ['audio/eval-video1_30000.wav', [0, 1]],
      ['audio/eval/eval_video2_0_10.wav', [2]],
      ['eval/eval_video3_20000_30000.wav', [2]],
    ];
    expect(await ids(folder, 'balanced')).toEqual([balanced, test]);
    const others = [
      ['unbalanced_train_segments/unbalanced1_12.500.wav', [1]],
      ['audio/unbalanced_train/unbalanced2_5.wav', [1]],
    ];
    expect(await ids(folder, 'full')).toEqual([[...balanced, ...others], test]);
    expect(await ids(folder, 'ast')).toEqual([
      [
        ['audio/--train_v01.wav', [0]],
        ['audio/balanced_train/Ytrainvideo2.wav', [1, 2]],
      ],
      [['audio/eval-video1_30000.wav', [0]]],
    ]);
    const [{ input }] = await all(dataset, 'train');
    expect([input.sampleRate, input.samples.length]).toEqual([16_000, 1600]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeAudioset);
    change(folder, 'class_labels_indices.csv', (text) => text.replace('2,/t/dd00088', '3,/t/dd00088'));
    change(folder, 'balanced_train_segments.csv', (text) =>
      text
        .replace('30.000, 40.000', '40.000, 30.000')
        .replace('trainvideo2', 'trainvideo22')
        .concat('eval-video1, 30.000, 40.000, "/m/09x0r"\nshort, 1.000\n'),
    );
    const list = 'file "balanced_train_segments.csv"';
    expect(await faultsOf('audioset', folder, { settings: { complete: 1 } })).toEqual([
      `file "class_labels_indices.csv": line 4: expected index 2, got 3; ${row}`,
      `${list}: line 4: expected a start and a later end in seconds, got "40.000" and "30.000"; ${row}`,
      `${list}: line 5: expected the 11 characters of a video, got "trainvideo22"; ${row}`,
      `${list}: line 8: expected a video, two times and labels in quotation marks, got "short, 1.000"; ${row}`,
      `${list}: expected 3 segments as its header says, got 5; fix: get the list again`,
      ...[5, 6].map(
        (line) =>
          `file "eval_segments.csv": line ${line}: expected a mid of class_labels_indices.csv, got "/t/dd00088"; ${row}`,
      ),
      `${list}: line 6: expected the file audio/trainvideo3.wav, got nothing there; fix: get the missing file, or leave the setting "complete" at 0`,
      'file ".": video eval-video1: expected it in one split, got it in train and test; fix: take it out of one of them, or get the lists again',
    ]);
  });

  it('wants one list of AST for each side, well formed', async () => {
    const folder = copy(writeAudioset);
    put(folder, 'datafiles/other_train.json', '{"data": []}');
    expect(await faultsOf('audioset', folder, { protocol: 'ast' })).toEqual([
      `file ".": expected one list with "train" in its name, here or in datafiles, got datafiles/audioset_train_data.json, datafiles/other_train.json; ${usual('audioset')}`,
    ]);
    remove(folder, 'datafiles/other_train.json');
    put(
      folder,
      'datafiles/audioset_train_data.json',
      '{"data": [{"wav": 3, "labels": "/m/09x0r"}, {"wav": "../x.wav", "labels": "/m/1"}]}',
    );
    const list = 'file "datafiles/audioset_train_data.json"';
    expect(await faultsOf('audioset', folder, { protocol: 'ast' })).toEqual([
      `${list}: entry 0 of "data": expected a text in "wav", got 3; ${row}`,
      `${list}: entry 1 of "data": expected a mid of class_labels_indices.csv, got "/m/1"; ${row}`,
      `file ".": split "train": expected at least one example, got none; ${usual('audioset')}`,
    ]);
  });
});

describe('dialogsum and samsum', () => {
  it('gives dialogues with one summary, or three in the test split of DialogSum', async () => {
    const dataset = await openPublished('dialogsum', copy(writeDialogsum));
    expect([...dataset.splits].map(([name, { length }]) => [name, length])).toEqual([
      ['train', 3],
      ['validation', 2],
      ['test', 2],
    ]);
    expect((await all(dataset, 'test'))[1]).toEqual({
      id: 'test_1',
      input: { text: '#Person1#: Is test number 1 here?\n#Person2#: Yes, it is.' },
      target: { kind: 'texts', texts: ['Summary 1 of 1.', 'Summary 2 of 1.', 'Summary 3 of 1.'] },
    });
    const chats = await openPublished('samsum', copy(writeSamsum));
    expect((await all(chats, 'train')).map(({ id }) => id)).toEqual(['13813', '13814', '13815']);
    expect((await all(chats, 'validation'))[0]).toEqual({
      id: '13816',
      input: { text: 'Ann: Shall I bring 6 cakes?\nBen: Yes please :)' },
      target: { kind: 'texts', texts: ['Ann will bring 6 cakes.'] },
    });
  });

  it('finds all faults of DialogSum in one pass', async () => {
    const folder = copy(writeDialogsum);
    change(folder, 'dialogsum.train.jsonl', (text) =>
      text.replace('{"fname":"train_1"', '{"fname":train_1').replace('"summary"', '"abstract"'),
    );
    change(folder, 'dialogsum.dev.jsonl', (text) => text.replace('dev_1', 'train_2'));
    change(folder, 'dialogsum.test.jsonl', (text) =>
      text.replace('"summary3":"Summary 3 of 1."', '"summary3":""').replace(/}\n$/, ''),
    );
    expect(await faultsOf('dialogsum', folder)).toEqual([
      expect.stringMatching(
        /^file "dialogsum\.train\.jsonl": line 2: expected a line of JSON, got Unexpected token .*; fix: correct or remove that row$/,
      ),
      expect.stringMatching(
        /^file "dialogsum\.test\.jsonl": line 2: expected a line of JSON, got .*; fix: correct or remove that row$/,
      ),
      `file "dialogsum.train.jsonl": line 1: expected a text in "summary1", got nothing; ${row}`,
      `file "dialogsum.dev.jsonl": line 2: expected each example once, got "train_2" twice; ${row}`,
    ]);
    remove(folder, 'dialogsum.dev.jsonl');
    const error = await rejectionOf(async () =>
      openPublished(
        'dialogsum',
        copy(() => {}),
      ),
    );
    expect(error.message).toContain(
      'dialogsum.train.jsonl": expected the dialogues of a split (or DialogSum_Data/dialogsum.train.jsonl), got nothing there;',
    );
  });

  it('finds all faults of SAMSum in one pass', async () => {
    const folder = copy(writeSamsum);
    change(folder, 'train.json', (text) => text.replace('"summary":"Ann will bring 5 cakes."', '"summary":5'));
    change(folder, 'val.json', (text) => text.replace('13816', '13817'));
    change(folder, 'test.json', (text) => text.replace('"id":"13818",', '').replace(']', ',7]'));
    expect(await faultsOf('samsum', folder)).toEqual([
      `file "train.json": row 3: expected a text in "summary", got 5; ${row}`,
      `file "test.json": row 0: expected a text in "id", got nothing; ${row}`,
      `file "test.json": row 2: expected an object, got 7; ${row}`,
      `file "val.json": row 1: expected each example once, got "13817" twice; ${row}`,
    ]);
    put(folder, 'test.json', '[{"id": "1"');
    expect((await faultsOf('samsum', folder)).at(-1)).toMatch(
      /^file "test\.json": expected JSON, got .*; fix: get the file again$/,
    );
  });
});

describe('glue', () => {
  const first = async (folder: string, protocol: string, split: string): Promise<unknown> => {
    const [, { input, target }] = await all(await openPublished('glue', folder, { protocol }), split);
    return [input, target.kind === 'class' ? target.id : target.kind === 'values' ? target.values[0] : null];
  };

  it('reads the layout of each task, without quoting, test without labels', async () => {
    const folder = copy(writeGlue);
    const cola = await openPublished('glue', folder, { protocol: 'cola' });
    expect((await all(cola, 'train'))[0]).toEqual({
      id: 'CoLA/train.tsv:1',
      input: { text: 'The "cat 0 sleeps.' },
      target: { kind: 'class', id: 0 },
    });
    expect(await first(folder, 'cola', 'test')).toEqual([{ text: 'Birds 1 sing.' }, null]);
    expect(await first(folder, 'sst-2', 'train')).toEqual([{ text: 'a fine film 1' }, 1]);
    const paraphrase = { text: 'He said "1".', pair: 'It was 1, he said.' };
    expect(await first(folder, 'mrpc', 'train')).toEqual([paraphrase, 1]);
    expect(await first(folder, 'mrpc', 'test')).toEqual([paraphrase, null]);
    expect(await first(folder, 'qqp', 'validation')).toEqual([{ text: 'What is 1?', pair: 'Is 1 a number?' }, 1]);
    expect(await first(folder, 'sts-b', 'train')).toEqual([
      { text: 'A plane 1 is taking off.', pair: 'Plane 1 takes off.' },
      1.25,
    ]);
    for (const split of ['train', 'validation-matched', 'validation-mismatched']) {
      expect(await first(folder, 'mnli', split)).toEqual([{ text: 'Premise 1.', pair: 'Hypothesis 1.' }, 1]);
    }
    expect(await first(folder, 'mnli', 'test-mismatched')).toEqual([
      { text: 'Premise 1.', pair: 'Hypothesis 1.' },
      null,
    ]);
    expect(await first(folder, 'qnli', 'train')).toEqual([{ text: 'First QNLI 1.', pair: 'Second QNLI 1.' }, 1]);
    expect(await first(folder, 'rte', 'train')).toEqual([{ text: 'First RTE 1.', pair: 'Second RTE 1.' }, 0]);
    expect(await first(folder, 'wnli', 'validation')).toEqual([{ text: 'First WNLI 1.', pair: 'Second WNLI 1.' }, 0]);
  });

  it('leaves out one broken line in a thousand, as QQP has them, and no more', async () => {
    const folder = copy(writeGlue);
    const lines = Array.from({ length: 2000 }, (_, n) => `${n}\t1\t2\tWhat is ${n}?\tWhy?\t1\n`).join('');
    const header = 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n';
    const broken = '7\t1\t2\tWho is\n"\tWhy?\t0\n';
    put(folder, 'QQP/train.tsv', `${header}${lines}${broken}`);
    expect((await openPublished('glue', folder, { protocol: 'qqp' })).splits.get('train')?.length).toBe(2000);
    put(folder, 'QQP/train.tsv', `${header}${lines}${broken}x\n`);
    const { faultCount, faults } = await checkPublished('glue', folder, { protocol: 'qqp' });
    expect([faultCount, faults[1].place, faults[1].actual]).toEqual([3, 'line 2003', '3']);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeGlue);
    change(folder, 'STS-B/train.tsv', (text) => text.replace('\t2.500', '\t5.5').replace('\t1.250', '\tnan'));
    change(folder, 'STS-B/dev.tsv', (text) => text.replace('\t1.250\n', '\n'));
    change(folder, 'STS-B/test.tsv', (text) => text.replace('sentence2', 'other'));
    expect(await faultsOf('glue', folder, { protocol: 'sts-b' })).toEqual([
      `file "STS-B/train.tsv": line 3: expected a score from 0 to 5, got "nan"; ${row}`,
      `file "STS-B/train.tsv": line 4: expected a score from 0 to 5, got "5.5"; ${row}`,
      `file "STS-B/dev.tsv": line 3: expected 10 cells parted by tabs, got 9; ${row}`,
      expect.stringMatching(
        /^file "STS-B\/test\.tsv": line 1: expected a column "sentence2", got "index", .*; fix: get the file again$/,
      ),
    ]);
    change(folder, 'RTE/dev.tsv', (text) => text.replace(/\tentailment\n/, '\tmaybe\n'));
    expect(await faultsOf('glue', folder, { protocol: 'rte' })).toEqual([
      `file "RTE/dev.tsv": line 3: expected a label of entailment, not_entailment, got "maybe"; ${row}`,
    ]);
    remove(folder, 'MNLI/dev_mismatched.tsv');
    expect(await faultsOf('glue', folder, { protocol: 'mnli' })).toEqual([
      `file "MNLI/dev_mismatched.tsv": expected the validation-mismatched rows of MNLI (or dev_mismatched.tsv), got nothing there; ${usual('glue')}`,
    ]);
  });
});

it('damaged lists of all of them are faults and nothing worse', async () => {
  await survivesDamage('esc-50', writeEsc50, ['meta/esc50.csv']);
  await survivesDamage('audioset', writeAudioset, ['class_labels_indices.csv', 'balanced_train_segments.csv']);
  await survivesDamage('audioset', writeAudioset, ['datafiles/audioset_train_data.json'], { protocol: 'ast' });
  await survivesDamage('dialogsum', writeDialogsum, ['dialogsum.train.jsonl', 'dialogsum.test.jsonl']);
  await survivesDamage('samsum', writeSamsum, ['train.json', 'val.json']);
  await survivesDamage('glue', writeGlue, ['CoLA/train.tsv', 'CoLA/test.tsv']);
  await survivesDamage('glue', writeGlue, ['STS-B/train.tsv'], { protocol: 'sts-b' });
});
