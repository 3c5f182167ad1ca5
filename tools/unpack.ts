// Unpacks files that travel compressed in a dev dependency into a folder of the cache, once for all processes.

import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

const cache = fileURLToPath(new URL('../node_modules/.cache/omnigrad/', import.meta.url));

/** Of the dependency that carries a Chromium and its software GPU. */
export const carrier = (): string => join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..');

/** `bin/<name>.br` of the carrier into a stream. */
export const decompress = (name: string, to: NodeJS.WritableStream): Promise<void> =>
  pipeline(createReadStream(join(carrier(), 'bin', `${name}.br`)), createBrotliDecompress(), to);

/** The folder `name` of the cache, filled by `fill` where it is not there yet: seen by others only when it is whole. */
export const unpackOnce = async (name: string, fill: (folder: string) => Promise<unknown>): Promise<string> => {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const beside = await mkdtemp(`${folder}-`);
  await fill(beside);
  // Another process may have been faster; a folder with files in it is not replaced.
  await rename(beside, folder).catch(async (error: unknown) => {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
};
