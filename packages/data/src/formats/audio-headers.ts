// What a sound file says of itself before it is decoded: its length, its channels and whether it is whole. The decoders
// drop what they cannot read in silence, and a compressed file of a megabyte may stand for days.

import type { DataErrorCode } from '../errors.ts';
import { readOggClaim } from './ogg.ts';

/** Channels of one sound. */
export const maxAudioChannels = 64;

export type AudioFail = (code: DataErrorCode, expected: string, actual: string) => Error;

export interface AudioClaim {
  readonly format: 'flac' | 'wav' | 'mp3' | 'vorbis' | 'opus';
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples that a channel must have. */
  readonly least: number;
  readonly most: number;
  /** Samples that decoding can give before it cuts them to that, whatever the header says; a guess for Vorbis. */
  readonly bound: number;
  /** Ends of the pieces to decode the file in: many for Vorbis, whose packets do not say how long they are. */
  readonly steps: readonly number[];
}

/** @throws {DataError} unsupported, malformed, too-large */
export function readAudioClaim(bytes: Uint8Array, fail: AudioFail): AudioClaim {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) === 'fLaC') return readFlacClaim(bytes, view, fail);
  if (tag(0) === 'RIFF' && tag(8) === 'WAVE') return readWavClaim(view, tag, fail);
  if (tag(0) === 'OggS') return readOggClaim(bytes, fail);
  if (tag(0).startsWith('ID3') || (bytes[0] === 0xff && bytes[1] >= 0xe0)) return readMp3Claim(bytes, view, fail);
  const actual = bytes.length === 0 ? 'an empty file' : 'another format';
  throw fail('unsupported', 'a FLAC, WAV, MP3 or Ogg file', actual);
}

/** STREAMINFO: 20 bits of rate, 3 of channels, 5 of depth, 36 of samples, from byte 18 of the file. */
function readFlacClaim(bytes: Uint8Array, view: DataView, fail: AudioFail): AudioClaim {
  if (view.byteLength < 42) throw fail('malformed', 'a FLAC header of 42 bytes', `${view.byteLength}`);
  const sampleRate = view.getUint32(18) >>> 12;
  const channels = ((view.getUint8(20) >> 1) & 7) + 1;
  const claimed = (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
  if (sampleRate === 0) throw fail('malformed', 'a sample rate', '0 Hz');
  // A block of silence costs a few bytes: the blocks are counted, whatever the header says.
  const counted = flacSamples(bytes);
  const [least, most] = claimed === 0 ? [0, counted] : [claimed, claimed];
  return {
    format: 'flac',
    sampleRate,
    channels,
    least,
    most,
    bound: Math.max(claimed, counted),
    steps: [bytes.length],
  };
}

/** The samples of everything that has the header of a frame with its checksum: what a decoder can find. */
function flacSamples(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 42; at + 6 < bytes.length; at++) {
    if (bytes[at] !== 0xff || (bytes[at + 1] & 0xfe) !== 0xf8) continue;
    const [size, rate] = [bytes[at + 2] >> 4, bytes[at + 2] & 15];
    // The frame's number is written as UTF-8: as many bytes as its first begins with ones.
    const sizeAt = at + 4 + Math.max(1, Math.clz32(~(bytes[at + 4] << 24)));
    const end = sizeAt + (size === 6 ? 1 : size === 7 ? 2 : 0) + (rate === 12 ? 1 : rate > 12 ? 2 : 0);
    if (size === 0 || end >= bytes.length) continue;
    let check = 0;
    for (let place = at; place < end; place++) {
      check ^= bytes[place];
      for (let bit = 0; bit < 8; bit++) check = ((check << 1) ^ (check & 0x80 ? 7 : 0)) & 0xff;
    }
    if (check !== bytes[end]) continue;
    if (size === 6) total += bytes[sizeAt] + 1;
    else if (size === 7) total += bytes[sizeAt] * 256 + bytes[sizeAt + 1] + 1;
    else total += size === 1 ? 192 : size < 6 ? 144 << size : 1 << size;
  }
  return total;
}

function readWavClaim(view: DataView, tag: (at: number) => string, fail: AudioFail): AudioClaim {
  let [sampleRate, channels, frameBytes] = [0, 0, 0];
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const left = view.byteLength - at - 8;
    if (size > left) throw fail('malformed', `a "${printable(tag(at))}" chunk of at most ${left} bytes`, `${size}`);
    if (tag(at) === 'fmt ' && size >= 16) {
      channels = view.getUint16(at + 10, true);
      sampleRate = view.getUint32(at + 12, true);
      frameBytes = view.getUint16(at + 20, true);
    }
    if (tag(at) === 'data') {
      if (sampleRate === 0 || frameBytes === 0) throw fail('malformed', 'a "fmt " chunk before the data', 'none');
      if (channels > maxAudioChannels) throw fail('too-large', `at most ${maxAudioChannels} channels`, `${channels}`);
      const frames = Math.floor(size / frameBytes);
      const steps = [view.byteLength];
      return { format: 'wav', sampleRate, channels, least: frames, most: frames, bound: frames, steps };
    }
    at += 8 + size + (size % 2);
  }
  throw fail('malformed', 'a "data" chunk', 'none');
}

function printable(tag: string): string {
  return tag.replace(/[^\x20-\x7e]/g, '?');
}

/** Kilobits a second of Layer III, by version. */
const bitRates = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const sampleRates = [44_100, 48_000, 32_000] as const;

interface Mp3Frame {
  readonly version: 1 | 2;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly length: number;
  readonly samples: number;
  /** From the frame's start to the place of an encoder's note on the whole file. */
  readonly note: number;
}

/** Every frame is walked, since only some files say how many they have. */
function readMp3Claim(bytes: Uint8Array, view: DataView, fail: AudioFail): AudioClaim {
  let at = afterTags(bytes, fail);
  const end = beforeTags(bytes, view, at);
  const first = readMp3Frame(bytes, at, fail);
  const note = readNote(bytes, view, at, first);
  if (note !== null) at += first.length;
  let frames = 0;
  while (at < end) {
    const frame = readMp3Frame(bytes, at, fail);
    if (frame.sampleRate !== first.sampleRate || frame.channels !== first.channels) {
      const kind = ({ sampleRate, channels }: Mp3Frame): string => `${sampleRate} Hz, ${channels} channels`;
      throw fail('unsupported', `frames of ${kind(first)}`, `one of ${kind(frame)} at byte ${at}`);
    }
    if (at + frame.length > end)
      throw fail('malformed', `a frame of ${frame.length} bytes at byte ${at}`, `${end - at}`);
    at += frame.length;
    frames++;
    // Zeros behind the last frame.
    while (at < end && bytes[at] === 0) at++;
  }
  // Some encoders count the frame of the note.
  if (note !== null && note.frames !== null && note.frames !== frames && note.frames !== frames + 1) {
    throw fail('malformed', `${note.frames} MP3 frames as the header says`, `${frames}`);
  }
  const most = frames * first.samples;
  // Where the encoder says what it added at both ends, the decoder takes it off; it may lack the first frame.
  const least = Math.max(0, most - (note?.added ?? 0) - first.samples);
  const { sampleRate, channels } = first;
  return { format: 'mp3', sampleRate, channels, least, most, bound: most, steps: [bytes.length] };
}

function readMp3Frame(bytes: Uint8Array, at: number, fail: AudioFail): Mp3Frame {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  const versionBits = (b >> 3) & 3;
  if (a !== 0xff || b === undefined || b < 0xe0 || d === undefined || versionBits === 1) {
    throw fail('malformed', `an MP3 frame at byte ${at}`, 'other bytes');
  }
  const layer = 4 - ((b >> 1) & 3);
  if (layer === 4) throw fail('malformed', `an MP3 frame at byte ${at}`, 'other bytes');
  if (layer !== 3) throw fail('unsupported', 'MPEG audio Layer III', `Layer ${layer === 1 ? 'I' : 'II'}`);
  const version = versionBits === 3 ? 1 : 2;
  const [rateIndex, bitIndex] = [(c >> 2) & 3, c >> 4];
  if (rateIndex === 3 || bitIndex === 15) throw fail('malformed', `an MP3 frame at byte ${at}`, 'other bytes');
  if (bitIndex === 0) throw fail('unsupported', 'a stated bit rate', 'a free one');
  const sampleRate = sampleRates[rateIndex] / (versionBits === 3 ? 1 : versionBits === 2 ? 2 : 4);
  const samples = version === 1 ? 1152 : 576;
  const bits = bitRates[version][bitIndex] * 1000;
  const length = Math.floor(((samples / 8) * bits) / sampleRate) + ((c >> 1) & 1);
  const channels = d >> 6 === 3 ? 1 : 2;
  const side = version === 1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return { version, sampleRate, channels, length, samples, note: 4 + side };
}

/** Behind ID3v2 tags and the zeros after them. */
function afterTags(bytes: Uint8Array, fail: AudioFail): number {
  let at = 0;
  while (bytes[at] === 0x49 && bytes[at + 1] === 0x44 && bytes[at + 2] === 0x33) {
    const sizes = bytes.subarray(at + 6, at + 10);
    if (sizes.length < 4 || sizes.some((byte) => byte > 127)) throw fail('malformed', 'an ID3 tag', 'other bytes');
    const size = sizes.reduce((sum, byte) => sum * 128 + byte, 0);
    const next = at + 10 + size + (bytes[at + 5] & 0x10 ? 10 : 0);
    if (next > bytes.length)
      throw fail('malformed', `an ID3 tag of at most ${bytes.length - at} bytes`, `${next - at}`);
    at = next;
  }
  while (bytes[at] === 0) at++;
  return at;
}

/** Before an ID3v1 tag and an APE tag, whichever there are. */
function beforeTags(bytes: Uint8Array, view: DataView, from: number): number {
  let end = bytes.length;
  const text = (at: number, length: number): string =>
    at < from ? '' : String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(end - 128, 3) === 'TAG') end -= 128;
  if (text(end - 32, 8) === 'APETAGEX') {
    const size = view.getUint32(end - 20, true) + (view.getUint32(end - 12, true) >= 0x80000000 ? 32 : 0);
    if (size <= end - from) end -= size;
  }
  return end;
}

/** The frame in front that holds no sound but what an encoder has to say: frames in all, samples added at both ends. */
function readNote(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  frame: Mp3Frame,
): { frames: number | null; added: number } | null {
  const end = Math.min(at + frame.length, bytes.length);
  const text = (place: number): string =>
    place + 4 > end ? '' : String.fromCharCode(...bytes.subarray(place, place + 4));
  if (text(at + 36) === 'VBRI' && at + 54 <= end) return { frames: view.getUint32(at + 50), added: 0 };
  const place = at + frame.note;
  if (text(place) !== 'Xing' && text(place) !== 'Info') return null;
  if (place + 8 > end) return { frames: null, added: 0 };
  const flags = view.getUint32(place + 4);
  const frames = flags & 1 && place + 12 <= end ? view.getUint32(place + 8) : null;
  const encoder = place + 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  if (encoder + 24 > end) return { frames, added: 0 };
  const delay = (bytes[encoder + 21] << 4) | (bytes[encoder + 22] >> 4);
  const padding = ((bytes[encoder + 22] & 15) << 8) | bytes[encoder + 23];
  return { frames, added: delay + padding };
}
