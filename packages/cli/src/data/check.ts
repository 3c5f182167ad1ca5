// `omnigrad data check`: looks through a copy of a published dataset, from its lists to decoded examples.

import { resolve } from 'node:path';
import {
  type CheckResult,
  checkPublished,
  DataError,
  isPublishedName,
  type PublishedName,
  publishedDefinitions,
  publishedNames,
} from '@omnigrad/data';
import Table from 'cli-table3';
import { type Command, InvalidArgumentError } from 'commander';
import { plainLine } from '../ui/stream.ts';
import type { DataContext } from './context.ts';
import { type LineOutput, StatusLine } from './status-line.ts';

const barWidth = 28;
/** Milliseconds between two drawings of the bar. */
const drawnEvery = 125;

export interface CheckCommand {
  readonly folder: string;
  readonly dataset: string;
  readonly protocol: string | null;
  /** Of each split; Infinity: all. */
  readonly examples: number;
  /** Lines of faults; Infinity: all. */
  readonly faults: number;
}

/** A whole number of at least `least`, or "all". */
const countOrAll =
  (least: number) =>
  (text: string): number => {
    if (text === 'all') return Number.POSITIVE_INFINITY;
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number of at least ${least}, or all, came "${text}".`);
  };

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
const several = (count: number, word: string): string => `${grouped(count)} ${word}${count === 1 ? '' : 's'}`;

/** Adds `check` to the group `data`. */
export const withCheck = (group: Command, context: DataContext): void => {
  group
    .command('check')
    .description(
      'Check a copy of a published dataset: its lists, the files they name, and examples from bytes to numbers.',
    )
    .argument('<folder>', 'the copy, in the layout of docs/datasets.md')
    .requiredOption('--dataset <name>', `one of ${publishedNames.join(', ')}`)
    .option('--protocol <name>', 'fold, trial or subset, where there are several (default: the first)')
    .option('--examples <number>', 'examples of each split to decode, evenly spread, or all', countOrAll(0), 100)
    .option('--faults <number>', 'faults to print, or all; the rest is counted', countOrAll(0), 100)
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the options)')
    .action(
      async (
        folder: string,
        given: { dataset: string; protocol?: string; examples: number; faults: number },
      ): Promise<void> => {
        context.exit(await runCheck({ ...given, folder, protocol: given.protocol ?? null }, context));
      },
    );
};

/** Prints a line a fault and a summary. Returns the exit code: 0 without a fault, else 1. @throws {DataError} no such dataset or protocol */
export const runCheck = async (command: CheckCommand, { stdout }: { readonly stdout: LineOutput }): Promise<number> => {
  const { dataset: name, protocol, examples } = command;
  if (!isPublishedName(name)) {
    throw new DataError({
      code: 'missing',
      source: 'data check',
      file: null,
      place: null,
      expected: `a dataset of ${publishedNames.join(', ')}`,
      actual: `"${name}"`,
      fix: 'name one of them with --dataset',
    });
  }
  const status = new StatusLine(stdout);
  const byCode = new Map<string, number>();
  let printed = 0;
  let drawn = 0;
  status.update(`${name}: reading the lists of ${command.folder}`);
  let result: CheckResult;
  try {
    result = await checkPublished(name, command.folder, {
      ...(protocol === null ? {} : { protocol }),
      examples,
      keep: 0,
      onFault: (fault) => {
        byCode.set(fault.code, (byCode.get(fault.code) ?? 0) + 1);
        if (printed >= command.faults) return;
        printed++;
        status.line(`fault: ${fault.message}`);
      },
      onProgress: (done, total) => {
        const time = performance.now();
        if (done < total && time - drawn < drawnEvery) return;
        drawn = time;
        const filled = Math.round((done / total) * barWidth);
        const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
        status.update(`${bar} ${grouped(done)}/${grouped(total)} examples of ${name}`);
      },
    });
  } finally {
    status.clear();
  }
  for (const line of summary(name, command, result, byCode)) status.line(line);
  return result.faultCount === 0 ? 0 : 1;
};

function* summary(
  name: PublishedName,
  { folder, protocol, faults }: CheckCommand,
  { dataset, decoded, faultCount }: CheckResult,
  byCode: ReadonlyMap<string, number>,
): Generator<string> {
  const { title, modality, protocols, counts, source } = publishedDefinitions[name];
  if (faultCount > faults) yield `and ${grouped(faultCount - faults)} more faults (--faults all prints them)`;
  yield `${title}, ${modality}, in ${resolve(folder)}`;
  if (protocols.length > 0) {
    const list = protocols.length > 12 ? `${protocols.slice(0, 12).join(', ')}, ...` : protocols.join(', ');
    yield `protocol: ${protocol ?? 'default'}, of ${list}`;
  }
  if (dataset === null || dataset.splits.size === 0) yield `nothing could be read; where to get it: ${source}`;
  else {
    const { classes, splits } = dataset;
    if (classes.length > 0) {
      yield `classes: ${grouped(classes.length)}, ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', ...' : ''}`;
    }
    // The counts are those of the first protocol.
    const published = protocol === null || protocol === protocols[0] ? counts : undefined;
    yield* splitTable(splits, published);
    const wanted = Object.keys(published ?? {}).filter((split) => !splits.has(split));
    if (wanted.length > 0) yield `not in this copy: ${wanted.join(', ')}`;
    yield `decoded: ${several(decoded, 'example')}`;
    yield `fingerprint: ${dataset.fingerprint}`;
  }
  const kinds = [...byCode].map(([code, count]) => `${grouped(count)} ${code}`).join(', ');
  yield `${several(faultCount, 'fault')}${faultCount > 0 ? `: ${kinds}` : ''}`;
}

function splitTable(
  splits: NonNullable<CheckResult['dataset']>['splits'],
  published: Readonly<Record<string, number>> | undefined,
): string[] {
  const rows = [...splits].map(([split, { length, groups }]) => [
    split,
    grouped(length),
    published?.[split] === undefined ? '-' : grouped(published[split]),
    groups === null ? '-' : grouped(new Set(groups).size),
  ]);
  const table = new Table({
    head: ['split', 'examples', 'published', 'groups'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    chars: tableChars,
  });
  for (const row of rows) table.push(row.map(plainLine));
  return table.toString().split('\n');
}

const tableChars = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;
