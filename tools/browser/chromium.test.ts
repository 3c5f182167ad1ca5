import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { findChromium, launchOptions, NoChromium, tryStart } from './chromium.ts';

const here = process.execPath;
const nowhere = join(here, 'nowhere');
const fromPackage = process.platform === 'linux' && process.arch === 'x64';

it('takes what is asked for, else the first of the places that is there', async () => {
  expect((await findChromium({ asked: here, places: [] })).executablePath).toBe(here);
  expect((await findChromium({ asked: '', places: [nowhere, here, '/'] })).executablePath).toBe(here);
});

it('says in one line what is wrong, and the way out', async () => {
  const lineOf = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NoChromium);
    return error instanceof NoChromium ? error.message : '';
  };
  expect(await lineOf(findChromium({ asked: nowhere }))).toBe(
    `OMNIGRAD_CHROMIUM is ${nowhere}, where no file is; name a Chromium, or unset it`,
  );
  // Node itself, which knows none of the options and says so.
  expect(await lineOf(tryStart({ executablePath: here, env: {} }))).toMatch(
    /^\S+ does not start \(.*bad option.*\); install another or set OMNIGRAD_CHROMIUM$/,
  );
});

it.runIf(fromPackage)('unpacks the one of the package, which starts with what travels beside it', async () => {
  // Twice at once, as two test runs may.
  const [found, again] = await Promise.all([1, 2].map(() => findChromium({ asked: '', places: [nowhere] })));
  expect(again).toEqual(found);
  const folder = dirname(found.executablePath);
  expect(found.env.LD_LIBRARY_PATH.split(':')[0]).toBe(join(folder, 'lib'));
  expect(existsSync(join(folder, 'lib/libnss3.so'))).toBe(true);
  const browser = await chromium.launch(launchOptions(found));
  expect(folder).toContain(`chromium-gpu-${browser.version().split('.')[0]}.`);
  const page = await browser.newPage();
  expect(await page.evaluate('1 + 1')).toBe(2);
  await browser.close();
});
