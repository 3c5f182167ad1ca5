// Reads PyTorch's op goldens, in Node and in a page.

import { type GoldenFile, readGolden } from '@omnigrad/tensor/testing';

const folder = new URL('../../tensor/test/goldens/ops', import.meta.url);

const readBytes = async (url: URL): Promise<Uint8Array> => {
  if (url.protocol === 'file:') return (await import('node:fs/promises')).readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};

export const readGoldens = async (names: readonly string[]): Promise<ReadonlyMap<string, GoldenFile>> =>
  new Map(
    await Promise.all(
      names.map(async (name) => [name, readGolden(await readBytes(new URL(`${folder}/${name}.safetensors`)))] as const),
    ),
  );
