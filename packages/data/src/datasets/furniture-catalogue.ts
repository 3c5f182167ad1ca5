// The furniture of Sweet Home 3D from the Debian package sweethome3d-furniture: meshes of real things with their names,
// their classes by the words of the names, in metres.

import { readdirSync } from 'node:fs';
import { DataError, type Origin } from '../errors.ts';
import { decodeObj } from '../formats/obj.ts';
import type { Mesh } from '../formats/points.ts';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import { readZip } from '../formats/zip.ts';
import type { Progress } from './prepared.ts';

const source = 'furniture';
const folder = 'usr/share/sweethome3d/furniture';
/** Inflated, of one catalogue: the largest has 180 MB. */
const maxCatalogueBytes = 512 * 1024 * 1024;

interface FurnitureClass {
  readonly name: string;
  readonly categories?: readonly string[];
  readonly names?: RegExp;
  readonly not?: RegExp;
}

/** The first that fits counts. */
const furnitureClasses: readonly FurnitureClass[] = [
  { name: 'armchair', names: /\barmchair$/i },
  { name: 'bed', names: /\b(bed|crib|futon)\b/i, not: /\bbedside|couch\b/i },
  { name: 'chair', names: /\bchairs?\b|\bclass seat\b|^(bar )?stool$/i, not: /high chair/i },
  { name: 'door', categories: ['Doors and windows'], names: /\b(door|elevator)\b/i, not: /window/i },
  { name: 'lamp', names: /\b(lamp|lamppost|hanging light|street light|park light|porch light)\b/i },
  { name: 'person', categories: ['Characters'], names: /\b(male|female|boy|girl|mannequin)\b/i },
  {
    name: 'plant',
    names:
      /\b(acacia|bamboo|bush|cactus|coconut tree|beech|cypress|ficus|hedge|maple|palm tree|peach blossom|pine|poplar|bonsai tree|christmas tree|plant|flowers|orchids|spathiphyllum|tulips|lily|yucca)\b/i,
    not: /\bplant box\b/i,
  },
  { name: 'sofa', names: /\b(sofa|couch)\b/i },
  {
    name: 'storage',
    names: /\b(cabinet|cupboard|wardrobe|bookcase|shelves|dresser|chest)\b/i,
    not: /\bfreezer|sink\b/i,
  },
  { name: 'table', names: /\b(tables?|desk)\b/i, not: /\b(lamp|pool|tennis|football|changing|fan|bat)\b/i },
  { name: 'vehicle', categories: ['Vehicles'], not: /\b(skateboard|stroller|fork lift)\b/i },
  { name: 'wall plate', categories: ['Miscellaneous'], names: /\b(switch|socket|plug)$/i },
  { name: 'window', categories: ['Doors and windows'], names: /\bwindow\b/i, not: /\bshutter\b/i },
];

export const furnitureClassNames: readonly string[] = furnitureClasses.map(({ name }) => name);

export interface FurnitureItem {
  /** Catalogue, and number in it: `Scopia#17`. */
  readonly id: string;
  readonly name: string;
  readonly label: number;
  /** m: x to the right, y ahead, z up; x and y are centred, the floor is at z = 0. */
  readonly mesh: Mesh;
}

/** Those that have a class, in the order of the catalogues. @throws {DataError} */
export function* readFurniture(dir: string, progress: Progress): Generator<FurnitureItem> {
  const directory = openDirectory(source, dir, 'sweethome3d-furniture');
  const files = catalogueFiles(`${directory.path}/${folder}`);
  const catalogues = files.map((file) => {
    const { bytes, origin } = readDataFile(directory, `${folder}/${file}`);
    return { file, bytes, origin, entries: readCatalogue(bytes, origin, file.replace(/\.sh3f$/, '')) };
  });
  const total = catalogues.reduce((sum, { entries }) => sum + entries.size, 0);
  let done = 0;
  for (const { bytes, origin, entries } of catalogues) {
    const left = new Map(entries);
    for (const { name, data } of readZip(bytes, maxCatalogueBytes, failer(origin, reinstall))) {
      const entry = left.get(name);
      if (entry === undefined) continue;
      left.delete(name);
      const { mesh } = decodeObj(withoutSlivers(data), { source, file: `${origin.file}/${name}` });
      if (mesh === null) throw failer(origin, reinstall)('malformed', `model ${name}`, 'polygons', 'none');
      progress(++done, total);
      yield { id: entry.id, name: entry.name, label: entry.label, mesh: placed(mesh, entry) };
    }
    const missing = [...left.keys()][0];
    if (missing !== undefined) throw failer(origin, reinstall)('missing', `model ${missing}`, 'a model', 'none');
  }
}

const reinstall = 'fetch sweethome3d-furniture again';

/** Some models have faces of one or two corners, which have no surface and which the reader rightly refuses. */
function withoutSlivers(data: Uint8Array): Uint8Array {
  const text = new TextDecoder('latin1').decode(data);
  return new TextEncoder().encode(text.replace(/^f[ \t]+\S+(?:[ \t]+\S+)?[ \t]*\r?$/gm, ''));
}

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly label: number;
  /** m: width, height and depth. */
  readonly size: readonly [number, number, number];
  /** Row-major 3 x 3 that turns the model upright. */
  readonly rotation: readonly number[];
}

const upright = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Entries with a class by the path of their model. */
function readCatalogue(bytes: Uint8Array, origin: Origin, catalogue: string): Map<string, Entry> {
  const fail = failer(origin, reinstall);
  const entries = new Map<string, Entry>();
  for (const { name: path, data } of readZip(bytes, maxCatalogueBytes, fail)) {
    if (path !== 'PluginFurnitureCatalog.properties') continue;
    // Java's properties are Latin-1.
    const lines = new TextDecoder('latin1').decode(data).split(/\r?\n/);
    const values = new Map<string, string>();
    let count = 0;
    for (const line of lines) {
      const match = /^(\w+)#(\d{1,5})\s*=\s*(.*)$/.exec(line);
      if (match === null) continue;
      count = Math.max(count, Number(match[2]));
      values.set(`${match[1]}#${match[2]}`, match[3].trim());
    }
    for (let row = 1; row <= count; row++) {
      const value = (key: string): string => values.get(`${key}#${row}`) ?? '';
      const name = value('name');
      const label = furnitureClasses.findIndex(
        ({ categories, names, not }) =>
          (categories?.includes(value('category')) ?? true) &&
          (names?.test(name) ?? true) &&
          !(not?.test(name) ?? false),
      );
      if (label < 0) continue;
      const numbers = (key: string): number[] => value(key).split(/\s+/).map(Number);
      const size = ['width', 'height', 'depth'].map((key) => numbers(key)[0] / 100);
      const rotation = value('modelRotation') === '' ? upright : numbers('modelRotation');
      const model = value('model').replace(/^\//, '');
      const sound =
        size.every((side) => side > 0 && side < 1000) && rotation.length === 9 && rotation.every(Number.isFinite);
      if (!sound || model === '' || entries.has(model)) {
        throw fail('bad-value', `item ${row}`, 'a size, a rotation and a model of its own', name);
      }
      entries.set(model, { id: `${catalogue}#${row}`, name, label, size: [size[0], size[1], size[2]], rotation });
    }
    return entries;
  }
  throw fail('missing', null, 'PluginFurnitureCatalog.properties', 'none');
}

/** The model turned upright, stretched to the size of the catalogue, as the program shows it; from y up to z up. */
function placed(mesh: Mesh, { size, rotation }: Entry): Mesh {
  const { positions, faces } = mesh;
  const turned = new Float64Array(positions.length);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  // Vertices of no triangle may lie anywhere.
  for (const vertex of faces) {
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += rotation[axis * 3 + k] * positions[vertex * 3 + k];
      turned[vertex * 3 + axis] = sum;
      low[axis] = Math.min(low[axis], sum);
      high[axis] = Math.max(high[axis], sum);
    }
  }
  const scale = size.map((side, axis) => (high[axis] > low[axis] ? side / (high[axis] - low[axis]) : 1));
  const out = new Float32Array(positions.length);
  for (let at = 0; at < out.length; at += 3) {
    out[at] = (turned[at] - (low[0] + high[0]) / 2) * scale[0];
    out[at + 1] = -(turned[at + 2] - (low[2] + high[2]) / 2) * scale[2];
    out[at + 2] = (turned[at + 1] - low[1]) * scale[1];
  }
  return { positions: out, faces, offset: [0, 0, 0] };
}

function catalogueFiles(path: string): string[] {
  try {
    const files = readdirSync(path).filter((file) => file.endsWith('.sh3f'));
    if (files.length > 0) return files.sort();
  } catch {
    // refused below
  }
  const fix = 'pass the folder into which sweethome3d-furniture was unpacked';
  const expected = 'a folder of catalogues (.sh3f)';
  throw new DataError({ code: 'missing', source, file: path, place: null, expected, actual: 'none', fix });
}
