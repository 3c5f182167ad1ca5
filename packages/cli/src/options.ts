// The command line of a training run.

import { type Modality, modalities, modalitiesWithData } from '@omnigrad/data';
import { maxWorkers } from '@omnigrad/training';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DataChoice, trainableSets } from './data/fetched.ts';
import { nominalMinutes } from './defaults.ts';
import { type Device, devices } from './device.ts';
import { defaultLimit, type PublishedCopy, parseCopy, parseLimit, trainableNames } from './published-data.ts';

export interface TrainCommand {
  readonly seed: number | null;
  readonly modalities: readonly Modality[] | null;
  readonly out: string | null;
  /** A folder, '' for the one of --out or the newest, null for a new run. */
  readonly resume: string | null;
  readonly allowOlder: boolean;
  readonly minutes: number | null;
  readonly device: Device;
  /** Which data; null: auto, or that of the resumed run. */
  readonly data: DataChoice | null;
  /** Copies of published datasets, each in place of the data of its modality. */
  readonly datasets: readonly PublishedCopy[];
  /** Examples read of each of their splits; null: the default, or that of the resumed run. */
  readonly limit: number | null;
  /** Threads that prepare batches. */
  readonly workers: number;
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

const workers = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maxWorkers) {
    throw new InvalidArgumentError(`expected a whole number of threads from 0 to ${maxWorkers}, came "${text}".`);
  }
  return value;
};

const dataChoice = (text: string): DataChoice => {
  if (text === 'auto' || text === 'poly13' || text === 'real') return text;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !trainableSets.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `unknown data "${unknown}"; choose auto, poly13, real, or from ${trainableSets.join(', ')}.`,
    );
  }
  return names;
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
    .option(
      '--data <choice>',
      `data of modalities that npm brings none for: auto (a set from "omnigrad data fetch" where there is one, else Poly-13, which is generated), poly13, real (an error where none was fetched); or sets by name, of ${trainableSets.join(', ')} (default: auto)`,
      dataChoice,
    )
    .option(
      '--dataset <name=folder>',
      `a copy of a published dataset, in place of the data of its modality (docs/training-on-your-data.md), or NAME:PROTOCOL=FOLDER; may be repeated; of ${trainableNames.join(', ')}`,
      parseCopy,
    )
    .option('--limit <number>', `examples read of each split of a --dataset (default: ${defaultLimit})`, parseLimit)
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
    .option(
      '--workers <number>',
      'threads that prepare batches ahead of the steps, each with the data in its own memory; for data that costs more than a twentieth of a step. The bytes are the same (default: 0)',
      workers,
    )
    .showHelpAfterError('(--help lists the options)')
    .allowExcessArguments(false)
    .action(
      async (given: {
        seed?: number;
        modalities?: Modality[];
        data?: DataChoice;
        dataset?: PublishedCopy[];
        limit?: number;
        out?: string;
        resume?: string | true;
        allowOlder: boolean;
        minutes?: number;
        device: Device;
        workers?: number;
      }) =>
        action({
          seed: given.seed ?? null,
          modalities: given.modalities ?? null,
          data: given.data ?? null,
          datasets: given.dataset ?? [],
          limit: given.limit ?? null,
          out: given.out ?? null,
          resume: given.resume === undefined ? null : given.resume === true ? '' : given.resume,
          allowOlder: given.allowOlder,
          minutes: given.minutes ?? null,
          device: given.device,
          workers: given.workers ?? 0,
        }),
    );
