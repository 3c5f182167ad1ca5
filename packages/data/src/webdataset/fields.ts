// What the files of a sample are: the name says it, by WebDataset's rule.

import { DataError, type Origin, quote } from '../errors.ts';
import { decodeAudio } from '../formats/audio.ts';
import { decodeJpeg, upright } from '../formats/jpeg.ts';
import { decodeNpy, decodeNpz } from '../formats/npy.ts';
import { decodePng } from '../formats/png.ts';
import { decodeUtf8, parseJson } from '../formats/read-file.ts';
import { decodeSafetensors } from '../formats/safetensors-decode.ts';
import { decodeTiff } from '../formats/tiff.ts';

/** Bytes of a file to what a sample holds. `origin` names the shard and the file, for errors. */
export type FieldDecoder = (bytes: Uint8Array, origin: Origin) => unknown;

/**
 * The key of a sample and the kind of a file: all before the first dot of the file's own name, and all after it in lower
 * case. `a/b.seg.PNG` is `seg.png` of `a/b`. Null for what WebDataset passes over: no dot, a dot in front, or `__name__`.
 */
export function splitFieldName(path: string): { readonly key: string; readonly extension: string } | null {
  const base = path.lastIndexOf('/') + 1;
  const dot = path.indexOf('.', base);
  if (dot <= base || dot === path.length - 1) return null;
  const key = path.slice(0, dot);
  if (/^__[^/]*__$/.test(key.slice(base))) return null;
  return { key, extension: path.slice(dot + 1).toLowerCase() };
}

const integer: FieldDecoder = (bytes, origin) => {
  const text = decodeUtf8(bytes, origin).trim();
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  const fix = 'write the class id as decimal digits';
  const expected = 'a whole number';
  throw new DataError({ ...origin, code: 'bad-value', place: null, expected, actual: quote(text), fix });
};
const text: FieldDecoder = (bytes, origin) => decodeUtf8(bytes, origin);
const json: FieldDecoder = (bytes, origin) => parseJson(decodeUtf8(bytes, origin), origin, 'write the file as JSON');
const jpeg: FieldDecoder = async (bytes, origin) => upright(await decodeJpeg(bytes, origin));
const audio: FieldDecoder = (bytes, origin) => decodeAudio(bytes, origin);
const pickled: FieldDecoder = (_, origin) => {
  const fix = 'store the array as .npy or .safetensors, or pass a decoder of your own';
  const actual = 'a pickle, which may run code when it is read; nothing was executed';
  throw new DataError({ ...origin, code: 'unsupported', place: null, expected: 'data', actual, fix });
};

/**
 * By the extension as a whole, else by its last part; files of another kind stay bytes. `cls`, `cls2`, `index`, `inx`, `id`
 * and `count` are whole numbers, `txt`, `text`, `transcript` texts, `json` any value, `npy` an NdArray, `npz` a map of them,
 * `png` a Raster, `jpg` and `jpeg` an upright one, `tif`, `tiff` pages, `wav`, `flac`, `mp3`, `ogg`, `oga`, `opus` DecodedAudio,
 * `safetensors` its tensors. Pickles (`pyd`, `pickle`, `pkl`, `pth`, `pt`) are refused.
 */
export const fieldDecoders: Readonly<Record<string, FieldDecoder>> = {
  cls: integer,
  cls2: integer,
  index: integer,
  inx: integer,
  id: integer,
  count: integer,
  txt: text,
  text,
  transcript: text,
  json,
  npy: (bytes, origin) => decodeNpy(bytes, origin),
  npz: (bytes, origin) => decodeNpz(bytes, origin),
  png: (bytes, origin) => decodePng(bytes, origin),
  jpg: jpeg,
  jpeg,
  tif: (bytes, origin) => decodeTiff(bytes, origin),
  tiff: (bytes, origin) => decodeTiff(bytes, origin),
  wav: audio,
  flac: audio,
  mp3: audio,
  ogg: audio,
  oga: audio,
  opus: audio,
  safetensors: (bytes, origin) => decodeSafetensors(bytes, origin.file ?? origin.source),
  pyd: pickled,
  pickle: pickled,
  pkl: pickled,
  pth: pickled,
  pt: pickled,
};

/** Null means: leave the bytes as they are. */
export type FieldDecoders = Readonly<Record<string, FieldDecoder | null>>;

export function decoderOf(extension: string, own: FieldDecoders): FieldDecoder | null {
  for (const name of [extension, extension.slice(extension.lastIndexOf('.') + 1)]) {
    if (Object.hasOwn(own, name)) return own[name];
    if (Object.hasOwn(fieldDecoders, name)) return fieldDecoders[name];
  }
  return null;
}
