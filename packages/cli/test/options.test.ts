// What --modalities may say, and what a run makes of it.

import { modalities, modalitiesWithData } from '@omnigrad/data';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../src/defaults.ts';
import { type TrainCommand, withTrainOptions } from '../src/options.ts';

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
