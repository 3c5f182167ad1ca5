// --dataset: what the command line says of it, and streams of small copies that train.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Modality, modalities, publishedNames } from '@omnigrad/data';
import { useBackend } from '@omnigrad/tensor';
import { evaluateTask, openRun, train } from '@omnigrad/training';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { writeAdult, writeBankMarketing } from '../../data/test/published/fixtures/census.ts';
import { put } from '../../data/test/published/fixtures/encoders.ts';
import { writeEsc50 } from '../../data/test/published/fixtures/esc-50.ts';
import { writeGlue } from '../../data/test/published/fixtures/glue.ts';
import { writeLlvip } from '../../data/test/published/fixtures/llvip.ts';
import { writeModelNet40 } from '../../data/test/published/fixtures/modelnet40.ts';
import { writeEgo4dImu, writeUciHar } from '../../data/test/published/fixtures/motion.ts';
import { writePlaces365 } from '../../data/test/published/fixtures/places-365.ts';
import { writeIndianPines, writePavia } from '../../data/test/published/fixtures/scenes.ts';
import { writeExchange } from '../../data/test/published/fixtures/series.ts';
import { writeSunRgbd } from '../../data/test/published/fixtures/sun-rgbd.ts';
import { writeTbXray } from '../../data/test/published/fixtures/tb-xray.ts';
import { smallConfig } from '../../training/test/fixtures/small-config.ts';
import { recordOf } from '../src/data/fetched.ts';
import { loadStream, loadStreams, sourceOf } from '../src/data-packages.ts';
import { type TrainCommand, withTrainOptions } from '../src/options.ts';
import {
  modalitiesWith,
  type PublishedCopy,
  parseCopy,
  publishedRecord,
  publishedSets,
  resumedPublished,
  trainableNames,
} from '../src/published-data.ts';

const made: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'omnigrad-dataset-'));
  made.push(path);
  return path;
};
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const parse = async (...args: readonly string[]): Promise<TrainCommand> => {
  const given: TrainCommand[] = [];
  const command = withTrainOptions(new Command(), async (options) => {
    given.push(options);
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync([...args], { from: 'user' });
  return given[0];
};

describe('--dataset', () => {
  it('takes a folder, with or without a protocol, as often as there are modalities', async () => {
    expect(await parse()).toMatchObject({ datasets: [], limit: null });
    const given = await parse('--dataset', 'esc-50:fold-2=/data/a=b:c', '--dataset', 'adult=census', '--limit', '50');
    expect(given.limit).toBe(50);
    expect(given.datasets).toEqual([
      { name: 'esc-50', protocol: 'fold-2', folder: '/data/a=b:c' },
      { name: 'adult', protocol: null, folder: 'census' },
    ]);
  });

  it('refuses the rest by a line', async () => {
    const form = 'expected NAME=FOLDER or NAME:PROTOCOL=FOLDER, came';
    const cases: readonly (readonly [string, string])[] = [
      ['esc-50', `${form} "esc-50".`],
      ['esc-50=', `${form} "esc-50=".`],
      ['cifar=/x', `unknown dataset "cifar"; choose from ${trainableNames.join(', ')}.`],
      ['=x', `unknown dataset ""; choose from ${trainableNames.join(', ')}.`],
      ['esc-50:fold-9=x', 'esc-50 has no protocol "fold-9"; choose from fold-1, fold-2, fold-3, fold-4, fold-5.'],
      ['places-365:small=x', 'places-365 has no protocol "small"; leave it out.'],
      [
        'audioset=x',
        'audioset has no stream yet: its targets are several classes at once; read it by datasetOf of @omnigrad/data (docs/training-on-your-data.md).',
      ],
      ['nyuv2=x', 'nyuv2:segmentation has no class of a whole example, which its stream asks for; give nyuv2:scene=x.'],
      ['llvip:pairs=x', 'llvip:pairs has no class of a whole example, which its stream asks for; give llvip:person=x.'],
    ];
    for (const [text, message] of cases) {
      const error = await parse('--dataset', text).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        message: `error: option '--dataset <name=folder>' argument '${text}' is invalid. ${message}`,
      });
    }
    await expect(parse('--dataset', 'etth1=a', '--dataset', 'weather=b')).rejects.toThrow(
      'etth1 and weather are both timeseries; a run takes one.',
    );
    for (const limit of ['0', '20001', 'all']) {
      await expect(parse('--limit', limit)).rejects.toThrow(
        `expected a whole number of examples from 1 to 20000, came "${limit}".`,
      );
    }
  });

  it('knows every published set: a stream, or why there is none', () => {
    const refused = publishedNames.filter((name) => !trainableNames.includes(name));
    expect(refused).toEqual([
      'audioset',
      'wikipedia',
      'dialogsum',
      'samsum',
      'modelnet40-c',
      's3dis',
      'chestx-ray14',
      'regdb',
    ]);
    for (const name of refused) expect(() => parseCopy(`${name}=x`)).toThrow(`${name} has no stream yet: it`);
  });

  it('adds its modality to a run that names none, and wants it in one that does', () => {
    const copies = parseCopy('llvip=x', parseCopy('adult=y'));
    expect(modalitiesWith(copies)).toEqual(['image', 'text', 'audio', 'tabular', 'timeseries', 'imu', 'infrared']);
    expect(() => publishedSets(copies, null, ['imu', 'tabular'])).toThrow(
      '--dataset: llvip: expected infrared among the modalities, got imu, tabular; fix: add it to --modalities',
    );
  });

  it('a run goes on with the copies that it began with, wherever they lie by now', () => {
    const chosen: Modality[] = ['audio', 'tabular'];
    const sets = publishedSets(parseCopy('esc-50:fold-2=/old'), 50, chosen);
    expect(sourceOf('audio', sets)).toBe('esc-50, fold-2, at most 50 examples a split');
    const record: unknown = JSON.parse(JSON.stringify({ ...recordOf(sets), ...publishedRecord(sets) }));
    const resumed = (copies: readonly PublishedCopy[], limit: number | null = null) =>
      resumedPublished(record, copies, limit, chosen);
    expect(resumed([])).toEqual(sets);
    expect(resumed(parseCopy('esc-50:fold-2=/new'))).toEqual({ audio: { ...sets.audio, dir: '/new' } });
    const began = 'expected esc-50, fold-2, at most 50 examples a split, with which the run began';
    const fix = 'fix: leave --dataset and --limit out, or start a new run with --out';
    expect(() => resumed(parseCopy('esc-50=/old'))).toThrow(
      `--dataset: audio: ${began}, got esc-50, at most 50 examples a split; ${fix}`,
    );
    expect(() => resumed([], 60)).toThrow(`${began}, got esc-50, fold-2, at most 60 examples a split; ${fix}`);
    expect(() => resumed(parseCopy('adult=/x'))).toThrow(
      `--dataset: tabular: expected the usual data, with which the run began, got adult, at most 2000 examples a split; ${fix}`,
    );
  });
});

/** Where BERT's word pieces are installed. */
const packages = new URL('../../../examples/quickstart/package.json', import.meta.url).href;

const fixtures: Readonly<Partial<Record<Modality, readonly [string, (folder: string) => void]>>> = {
  image: ['places-365', writePlaces365],
  text: ['glue:sst-2', writeGlue],
  audio: ['esc-50:fold-2', writeEsc50],
  tabular: ['adult', writeAdult],
  timeseries: ['exchange', writeExchange],
  imu: ['uci-har', writeUciHar],
  depth: ['sun-rgbd', writeSunRgbd],
  pointcloud: ['modelnet40', writeModelNet40],
  xray: ['tb-xray', writeTbXray],
  infrared: ['llvip', writeLlvip],
  hyperspectral: ['indian-pines', writeIndianPines],
};

describe('streams of copies', () => {
  it('of eleven modalities train and are scored beside a classical method, and threads get the same', async () => {
    const chosen = modalities.filter((modality) => fixtures[modality] !== undefined);
    const copies = chosen.reduce<PublishedCopy[]>((before, modality) => {
      const [name, write] = fixtures[modality] ?? ['', () => {}];
      const path = folder();
      write(path);
      return parseCopy(`${name}=${path}`, before);
    }, []);
    const sets = publishedSets(copies, 30, chosen);
    const loaded: string[] = [];
    const streams = await loadStreams(chosen, packages, (modality) => loaded.push(modality), sets);
    expect(loaded).toEqual(chosen);

    const config = { ...smallConfig([1, 1, 2]), modalities: [...chosen] };
    const backend = createCpuBackend();
    const previous = useBackend(backend);
    try {
      using run = openRun({ dir: join(folder(), 'run'), mode: 'new' });
      run.writeConfig(config);
      const outcome = await train({
        ...{ config, streams, backend, run, resume: null, events: {} },
        stopRequested: () => false,
      });
      if (outcome.status === 'interrupted') throw new Error('nobody asked it to stop');
      using model = outcome.model;
      const scored: string[] = [];
      for (const stream of model.streams) {
        for (const task of stream.tasks) {
          const { result } = await evaluateTask(model, stream, task, 8);
          scored.push(`${task.id}, ${result.metric}, ${result.testCount}, ${result.baselineName}`);
          for (const value of [result.value, result.chance, result.baseline]) expect(value).toSatisfy(Number.isFinite);
        }
      }
      expect(scored).toEqual([
        'image/class, accuracy, 2, logistic regression, 2 x 2 pooled pixels',
        'text/class, accuracy, 2, logistic regression, bag of 2,000 words',
        'audio/class, accuracy, 2, logistic regression, mean and deviation of 40 log-mels',
        'tabular/class, accuracy, 2, logistic regression, standardised columns',
        'timeseries/forecast, MAE of 7, 96 days, 30, persistence',
        'imu/class, accuracy, 2, logistic regression, mean, deviation and range',
        'depth/class, accuracy, 2, logistic regression, 2 x 2 pooled pixels',
        'pointcloud/class, accuracy, 2, logistic regression, distances and spread',
        'xray/class, accuracy, 2, logistic regression, 2 x 2 pooled pixels',
        'infrared/class, accuracy, 2, logistic regression, 2 x 2 pooled pixels',
        'hyperspectral/class, accuracy, 30, logistic regression, mean spectrum',
      ]);
    } finally {
      useBackend(previous);
      backend.dispose();
    }
    // A worker makes its stream of the recipe alone.
    const [table] = streams.filter(({ modality }) => modality === 'tabular');
    expect(structuredClone(table.recipe)).toMatchObject({ name: 'loadStream' });
    const again = await loadStream({ modality: 'tabular', from: packages, set: sets.tabular });
    expect([again.fingerprint, again.settings]).toEqual([table.fingerprint, table.settings]);
  });

  it('of other sets are made, with windows and patches that fit', async () => {
    const cases = [
      ['imu', 'ego4d-imu', writeEgo4dImu],
      ['tabular', 'bank-marketing', writeBankMarketing],
      ['hyperspectral', 'pavia', writePavia],
    ] as const;
    for (const [modality, name, write] of cases) {
      const path = folder();
      write(path);
      const set = publishedSets(parseCopy(`${name}=${path}`), 20, [modality])[modality];
      const stream = await loadStream({ modality, from: packages, set });
      expect([stream.modality, stream.fingerprint.length]).toEqual([modality, 32]);
    }
  });

  it('say which file of a copy is wrong', async () => {
    const path = folder();
    writeEsc50(path);
    put(path, 'audio/1-100031-A-0.wav', 'no sound');
    const set = publishedSets(parseCopy(`esc-50=${path}`), null, ['audio']).audio;
    await expect(loadStream({ modality: 'audio', from: packages, set })).rejects.toThrow(
      `esc-50: file "${path}/audio/1-100031-A-0.wav"`,
    );
  });
});
