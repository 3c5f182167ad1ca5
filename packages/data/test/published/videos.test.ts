import { describe, expect, it } from 'vitest';
import type { RawVideo } from '../../src/datasets/dataset.ts';
import { videoReaders } from '../../src/formats/video.ts';
import { openPublished } from '../../src/published/open.ts';
import type { PublishedDataset } from '../../src/published/published.ts';
import { all, change, copy, faultsOf, remove, row, survivesDamage, usual } from './copies.ts';
import {
  writeHmdb51,
  writeKinetics400,
  writeKineticsVideoMae,
  writeMomentsInTime,
  writeSomethingSomethingV2,
  writeUcf101,
} from './fixtures/action-videos.ts';
import { aviBytes } from './fixtures/avi.ts';
import { clip } from './fixtures/clip.ts';
import { writeMsrVtt, writeYouCook2 } from './fixtures/described-videos.ts';
import { put } from './fixtures/encoders.ts';

const { ffmpeg } = await videoReaders();

/** The size of the fixtures' clips, so that nothing is scaled. */
const settings = { frames: 2, height: 24, width: 24 };

/** [id, class or texts, number of the clip] of each example. */
async function shown(dataset: PublishedDataset<RawVideo>, name: string): Promise<unknown[]> {
  return (await all(dataset, name)).map(({ id, target, input }) => {
    expect([input.frames, input.height, input.width, input.channels]).toEqual([2, 24, 24, 3]);
    const answer = target.kind === 'class' ? target.id : target.kind === 'texts' ? target.texts : target.kind;
    return [id, answer, input.pixels[0]];
  });
}
/** Of the last pixel of each frame. */
const greys = ({ pixels, frames }: RawVideo): number[] =>
  Array.from({ length: frames }, (_, frame) => pixels[((frame + 1) * pixels.length) / frames - 1]);
const ids = (dataset: PublishedDataset<RawVideo>, name: string): Promise<string[]> =>
  all(dataset, name).then((examples) => examples.map(({ id }) => id));
const listed = (file: string, list: string): string =>
  `file "${file}": expected the file that ${list} names, got nothing there; fix: get the missing file again, or take its row out of the list`;
/** A file cut short, and the fault that it is. */
const broken = clip(0).subarray(0, 500);
const cut = (file: string): string =>
  `file "${file}": frame 0 at byte 55: expected 576 bytes, got 439; fix: write the video again with ffmpeg -pix_fmt yuv420p video.y4m`;

describe('ucf101', () => {
  it('follows the three pairs of lists, numbers from 1, groups of one class on one side', async () => {
    const folder = copy(writeUcf101);
    const dataset = await openPublished('ucf101', folder, { settings });
    expect(dataset.classes).toEqual(['ApplyEyeMakeup', 'HandstandPushups']);
    expect(await shown(dataset, 'test')).toEqual([
      ['UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi', 0, 0],
      ['UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c02.avi', 0, 10],
      ['UCF-101/HandstandPushups/v_HandStandPushups_g01_c01.avi', 1, 60],
      ['UCF-101/HandstandPushups/v_HandStandPushups_g01_c02.avi', 1, 70],
    ]);
    expect(dataset.splits.get('train')?.groups?.slice(0, 3)).toEqual([
      'ApplyEyeMakeup g08',
      'ApplyEyeMakeup g08',
      'ApplyEyeMakeup g25',
    ]);
    const third = await openPublished('ucf101', folder, { protocol: 'split-3', settings });
    expect((await ids(third, 'test')).every((id) => id.includes('_g25_'))).toBe(true);
    expect(third.splits.get('train')?.length).toBe(8);
    expect(third.fingerprint).not.toBe(dataset.fingerprint);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeUcf101);
    const makeup = 'ApplyEyeMakeup/v_ApplyEyeMakeup';
    remove(folder, `UCF-101/${makeup}_g08_c01.avi`);
    put(folder, `UCF-101/${makeup}_g01_c02.avi`, broken);
    change(folder, 'ucfTrainTestlist/trainlist01.txt', (text) =>
      text
        .replace(`${makeup}_g08_c02.avi 1`, `${makeup}_g08_c02.avi 2`)
        .replace(`${makeup}_g25_c01.avi 1`, `${makeup}_g25_c01.avi`)
        .concat('Archery/v_Archery_g01_c01.avi 3\n../v_x_g01_c01.avi 1\n')
        .concat('HandstandPushups/v_HandStandPushups_g01_c01.avi 2\n'),
    );
    const list = 'file "ucfTrainTestlist/trainlist01.txt"';
    expect(await faultsOf('ucf101', folder, { settings })).toEqual([
      `${list}: line 2: expected 1, the number of ApplyEyeMakeup, got "2"; ${row}`.replace('"2"', '2'),
      `${list}: line 3: expected <Class>/v_<Class>_g<NN>_c<NN>.avi <number>, got "ApplyEyeMakeup/v_ApplyEyeMakeup_g25_c01.…"; ${row}`,
      `${list}: line 9: expected a class of classInd.txt, got "Archery"; ${row}`,
      `${list}: line 10: expected a class of classInd.txt, got ".."; ${row}`,
      listed(`UCF-101/${makeup}_g08_c01.avi`, 'ucfTrainTestlist/trainlist01.txt'),
      'file ".": group HandstandPushups g01: expected it in one split, got it in train and test; fix: take it out of one of them, or get the lists again',
      cut(`UCF-101/${makeup}_g01_c02.avi`),
    ]);
    remove(folder, 'ucfTrainTestlist/testlist01.txt');
    change(folder, 'ucfTrainTestlist/classInd.txt', (text) => text.replace('2 ', '0 '));
    expect((await faultsOf('ucf101', folder, { settings })).slice(0, 1)).toEqual([
      `file "ucfTrainTestlist/classInd.txt": line 2: expected number 2, got 0; ${row}`,
    ]);
  });
});

describe('hmdb51', () => {
  it('takes the clips that a list marks 1 and 2', async () => {
    const folder = copy(writeHmdb51);
    const dataset = await openPublished('hmdb51', folder, { settings });
    expect(dataset.classes).toEqual(['brush_hair', 'wave']);
    const name = (n: number, action: string): string => `${action}/Film_&_(${n})_${action}_u_nm_np1_ba_goo_${n}.avi`;
    expect(await shown(dataset, 'train')).toEqual([
      [name(0, 'brush_hair'), 0, 0],
      [name(1, 'brush_hair'), 0, 10],
      [name(0, 'wave'), 1, 50],
      [name(1, 'wave'), 1, 60],
    ]);
    expect(await ids(dataset, 'test')).toEqual(
      [2, 3].map((n) => name(n, 'brush_hair')).concat([2, 3].map((n) => name(n, 'wave'))),
    );
    const second = await openPublished('hmdb51', folder, { protocol: 'split-2', settings });
    expect(await ids(second, 'test')).toEqual(
      [1, 2].map((n) => name(n, 'brush_hair')).concat([1, 2].map((n) => name(n, 'wave'))),
    );
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeHmdb51);
    const name = (n: number): string => `Film_&_(${n})_wave_u_nm_np1_ba_goo_${n}.avi`;
    const list = 'testTrainMulti_7030_splits/wave_test_split1.txt';
    remove(folder, `wave/${name(0)}`);
    put(folder, `wave/${name(3)}`, broken);
    change(
      folder,
      list,
      (text) => `${text.replace(`${name(1)} 1`, `${name(1)} 3`).replace(`${name(2)} 2 \n`, '')}${name(3)} 1\nx.avi\n`,
    );
    expect(await faultsOf('hmdb51', folder, { settings })).toEqual([
      `file "${list}": line 2: expected the mark 0 (unused), 1 (train) or 2 (test), got "3"; ${row}`,
      `file "${list}": line 6: expected <clip>.avi and a mark, got "x.avi"; ${row}`,
      `file "${list}": line 5: expected each example once, got "wave/${name(3).slice(0, 35)}…" twice; ${row}`,
      ...[1, 2].map(
        (n) => `file "${list}": expected every clip of wave, got no line for "${name(n)}"; fix: get the list again`,
      ),
      listed(`wave/${name(0)}`, list),
      cut(`wave/${name(3)}`),
    ]);
  });
});

describe('kinetics-400', () => {
  it('finds clips by video and seconds, in class folders or without', async () => {
    const dataset = await openPublished('kinetics-400', copy(writeKinetics400), { settings });
    expect(dataset.classes).toEqual(['air drumming', "massaging person's head", 'zumba']);
    expect(await shown(dataset, 'train')).toEqual([
      ['train/air_drumming/train-vid01_000005_000015.mp4', 0, 10],
      ['train/zumba/train_vid02_000000_000010.mp4', 2, 20],
      ["train/massaging_person's_head/train_vid03_000012_000022.mp4", 1, 30],
    ]);
    expect(await shown(dataset, 'validation')).toEqual([
      ['val/-val_vid001_000020_000030.mp4', 2, 50],
      ['val/val-vid0002_000100_000110.mp4', 0, 60],
    ]);
    expect((await shown(dataset, 'test'))[0]).toEqual(['test/test_vid001_000003_000013.mp4', 'none', 70]);
    expect(dataset.splits.get('validation')?.groups).toEqual(['-val_vid001', 'val-vid0002']);
  });

  it('reads the lists of VideoMAE', async () => {
    const dataset = await openPublished('kinetics-400', copy(writeKineticsVideoMae), { settings });
    expect(await shown(dataset, 'train')).toEqual([
      ['videos/a clip.mp4', 399, 0],
      ['videos/b.mp4', 0, 10],
    ]);
    expect(await shown(dataset, 'validation')).toEqual([['videos/c.mp4', 17, 0]]);
    expect(dataset.classes.length).toBe(400);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeKinetics400);
    change(folder, 'annotations/train.csv', (text) =>
      text
        .replace('train-vid01,5,15', 'train-vid01,15,5')
        .replace('zumba,train_vid02,0,10', 'air drumming,train_vid02,0,10'),
    );
    change(folder, 'annotations/val.csv', (text) =>
      text
        .replace('zumba,-val_vid001', 'yoga,-val_vid001')
        .concat('zumba,train_vid03,12,22,val\nzumba,short,0,10,val\nzumba,x\n'),
    );
    put(folder, 'val/train_vid03_000012_000022.mp4', broken);
    expect(await faultsOf('kinetics-400', folder, { settings: { ...settings, complete: 1 } })).toEqual([
      `file "annotations/val.csv": line 6: expected 5 cells as in the header, got 2; ${row}`,
      `file "annotations/train.csv": line 2: expected a second from 16 to 999999, got "5"; ${row}`,
      `file "annotations/train.csv": line 3: expected a clip of "air drumming", got it in the folder of "zumba"; ${row}`,
      `file "annotations/val.csv": line 2: expected a label of the train list, got "yoga"; ${row}`,
      `file "annotations/val.csv": line 5: expected the 11 characters of a video, got "short"; ${row}`,
      'file "annotations/train.csv": line 5: expected the file train/train_vid04_000007_000017.mp4, got nothing there; fix: get the missing file, or leave the setting "complete" at 0',
      'file ".": video train_vid03: expected it in one split, got it in train and validation; fix: take it out of one of them, or get the lists again',
      cut('val/train_vid03_000012_000022.mp4'),
    ]);
    remove(folder, 'annotations/val.csv');
    expect(await faultsOf('kinetics-400', folder)).toEqual([
      `file "val.csv": expected the list of a split, got nothing there; ${usual('kinetics-400')}`,
    ]);
  });

  it('names what is wrong in a list of VideoMAE, and follows no path outside', async () => {
    const folder = copy(writeKineticsVideoMae);
    change(
      folder,
      'train.csv',
      (text) => `${text}videos/c.mp4 400\n../../x.mp4 1\n/etc/passwd 1\nvideos/gone.mp4 1\nvideos/b.mp4 2\n5\n`,
    );
    const outside = (path: string): string =>
      `file ".": expected a path inside the folder of the dataset, got ${JSON.stringify(path)}, which leaves it; ${usual('kinetics-400')}`;
    expect(await faultsOf('kinetics-400', folder, { settings: { ...settings, complete: 1 } })).toEqual([
      `file "train.csv": line 3: expected a label from 0 to 399, got "400"; ${row}`,
      outside('../../x.mp4'),
      outside('/etc/passwd'),
      `file "train.csv": line 8: expected <path> <label>, got "5"; ${row}`,
      `file "train.csv": line 7: expected each example once, got "videos/b.mp4" twice; ${row}`,
      'file "train.csv": line 6: expected the file videos/gone.mp4, got nothing there; fix: get the missing file, or leave the setting "complete" at 0',
    ]);
  });
});

describe('something-something-v2', () => {
  it('takes the class from the template without its brackets, and none for test', async () => {
    const dataset = await openPublished('something-something-v2', copy(writeSomethingSomethingV2), { settings });
    expect(dataset.classes[1]).toBe('Pushing something so that it falls off the table');
    const file = (id: number): string => `20bn-something-something-v2/${id}.webm`;
    expect(await shown(dataset, 'train')).toEqual([
      [file(101), 0, 101],
      [file(102), 2, 102],
      [file(103), 1, 103],
    ]);
    expect(await shown(dataset, 'validation')).toEqual([
      [file(104), 1, 104],
      [file(105), 2, 105],
    ]);
    expect(await shown(dataset, 'test')).toEqual([[file(106), 'none', 106]]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeSomethingSomethingV2);
    change(folder, 'labels/labels.json', (text) => text.replace('"2"', '"1"'));
    change(folder, 'labels/train.json', (text) => text.replace('"id":"101"', '"id":"../101"'));
    change(folder, 'labels/validation.json', (text) =>
      text.replace('"id":"104"', '"id":"103"').replace('Approaching [', 'Leaving ['),
    );
    change(folder, 'labels/test.json', (text) => text.replace(']', ',{"id":"107"}]'));
    put(folder, '20bn-something-something-v2/106.webm', broken);
    expect(await faultsOf('something-something-v2', folder, { settings })).toEqual([
      `file "labels/labels.json": field "Approaching something with your camera": expected each number once, got 1 twice; ${row}`,
      `file "labels/train.json": entry 0: expected a number as "id", got "../101"; ${row}`,
      `file "labels/train.json": entry 1: expected a template of labels.json, got "Approaching something with your camera"; ${row}`,
      `file "labels/validation.json": entry 1: expected a template of labels.json, got "Leaving something with your camera"; ${row}`,
      listed('20bn-something-something-v2/107.webm', 'labels/test.json'),
      `file "labels/validation.json": entry 0: expected a video in one split, got 20bn-something-something-v2/103.webm also in train; ${row}`,
      cut('20bn-something-something-v2/106.webm'),
    ]);
  });
});

describe('moments-in-time', () => {
  it('takes classes by their number in the list of categories', async () => {
    const dataset = await openPublished('moments-in-time', copy(writeMomentsInTime), { settings });
    expect(dataset.classes).toEqual(['adult+female+singing', 'clapping', 'praying']);
    expect(await shown(dataset, 'train')).toEqual([
      ['training/clapping/yt-5of6ffo6-Bw_205.mp4', 1, 0],
      ['training/adult+female+singing/0-3-6-2-1_6.mp4', 0, 10],
      ['training/praying/getty-video-id6358_4.mp4', 2, 20],
    ]);
    expect((await shown(dataset, 'validation'))[1]).toEqual(['validation/clapping/vine-x_2.mp4', 1, 10]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeMomentsInTime);
    change(folder, 'moments_categories.txt', (text) => text.replace('praying,2', 'praying,1'));
    change(folder, 'trainingSet.csv', (text) =>
      text
        .replace('clapping/yt-5of6ffo6-Bw_205.mp4,clapping', 'praying/yt-5of6ffo6-Bw_205.mp4,clapping')
        .concat('clapping/../../x.mp4,clapping,3,0\nclapping/y.mp4,clapping,many,0\n'),
    );
    remove(folder, 'validation/clapping/vine-x_2.mp4');
    expect(await faultsOf('moments-in-time', folder, { settings })).toEqual([
      `file "moments_categories.txt": line 3: expected each number once, got 1 twice; ${row}`,
      `file "trainingSet.csv": line 1: expected a clip in the folder clapping, got "praying/yt-5of6ffo6-Bw_205.mp4"; ${row}`,
      `file "trainingSet.csv": line 3: expected a class of moments_categories.txt, got "praying"; ${row}`,
      `file "trainingSet.csv": line 5: expected <class>/<clip>.mp4,<class>,<votes for>,<votes against>, got "clapping/y.mp4,clapping,many,0"; ${row}`,
      `file ".": expected a path inside the folder of the dataset, got "training/clapping/../../x.mp4", which leaves it; ${usual('moments-in-time')}`,
      `file "validationSet.csv": line 1: expected a class of moments_categories.txt, got "praying"; ${row}`,
      listed('validation/clapping/vine-x_2.mp4', 'validationSet.csv'),
      `file ".": split "validation": expected at least one example, got none; ${usual('moments-in-time')}`,
    ]);
  });
});

describe('msr-vtt', () => {
  const sentences = (id: number): string[] => [0, 1].map((n) => `sentence ${n} of ${id}`);

  it('has all sentences, one of them for retrieval, or the category', async () => {
    const folder = copy(writeMsrVtt);
    const captions = await openPublished('msr-vtt', folder, { settings });
    expect(await shown(captions, 'train')).toEqual(
      [0, 1, 2].map((id) => [`videos/video${id}.mp4`, sentences(id), 10 * id]),
    );
    expect(await shown(captions, 'validation')).toEqual([['videos/video6513.mp4', sentences(6513), 30]]);
    expect(await ids(captions, 'test')).toEqual(['videos/video7010.mp4', 'videos/video7011.mp4']);

    const retrieval = await openPublished('msr-vtt', folder, { protocol: '1k-a', settings });
    expect(await shown(retrieval, 'test')).toEqual([
      ['videos/video7011.mp4', ['a person, who connects something'], 50],
      ['videos/video2.mp4', ['a cat'], 20],
    ]);
    const others = [0, 1, 6513, 7010].map((id) => `videos/video${id}.mp4`);
    expect(await ids(retrieval, 'train')).toEqual(others);
    put(folder, 'MSRVTT_train.9k.csv', 'video_id\nvideo1\n');
    expect(await ids(await openPublished('msr-vtt', folder, { protocol: '1k-a', settings }), 'train')).toEqual([
      others[1],
    ]);

    const categories = await openPublished('msr-vtt', folder, { protocol: 'categories', settings });
    expect((await shown(categories, 'train')).map((example) => (Array.isArray(example) ? example[1] : null))).toEqual([
      9, 0, 19,
    ]);
    expect([categories.classes.length, categories.classes[9], categories.classes[19]]).toEqual([
      20,
      'vehicles/autos',
      'advertisement',
    ]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeMsrVtt);
    change(folder, 'train_val_videodatainfo.json', (text) =>
      text
        .replace('"category":9', '"category":20')
        .replace('"caption":"sentence 0 of 1"', '"caption":""')
        .replace('"split":"validate"', '"split":"val"')
        .replace('"video_id":"video2","sen_id":20', '"video_id":"video3","sen_id":20')
        .replace('"video_id":"video2","sen_id":21', '"video_id":"video1","sen_id":21'),
    );
    const list = 'file "train_val_videodatainfo.json"';
    expect(await faultsOf('msr-vtt', folder, { settings: { ...settings, complete: 1 } })).toEqual([
      `${list}: entry 0 of "videos": expected a category from 0 to 19, got 20; ${row}`,
      `${list}: entry 3 of "videos": expected train, validate or test, got "val"; ${row}`,
      ...[0, 1].map((n) => `${list}: entry ${n} of "sentences": expected a video of the list, got "video0"; ${row}`),
      `${list}: entry 2 of "sentences": expected a text in "caption", got ""; ${row}`,
      `${list}: entry 4 of "sentences": expected a video of the list, got "video3"; ${row}`,
      ...[6, 7].map((n) => `${list}: entry ${n} of "sentences": expected a video of the list, got "video6513"; ${row}`),
      `${list}: entry 2 of "videos": expected a sentence about video2, got none; ${row}`,
      'file "test_videodatainfo.json": entry 2 of "videos": expected the file videos/video7012.mp4, got nothing there; fix: get the missing file, or leave the setting "complete" at 0',
      `file ".": split "validation": expected at least one example, got none; ${usual('msr-vtt')}`,
    ]);
    change(folder, 'MSRVTT_JSFUSION_test.csv', (text) =>
      text.replace('video2,', 'video99,').concat('ret2,msr7010,video7010\n'),
    );
    expect((await faultsOf('msr-vtt', folder, { protocol: '1k-a', settings })).slice(-2)).toEqual([
      `file "MSRVTT_JSFUSION_test.csv": line 4: expected 4 cells as in the header, got 3; ${row}`,
      `file "MSRVTT_JSFUSION_test.csv": line 3: expected a video of the JSON lists, got "video99"; ${row}`,
    ]);
  });
});

describe('youcook2', () => {
  it('cuts the steps out of the videos, or takes them whole by their recipe', async () => {
    const folder = copy(writeYouCook2);
    const steps = await openPublished('youcook2', folder, { settings });
    expect(await shown(steps, 'train')).toEqual([
      ['aaaaaaaa-a_/0', ['step 0 of 113'], 10],
      ['aaaaaaaa-a_/1', ['step 1 of 113'], 10],
    ]);
    // Frames get lighter by 20 in a tenth of a second. Middles of halves: 0.075 and 0.225 s; 0.5 and 0.7 s.
    const [first, second] = await all(steps, 'train');
    expect([greys(first.input), greys(second.input)]).toEqual([
      [0, 40],
      [100, 140],
    ]);
    expect(steps.splits.get('train')?.groups).toEqual(['aaaaaaaa-a_', 'aaaaaaaa-a_']);
    expect(await shown(steps, 'validation')).toEqual([['bbbbbbbbbbb/0', ['step 0 of 101'], 20]]);

    const recipes = await openPublished('youcook2', folder, { protocol: 'recipes', settings });
    expect(recipes.classes).toEqual(['grilled cheese', 'pho']);
    expect(await shown(recipes, 'train')).toEqual([['aaaaaaaa-a_', 1, 10]]);
    expect(await shown(recipes, 'validation')).toEqual([['bbbbbbbbbbb', 0, 20]]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeYouCook2);
    change(folder, 'label_foodtype.csv', (text) => `${text}101,pizza\nsoup\n`);
    change(folder, 'youcookii_annotations_trainval.json', (text) =>
      text
        .replace('[0,0.3]', '[0.3,0]')
        .replace('"subset":"validation"', '"subset":"testing"')
        .replace('{"database":{', '{"database":{"short":{},"ddddddddddd":{"subset":"training","recipe_type":"999"},'),
    );
    const list = 'file "youcookii_annotations_trainval.json"';
    expect(await faultsOf('youcook2', folder, { settings: { ...settings, complete: 1 } })).toEqual([
      `file "label_foodtype.csv": line 3: expected each number once, got 101 twice; ${row}`,
      `file "label_foodtype.csv": line 4: expected <number>,<recipe>, got "soup"; ${row}`,
      `${list}: video "short": expected the 11 characters of a video, got "short"; ${row}`,
      `${list}: video "ddddddddddd": expected a recipe_type of label_foodtype.csv, got "999"; ${row}`,
      `${list}: video "aaaaaaaa-a_", annotation 0: expected a segment [start, end] in a video of 0.8 s, got [0.3, 0]; ${row}`,
      `${list}: video "bbbbbbbbbbb": expected the subset training or validation, got "testing"; ${row}`,
      `${list}: video "ccccccccccc", annotation 0: expected the file raw_videos/training/101/ccccccccccc.mp4, got nothing there; fix: get the missing file, or leave the setting "complete" at 0`,
      `file ".": split "validation": expected at least one example, got none; ${usual('youcook2')}`,
    ]);
  });
});

// Nothing else here decodes AVI; the other tests read the frames as y4m or not at all.
it.skipIf(ffmpeg === null)('compressed videos go to ffmpeg, scaled and cut to the middle', async () => {
  const folder = copy(writeUcf101);
  const file = 'UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi';
  // Left and right of the middle are red, and are cut off.
  put(
    folder,
    file,
    aviBytes(8, (frame, x) => (x < 8 || x >= 40 ? [255, 0, 0] : [10, 20 * frame, 200]), { width: 48, height: 32 }),
  );
  const dataset = await openPublished('ucf101', folder, { settings: { frames: 2, height: 32, width: 32 } });
  const [{ id, input }] = await all(dataset, 'test');
  expect(id).toBe(file);
  const size = 32 * 32 * 3;
  for (const [frame, green] of [40, 120].entries()) {
    for (const at of [0, 31 * 3, 15 * 32 * 3, size - 3]) {
      expect([...input.pixels.subarray(frame * size + at, frame * size + at + 3)]).toEqual([10, green, 200]);
    }
  }
  put(folder, file, aviBytes(8, () => [1, 2, 3]).subarray(0, 3000));
  expect((await faultsOf('ucf101', folder, { settings })).at(0)).toMatch(
    new RegExp(`^file "${file}": .*expected .*, got .*; fix: `),
  );
});

it('damaged lists of all of them are faults and nothing worse', async () => {
  const ucf = ['classInd.txt', 'trainlist01.txt', 'testlist01.txt'].map((name) => `ucfTrainTestlist/${name}`);
  await survivesDamage('ucf101', writeUcf101, ucf);
  await survivesDamage('hmdb51', writeHmdb51, ['testTrainMulti_7030_splits/wave_test_split1.txt']);
  await survivesDamage('kinetics-400', writeKinetics400, ['annotations/train.csv', 'annotations/test.csv']);
  await survivesDamage('kinetics-400', writeKineticsVideoMae, ['train.csv']);
  const labels = ['labels', 'train', 'test'].map((name) => `labels/${name}.json`);
  await survivesDamage('something-something-v2', writeSomethingSomethingV2, labels);
  await survivesDamage('moments-in-time', writeMomentsInTime, ['moments_categories.txt', 'trainingSet.csv']);
  await survivesDamage('msr-vtt', writeMsrVtt, ['train_val_videodatainfo.json']);
  await survivesDamage('msr-vtt', writeMsrVtt, ['MSRVTT_JSFUSION_test.csv'], { protocol: '1k-a' });
  await survivesDamage('youcook2', writeYouCook2, ['youcookii_annotations_trainval.json', 'label_foodtype.csv']);
});
