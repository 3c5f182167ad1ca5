// `omnigrad data list`: what can be fetched, and what is here.

import Table from 'cli-table3';
import type { Command } from 'commander';
import { cacheFolder, stateOf } from './cache.ts';
import type { DataContext } from './context.ts';
import { fetchSources } from './sources.ts';

const size = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** Adds `list` to the group `data`. */
export const withList = (group: Command, { stdout, env, exit }: DataContext): void => {
  group
    .command('list')
    .description('Show the sets that can be fetched, their licences, and which are in the cache.')
    .option('--json', 'as JSON, a line a set', false)
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the options)')
    .action(({ json }: { json: boolean }) => {
      const cache = cacheFolder(env);
      const rows = fetchSources.map((source) => ({ source, state: stateOf(source, cache) }));
      if (json) {
        for (const { source, state } of rows) {
          const { preparation: _, sha256: _sha, ...shown } = source;
          stdout.write(`${JSON.stringify({ ...shown, state })}\n`);
        }
        return exit(0);
      }
      // Borders and padding take three a column; what is described last gets what is left.
      const widths = [17, 15, 9, 10, 18];
      const left = (stdout.columns ?? 110) - widths.reduce((sum, width) => sum + width + 1, 2);
      const table = new Table({
        head: ['set', 'modality', 'here', 'download', 'licence', 'what, and from which package'],
        wordWrap: true,
        colWidths: [...widths, Math.max(24, left)],
        style: { head: [], border: [] },
      });
      for (const { source, state } of rows) {
        const here = state.kind === 'fetched' ? size(state.bytes) : state.kind === 'faulty' ? 'faulty' : 'no';
        table.push([
          source.name,
          source.modalities.join(', '),
          here,
          size(source.downloadBytes),
          source.licence,
          `${source.what} (${source.kind}: ${source.package} ${source.version})`,
        ]);
      }
      stdout.write(`${table.toString()}\ncache: ${cache}\n`);
      for (const { state } of rows) if (state.kind === 'faulty') stdout.write(`faulty: ${state.fault}\n`);
      exit(0);
    });
};
