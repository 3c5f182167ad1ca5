// The omnigrad command: parses the line, runs it, turns errors into one line and an exit code.

import { Command } from 'commander';
import { withDataCommands } from './data/index.ts';
import { withTrainOptions } from './options.ts';
import { runTrain, type TrainEnvironment } from './train.ts';

/** Errors that a user can act on carry their own message; anything else is a defect and keeps its stack. */
const expected = new Set([
  'DataError',
  'RunError',
  'CheckpointError',
  'TrainingError',
  'OmnigradError',
  'ShapeError',
  'DTypeError',
  'IndexError',
  'GradientError',
  'DisposedError',
  'ScopeError',
  'BackendError',
  'DeviceLostError',
  'NoAdapterError',
  'ArgumentError',
]);

const report = (error: unknown): void => {
  if (error instanceof Error && expected.has(error.name)) process.stderr.write(`error: ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
};

/** Runs `train` alone with these arguments (the quickstart). Returns the exit code; never throws. */
export const trainMain = async (args: readonly string[], env: TrainEnvironment): Promise<number> => {
  let code = 0;
  const command = withTrainOptions(new Command(env.command), async (options) => {
    code = await runTrain(options, env);
  });
  return parse(command, args, () => code);
};

const parse = async (command: Command, args: readonly string[], code: () => number): Promise<number> => {
  try {
    await command.exitOverride().parseAsync([...args], { from: 'user' });
    return code();
  } catch (error) {
    // Commander has already printed what it has to say.
    if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
    report(error);
    return 1;
  }
};

/** The `omnigrad` command with all its subcommands. */
export const main = async (args: readonly string[], env: TrainEnvironment): Promise<number> => {
  let code = 0;
  const command = new Command('omnigrad').description('Train and inspect OmniVec2.').exitOverride();
  withTrainOptions(command.command('train'), async (options) => {
    code = await runTrain(options, { ...env, command: 'omnigrad train' });
  });
  withDataCommands(command, {
    stdout: env.stdout,
    env: process.env,
    dataFrom: env.dataFrom,
    exit: (asked) => {
      code = asked;
    },
  });
  return parse(command, args, () => code);
};
