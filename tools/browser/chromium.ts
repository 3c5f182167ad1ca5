// Finds a Chromium for the tests: the one asked for, the system's, or the one that travels in a dev dependency as compressed
// files. Downloads nothing, and runs nothing of that dependency.

import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type LaunchOptions } from 'playwright';
import { extract } from 'tar-fs';

export interface Chromium {
  readonly executablePath: string;
  /** Beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** Says why there is no Chromium, and the way out. */
export class NoChromium extends Error {
  override readonly name = 'NoChromium';
}

export interface Wish {
  /** A path, `npm` for the dependency's, or empty. Default: OMNIGRAD_CHROMIUM. */
  readonly asked?: string;
  /** Where a system keeps it. */
  readonly places?: readonly string[];
}

const systemPlaces = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
const cache = fileURLToPath(new URL('../../node_modules/.cache/omnigrad/', import.meta.url));

/** Throws NoChromium. Whether it starts is another question: see `tryStart`. */
export const findChromium = async ({
  asked = process.env.OMNIGRAD_CHROMIUM ?? '',
  places = systemPlaces,
}: Wish = {}): Promise<Chromium> => {
  const candidates = asked === '' ? places : asked === 'npm' ? [] : [asked];
  const installed = candidates.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, env: {} };
  if (candidates === places || asked === 'npm') {
    if (process.platform === 'linux' && process.arch === 'x64') return unpackedChromium();
    throw new NoChromium('no Chromium found; install one or set OMNIGRAD_CHROMIUM');
  }
  throw new NoChromium(`OMNIGRAD_CHROMIUM is ${asked}, where no file is; name a Chromium, or unset it`);
};

/** The dependency's Chromium with the libraries that a bare machine lacks, unpacked on first use (2.5 s, 210 MB). */
const unpackedChromium = async (): Promise<Chromium> => {
  const home = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..');
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { readonly version: string };
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const beside = await mkdtemp(`${folder}-`);
    const unpack = (name: string, to: NodeJS.WritableStream) =>
      pipeline(createReadStream(join(home, 'bin', `${name}.br`)), createBrotliDecompress(), to);
    await Promise.all([
      unpack('chromium', createWriteStream(join(beside, 'chromium'), { mode: 0o755 })),
      unpack('al2023.tar', extract(beside)),
    ]);
    // Another process may have been faster; a folder with files in it is not replaced.
    await rename(beside, folder).catch(async (error: unknown) => {
      await rm(beside, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    });
  }
  const libraries = [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { executablePath: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: libraries } };
};

/** For playwright, which itself asks for no sandbox, as root needs it, and for little background work. */
export const launchOptions = ({ executablePath, env }: Chromium): LaunchOptions => ({
  executablePath,
  env: { ...process.env, ...env },
  args: ['--disable-quic', '--disable-sync', '--disable-gpu'],
});

/** Starts and ends it. Throws NoChromium. */
export const tryStart = async (found: Chromium): Promise<void> => {
  try {
    const browser = await chromium.launch(launchOptions(found));
    await browser.close();
  } catch (error) {
    const log = String(error);
    // The first line that the program itself wrote tells more than playwright's.
    const [, why] = /\[err\] (.*)/.exec(log) ?? /^(?:Error: browserType\.launch: )?(.*)/.exec(log) ?? [];
    throw new NoChromium(`${found.executablePath} does not start (${why}); install another or set OMNIGRAD_CHROMIUM`);
  }
};
