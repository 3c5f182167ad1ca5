import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPublished } from '../../src/published/open.ts';
import type { PublishedOptions } from '../../src/published/published.ts';
import { hashCounter, hashText } from '../../src/sampling/hash.ts';
import { copy } from './copies.ts';
import { writeAdult, writeBankMarketing } from './fixtures/census.ts';
import {
  writeModelNet40,
  writeModelNet40C,
  writeModelNet40Hdf5,
  writeModelNet40Resampled,
} from './fixtures/modelnet40.ts';
import { writeEgo4dImu, writeUciHar } from './fixtures/motion.ts';
import { writePcqm4mv2 } from './fixtures/pcqm4mv2.ts';
import { writeS3dis, writeS3disArrays } from './fixtures/s3dis.ts';
import { writeScanObjectNN } from './fixtures/scanobjectnn.ts';
import { writeIndianPines, writePavia } from './fixtures/scenes.ts';
import { writeExchange, writeExchangeCsv } from './fixtures/series.ts';

type Case = readonly [string, (folder: string) => Promise<void> | void, readonly string[], PublishedOptions];

const s3disRoot = 'Stanford3dDataset_v1.2_Aligned_Version/Area_5/office_1/Annotations';
const cases: readonly Case[] = [
  ['modelnet40', writeModelNet40, ['airplane/train/airplane_0001.off'], { settings: { points: 8 } }],
  [
    'modelnet40',
    writeModelNet40Resampled,
    ['modelnet40_train.txt', 'tv_stand/tv_stand_0001.txt'],
    { protocol: 'normal-resampled' },
  ],
  ['modelnet40', writeModelNet40Hdf5, ['train_files.txt', 'ply_data_test0.h5'], { protocol: 'hdf5-2048' }],
  ['modelnet40-c', writeModelNet40C, ['label.npy', 'data_shear_3.npy'], { protocol: 'shear' }],
  ['scanobjectnn', writeScanObjectNN, ['h5_files/main_split_nobg/test_objectdataset.h5'], { protocol: 'OBJ_ONLY' }],
  ['s3dis', writeS3dis, [`${s3disRoot}/floor_1.txt`], { settings: { blocks: 1, points: 8 } }],
  ['s3dis', writeS3disArrays, ['stanford_indoor3d/Area_5_office_1.npy'], { settings: { blocks: 1, points: 8 } }],
  ['exchange', writeExchange, ['exchange_rate.txt.gz'], {}],
  ['exchange', writeExchangeCsv, ['exchange_rate/exchange_rate.csv'], {}],
  ['adult', writeAdult, ['adult.data', 'adult.test'], {}],
  ['bank-marketing', writeBankMarketing, ['bank-full.csv'], {}],
  ['pcqm4mv2', writePcqm4mv2, ['pcqm4m-v2/raw/data.csv.gz', 'pcqm4m-v2/split_dict.json'], {}],
  [
    'uci-har',
    writeUciHar,
    ['UCI HAR Dataset/train/y_train.txt', 'UCI HAR Dataset/test/Inertial Signals/total_acc_x_test.txt'],
    {},
  ],
  ['ego4d-imu', writeEgo4dImu, ['clips.csv', 'imu/aaaa-1111.csv'], { settings: { seconds: 1, rate: 20 } }],
  ['indian-pines', writeIndianPines, ['Indian_pines_gt.mat', 'Indian_pines_corrected.mat'], { settings: { patch: 1 } }],
  ['pavia', writePavia, ['PaviaU_gt.mat'], { protocol: 'university-spatial', settings: { patch: 1, tile: 8 } }],
];

/** Cut short, with bytes changed, or with some taken out, most of it near the start, where sizes are. */
function damaged(bytes: Uint8Array, draw: (below: number) => number): Uint8Array {
  const place = draw(draw(2) === 0 ? bytes.length : Math.min(bytes.length, 400));
  const kind = draw(4);
  if (kind === 0) return bytes.slice(0, place);
  if (kind === 1) return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + draw(8))]);
  const copied = bytes.slice();
  for (let k = 0; k <= draw(3); k++)
    copied[Math.min(bytes.length - 1, place + draw(16))] = [0, 255, 44, 10, draw(256)][draw(5)];
  return copied;
}

describe('a damaged copy gives faults, soon and in little memory, and never another error', () => {
  it.each(cases)('%s %#', async (name, write, files, options) => {
    const folder = copy(() => {});
    await write(folder);
    const before = process.memoryUsage.rss();
    for (const file of files) {
      const path = join(folder, file);
      const bytes = new Uint8Array(readFileSync(path));
      for (let run = 0; run < 3; run++) {
        let at = 0;
        const draw = (below: number): number => hashCounter([hashText(file), run], at++) % below;
        writeFileSync(path, damaged(bytes, draw));
        const began = performance.now();
        const { faults } = await checkPublished(name, folder, { ...options, examples: 2 });
        for (const { message } of faults) {
          expect(message).not.toMatch(/[\r\n]/);
          expect(message.length).toBeLessThan(700);
        }
        expect(performance.now() - began).toBeLessThan(5000);
        expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(400);
      }
      writeFileSync(path, bytes);
    }
  });
});
