// The numbers that a user may choose where the files of a dataset leave them open.

import type { Folder } from './folder.ts';
import type { PublishedOptions, Setting } from './published.ts';

/**
 * The value of each setting: the user's, or its default.
 * @throws {DataError} out-of-range: no such setting, or a value that it cannot have
 */
export function readSettings<Name extends string>(
  folder: Folder,
  settings: Readonly<Record<Name, Setting>>,
  options: PublishedOptions,
): (name: Name) => number {
  const given = options.settings ?? {};
  const fail = (expected: string, actual: string): Error => {
    const fix = 'leave it out for the default';
    return folder.fault({ code: 'out-of-range', file: null, place: 'settings', expected, actual, fix });
  };
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) throw fail(`one of ${Object.keys(settings).join(', ')}`, name);
  }
  for (const [name, value] of Object.entries(given)) {
    const known = Object.entries<Setting>(settings).find(([key]) => key === name)?.[1];
    if (known !== undefined && !(Number.isInteger(value) && value >= known.least && value <= known.most)) {
      throw fail(`a whole number of ${name} from ${known.least} to ${known.most}`, `${value}`);
    }
  }
  return (name) => (Object.hasOwn(given, name) ? given[name] : settings[name].default);
}

/** Protocol and settings in one text, for the fingerprint. */
export function ruleOf(
  protocol: string,
  settings: Readonly<Record<string, Setting>>,
  options: PublishedOptions,
): string {
  const values = Object.entries(settings).map(([name, setting]) => {
    const given = options.settings ?? {};
    return `${name} ${Object.hasOwn(given, name) ? given[name] : setting.default}`;
  });
  return [protocol, ...values].join(', ');
}
