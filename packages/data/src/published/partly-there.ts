// Sets whose authors give out lists of videos on the web: some are always gone, so a listed example without a file is no fault
// of a copy, unless the user says that all must be there.

import { faultAt, type Place } from './fields.ts';
import type { Row } from './lists.ts';
import type { Report, Setting } from './published.ts';

export const completeSetting = {
  complete: { default: 0, least: 0, most: 1, meaning: '1: a listed file that is not there is a fault' },
} as const satisfies Readonly<Record<string, Setting>>;

/** Reports the rows without a file where all must have one. */
export function partlyThere(
  absent: readonly (Pick<Row, 'file'> & { readonly at: Place })[],
  complete: boolean,
  report: Report,
): void {
  if (!complete) return;
  for (const { file, at } of absent) {
    const fix = 'get the missing file, or leave the setting "complete" at 0';
    report(faultAt(at, 'missing', `the file ${file}`, 'nothing there', fix));
  }
}
