// Golden files by name, in Node and in a page.

import { type GoldenFile, readGolden } from './goldens.ts';

const readBytes = async (url: URL): Promise<Uint8Array> => {
  if (url.protocol === 'file:') return (await import('node:fs/promises')).readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};

/** The files `names` of a folder, whose URL has no slash at its end. */
export const readGoldens = async (folder: URL, names: readonly string[]): Promise<ReadonlyMap<string, GoldenFile>> =>
  new Map(
    await Promise.all(
      names.map(async (name) => [name, readGolden(await readBytes(new URL(`${folder}/${name}.safetensors`)))] as const),
    ),
  );
