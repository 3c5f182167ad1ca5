// What --modalities may say, and what a run makes of it.

import { modalities, modalitiesWithData } from '@omnigrad/data';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../src/defaults.ts';
import { type TrainCommand, withTrainOptions } from '../src/options.ts';
import { waitLine } from '../src/train.ts';

const parse = async (...args: readonly string[]): Promise<TrainCommand> => {
  const given: TrainCommand[] = [];
  const command = withTrainOptions(new Command(), async (options) => {
    given.push(options);
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync([...args], { from: 'user' });
  return given[0];
};

describe('--modalities', () => {
  it('takes names, or all thirteen', async () => {
    expect((await parse('--modalities', 'imu,depth')).modalities).toEqual(['imu', 'depth']);
    expect((await parse('--modalities', 'all')).modalities).toEqual(modalities);
    expect(modalities.length).toBe(13);
    expect((await parse()).modalities).toBeNull();
  });

  it('names what it does not know, and what is named twice', async () => {
    await expect(parse('--modalities', 'image,smell')).rejects.toThrow(
      `unknown modality "smell"; choose from ${modalities.join(', ')}, or all.`,
    );
    await expect(parse('--modalities', 'imu,imu')).rejects.toThrow('a modality is named twice.');
  });

  it('takes a rule for the data, or names of sets', async () => {
    expect((await parse()).data).toBeNull();
    expect((await parse('--data', 'real')).data).toBe('real');
    expect((await parse('--data', 'football, furniture')).data).toEqual(['football', 'furniture']);
    await expect(parse('--data', 'football,cifar')).rejects.toThrow(
      'unknown data "cifar"; choose auto, poly13, real, or from stamps, furniture, molecules, football,',
    );
  });

  it('gives each modality as many steps, however many there are, and leaves the usual six as they are', () => {
    const stepsOf = (config: ReturnType<typeof defaultConfig>): number[] => config.stages.map(({ steps }) => steps);
    const six = defaultConfig({ seed: 1 });
    expect(six.modalities).toEqual(modalitiesWithData);
    expect(stepsOf(six)).toEqual([480, 300, 2000]);
    expect(stepsOf(defaultConfig({ seed: 1, modalities: ['imu'] }))).toEqual([480, 300, 2000]);
    expect(stepsOf(defaultConfig({ seed: 1, modalities: [...modalities] }))).toEqual([1040, 650, 4333]);
    expect(stepsOf(defaultConfig({ seed: 1, modalities: [...modalities], minutes: 3 }))).toEqual([480, 300, 2000]);
  });
});

describe('--workers', () => {
  it('takes a number of threads, none by default', async () => {
    expect((await parse()).workers).toBe(0);
    expect((await parse('--workers', '3')).workers).toBe(3);
    for (const wrong of ['-1', '1.5', 'two', '65']) {
      await expect(parse('--workers', wrong)).rejects.toThrow(
        `expected a whole number of threads from 0 to 64, came "${wrong}".`,
      );
    }
  });

  it('the closing line says which share of the time steps waited for data', () => {
    const times = [
      { stage: 1, seconds: 10, dataSeconds: 1 },
      { stage: 3, seconds: 90, dataSeconds: 0.5 },
    ] as const;
    expect(waitLine(times)).toBe('data wait: 1.5 % of the training time (stage 1 10.0 %, stage 3 0.6 %)\n');
    expect(waitLine([])).toBe('');
  });
});
