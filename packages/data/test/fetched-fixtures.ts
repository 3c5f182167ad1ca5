// Small packages in the layouts of those that `omnigrad data fetch` unpacks, all made here.

import { crc32, gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { encodeTarEnd, encodeTarEntry } from '../src/formats/tar-stream.ts';
import { idxBytes } from './fixtures.ts';
import { golden } from './mutated.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Stored, not packed. */
export function zipBytes(files: Files): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = typeof content === 'string' ? latin1(content) : content;
    const header = new DataView(new ArrayBuffer(30));
    header.setUint32(0, 0x04034b50, true);
    header.setUint32(14, crc32(data), true);
    header.setUint32(18, data.length, true);
    header.setUint32(22, data.length, true);
    header.setUint16(26, name.length, true);
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint32(16, crc32(data), true);
    entry.setUint32(20, data.length, true);
    entry.setUint32(24, data.length, true);
    entry.setUint16(28, name.length, true);
    entry.setUint32(42, at, true);
    parts.push(new Uint8Array(header.buffer), latin1(name), data);
    directory.push(new Uint8Array(entry.buffer), latin1(name));
    at += 30 + name.length + data.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, directory.length / 2, true);
  end.setUint16(10, directory.length / 2, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Uint8Array(Buffer.concat([...parts, ...directory, new Uint8Array(end.buffer)]));
}

/** A box from (x, 0, -z) to (2 x, y, z): y up and off the middle, as models are. Its last face has two corners. */
export function boxObj(x: number, y: number, z: number): string {
  const vertices = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const [i, j, k] = [corner & 1, (corner >> 1) & 1, corner >> 2];
    return `v ${x * (1 + i)} ${y * j} ${z * (2 * k - 1)}`;
  });
  const faces = ['1 3 4 2', '5 6 8 7', '1 2 6 5', '3 7 8 4', '1 5 7 3', '2 4 8 6', '1 2'];
  return `${[...vertices, ...faces.map((face) => `f ${face}`)].join('\n')}\n`;
}

interface Item {
  readonly name: string;
  readonly category: string;
  /** cm: width, height, depth. */
  readonly size: readonly [number, number, number];
  readonly rotation?: string;
}

/** One catalogue of boxes. */
export function furniturePackage(items: readonly Item[]): Files {
  const lines = ['id=Toy', 'name=Caf\u00e9'];
  const models: Record<string, string> = {};
  for (const [at, { name, category, size, rotation }] of items.entries()) {
    const row = at + 1;
    const [width, height, depth] = size;
    lines.push(`name#${row}=${name}`, `category#${row}=${category}`, `model#${row}=/toy/m${row}.obj`);
    lines.push(`width#${row}=${width}`, `height#${row}=${height}`, `depth#${row}=${depth}`);
    if (rotation !== undefined) lines.push(`modelRotation#${row}=${rotation}`);
    models[`toy/m${row}.obj`] = boxObj(1 + at, 2, 3);
  }
  const catalogue = zipBytes({ 'PluginFurnitureCatalog.properties': lines.join('\n'), ...models });
  return { 'usr/share/sweethome3d/furniture/Toy.sh3f': catalogue };
}

/** A few of each of four classes and one thing of none. */
export const furnitureItems: readonly Item[] = [
  ...['Chair', 'Armchair', 'Round table', 'Door'].flatMap((name, kind) =>
    [0, 1, 2, 3].map((n): Item => {
      const category = name === 'Door' ? 'Doors and windows' : 'Living room';
      return { name, category, size: [50 + 10 * n, 90 + kind, 45 + n] };
    }),
  ),
  { name: 'Bread', category: 'Kitchen', size: [10, 10, 10] },
];

const smiles = ['CCO', 'c1ccccc1', 'CC(=O)[O-]', 'CN', 'CCBr', 'C#N', 'CCCl', 'CF', 'CI', 'CCC', 'CCN', 'C1CC1'];

/** Twelve molecules, four of each class. */
export const moleculesPackage = (): Files => {
  const folder = 'usr/share/RDKit/Contrib/FreeWilson/data';
  const lines = smiles.map((text, at) => `${text} ${100 + at}`);
  const activities = smiles.map((_, at) => `${100 + at},${5.5 + (at % 3)}`);
  return {
    [`${folder}/CHEMBL2321810.smi`]: `${lines.join('\n')}\n`,
    [`${folder}/CHEMBL2321810_act.csv`]: `Name,Act\n${activities.join('\n')}\n`,
  };
};

/** Twelve conferences of four teams; a team plays all of its own and the same place of the next one. */
export const footballGml = (): string => {
  const teams = Array.from({ length: 48 }, (_, id) => id);
  const nodes = teams.map((id) => `node [ id ${id} label "T${id}" value ${Math.floor(id / 4)} ]`);
  const inside = teams.flatMap((a) =>
    teams.filter((b) => b > a && Math.floor(b / 4) === Math.floor(a / 4)).map((b) => [a, b]),
  );
  const across = teams.map((a) => [a, (a + 4) % 48]);
  const edges = [...inside, ...across].map(([a, b]) => `edge [ source ${a} target ${b} ]`);
  return `graph [ directed 0\n${[...nodes, ...edges].join('\n')}\n]\n`;
};

export const footballPackage = (): Files => ({
  'usr/share/doc/r-cran-igraph/tests/testthat/football.gml.gz': gzipSync(footballGml()),
});

/** Water in a ball of this radius, mm, in the middle of air, in the grid of the real file. */
export const craniumPackage = (radius: number): Files => {
  const [slices, rows, columns] = [108, 256, 256];
  const values = new Int16Array(slices * rows * columns).fill(-1000);
  const reach = Math.floor(radius / 0.9);
  for (let z = 0; z < slices; z++)
    for (let y = 128 - reach; y < 128 + reach; y++)
      for (let x = 128 - reach; x < 128 + reach; x++) {
        const [dx, dy, dz] = [(x - 127.5) * 0.9570312, (y - 127.5) * 0.9570312, (z - 53.5) * 1.5];
        if (dx * dx + dy * dy + dz * dz < radius * radius) values[(z * rows + y) * columns + x] = 0;
      }
  const origin = { source: 'fixture', file: null };
  const entry = encodeTarEntry('tmp/matrix.dat', new Uint8Array(values.buffer), origin);
  const tar = Buffer.concat([entry, encodeTarEnd(entry.length)]);
  return { 'usr/share/doc/invesalius-examples/examples/Cranium.inv3': gzipSync(tar, { level: 1 }) };
};

export const fashionPackage = (): Files => {
  const folder = 'usr/share/datasets/fashion-mnist';
  const pictures = (count: number): Uint8Array =>
    idxBytes(
      [count, 28, 28],
      new Uint8Array(count * 784).map((_, at) => at % 251),
    );
  const labels = (count: number): Uint8Array =>
    idxBytes(
      [count],
      new Uint8Array(count).map((_, at) => at % 10),
    );
  return {
    [`${folder}/train-images-idx3-ubyte.gz`]: gzipSync(pictures(20)),
    [`${folder}/train-labels-idx1-ubyte.gz`]: gzipSync(labels(20)),
    [`${folder}/t10k-images-idx3-ubyte.gz`]: gzipSync(pictures(10)),
    [`${folder}/t10k-labels-idx1-ubyte.gz`]: gzipSync(labels(10)),
  };
};

/** Six bands of 8 bits in one strip, `[height, width, 6]`. */
export function sixBandTiff(
  height: number,
  width: number,
  pixel: (row: number, column: number) => readonly number[],
): Uint8Array {
  const tags: readonly (readonly [tag: number, type: 3 | 4, count: number, value: number])[] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 6, 8 + 2 + 9 * 12 + 4],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 8 + 2 + 9 * 12 + 4 + 12],
    [277, 3, 1, 6],
    [278, 4, 1, height],
    [279, 4, 1, height * width * 6],
  ];
  const start = 8 + 2 + 9 * 12 + 4 + 12;
  const bytes = new Uint8Array(start + height * width * 6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, tags.length, true);
  for (const [at, [tag, type, count, value]] of tags.entries()) {
    view.setUint16(10 + 12 * at, tag, true);
    view.setUint16(12 + 12 * at, type, true);
    view.setUint32(14 + 12 * at, count, true);
    if (type === 3 && count === 1) view.setUint16(18 + 12 * at, value, true);
    else view.setUint32(18 + 12 * at, value, true);
  }
  for (let sample = 0; sample < 6; sample++) view.setUint16(8 + 2 + 9 * 12 + 4 + 2 * sample, 8, true);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) bytes.set(pixel(row, column), start + (row * width + column) * 6);
  return bytes;
}

/** Water in the north, fields in the middle, a town in the south. Bands 1, 2, 3, 4, 5, 7. */
export const landsatPackage = (height: number, width: number): Files => {
  const [water, fields, town] = [
    [70, 60, 40, 12, 10, 10],
    [60, 50, 40, 80, 70, 40],
    [90, 80, 80, 70, 90, 80],
  ];
  const pixel = (row: number): readonly number[] => [water, fields, town][Math.min(2, Math.floor((3 * row) / height))];
  return { 'usr/lib/R/site-library/stars/tif/L7_ETMs.tif': sixBandTiff(height, width, pixel) };
};

/** 220 bands from 400 nm on, and three flat or stepped spectra. */
export const spectraPackage = (): Files => {
  const folder = 'usr/lib/python3/dist-packages/spectral/tests/data';
  const bands = Array.from(
    { length: 220 },
    (_, at) => `${(400 + at * 9.58).toFixed(6)}\t10.000000\t0.9\t0.5\t${at + 2}.0`,
  );
  const spectrum = (name: string, percent: (um: number) => number): string => {
    const rows = Array.from({ length: 2151 }, (_, at) => 0.35 + at / 1000);
    const lines = rows.map((um) => ` ${um.toFixed(4)}\t${percent(um).toFixed(4)}`);
    return `Name: ${name}\nFirst X Value: 0.35\n\n${lines.join('\n')}\n`;
  };
  return {
    [`${folder}/92AV3C.spc`]: `FILE toy\n-----\n${bands.join('\n')}\n`,
    [`${folder}/ecostress/a.spectrum.txt`]: spectrum('grey', () => 30),
    [`${folder}/ecostress/b.spectrum.txt`]: spectrum('bright', (um) => 20 + 20 * (um - 0.35)),
    [`${folder}/ecostress/c.spectrum.txt`]: spectrum('leaf', (um) => (um < 0.7 ? 5 : 50)),
  };
};

/** Squares of one colour on a transparent ground; two stamps of each of nine classes, and one without a voice. */
export const stampsPackage = (): Files => {
  const root = 'usr/share/tuxpaint/stamps';
  const names = ['animals', 'food', 'hobbies', 'household', 'plants', 'seasonal', 'space', 'town', 'vehicles'];
  const files: Record<string, string | Uint8Array> = {};
  for (const [label, name] of names.entries()) {
    for (const n of [0, 1, 2]) {
      const [width, height] = [20, 10];
      const data = new Uint8Array(width * height * 4);
      for (let at = 0; at < width * height; at++)
        data.set([25 * label, 100, 50 * n, at % width < 15 ? 255 : 0], 4 * at);
      files[`${root}/${name}/deep/s${n}.png`] = encode({ width, height, data, channels: 4, depth: 8 });
      files[`${root}/${name}/deep/s${n}.txt`] = `A ${name} number ${n}.\nes.utf8=Uno\n`;
      if (n < 2) files[`${root}/${name}/deep/s${n}_desc_fr.ogg`] = golden('audio/mono16.ogg');
    }
  }
  return files;
};
