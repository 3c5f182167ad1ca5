// The group `omnigrad data`.

import type { Command } from 'commander';
import { withCheck } from './check.ts';
import type { DataContext } from './context.ts';
import { withFetch } from './fetch.ts';
import { withList } from './list.ts';

/** Each adds its command to the group: one line here for a new one. */
const commands: readonly ((group: Command, context: DataContext) => void)[] = [withFetch, withList, withCheck];

export const withDataCommands = (program: Command, context: DataContext): void => {
  const group = program.command('data').description('Fetch real data, and see what is there.');
  for (const add of commands) add(group, context);
};
