// The command line of a training run.

import { type Modality, modalities, modalitiesWithData } from '@omnigrad/data';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nominalMinutes } from './defaults.ts';
import { type Device, devices } from './device.ts';

export interface TrainCommand {
  readonly seed: number | null;
  readonly modalities: readonly Modality[] | null;
  readonly out: string | null;
  /** A folder, '' for the one of --out or the newest, null for a new run. */
  readonly resume: string | null;
  readonly allowOlder: boolean;
  readonly minutes: number | null;
  readonly device: Device;
}

const seed = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`expected a whole number from 0 to 2^53 - 1, came "${text}".`);
  }
  return value;
};

const minutes = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 10_000)) {
    throw new InvalidArgumentError(`expected a number of minutes above 0 and at most 10000, came "${text}".`);
  }
  return value;
};

const isModality = (name: string): name is Modality => modalities.some((m) => m === name);

const modalityList = (text: string): Modality[] => {
  if (text === 'all') return [...modalities];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isModality(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`unknown modality "${unknown}"; choose from ${modalities.join(', ')}, or all.`);
  }
  if (new Set(names).size !== names.length) throw new InvalidArgumentError('a modality is named twice.');
  return names.filter(isModality);
};

/** Adds the options of `train` to a command, which hands them to `action`. */
export const withTrainOptions = (command: Command, action: (options: TrainCommand) => Promise<void>): Command =>
  command
    .description(
      'Train OmniVec2 on the example data: masked pretraining, bimodal masked pretraining, supervised training on pairs of tasks.',
    )
    .option('--seed <number>', 'seed of every random choice (default: 1)', seed)
    .option(
      '--modalities <list>',
      `comma-separated, of ${modalities.join(', ')}; or all (default: those with real data, ${modalitiesWithData.join(', ')})`,
      modalityList,
    )
    .option('--out <folder>', 'folder of the run (default: runs/quickstart, or the next free number)')
    .option(
      '--resume [folder]',
      'continue a run, byte for byte; without a folder: that of --out, or the newest in runs/',
    )
    .option('--allow-older', 'with --resume: fall back to an older checkpoint if the newest is damaged', false)
    .option(
      '--minutes <number>',
      `training time on the reference machine (2 cores); sets the number of steps, not a clock (default: ${nominalMinutes}, more for more than six modalities)`,
      minutes,
    )
    .addOption(
      new Option('--device <device>', 'what computes: the CPU, a GPU through WebGPU, or auto: a GPU where there is one')
        .choices(devices)
        .default('cpu'),
    )
    .showHelpAfterError('(--help lists the options)')
    .allowExcessArguments(false)
    .action(
      async (given: {
        seed?: number;
        modalities?: Modality[];
        out?: string;
        resume?: string | true;
        allowOlder: boolean;
        minutes?: number;
        device: Device;
      }) =>
        action({
          seed: given.seed ?? null,
          modalities: given.modalities ?? null,
          out: given.out ?? null,
          resume: given.resume === undefined ? null : given.resume === true ? '' : given.resume,
          allowOlder: given.allowOlder,
          minutes: given.minutes ?? null,
          device: given.device,
        }),
    );
