// Audio files to mono samples. FLAC and WAV only; audio-decode does the decoding. It drops what it cannot read in
// silence, so the headers are read here first: a file cut short, a lying size or an absurd length is an error.

import decode from 'audio-decode';
import { DataError, type DataErrorCode, type Origin } from '../errors.ts';
import { resample } from './resample.ts';

/** A refusal limit, not a cut: a compressed file of silence may claim hours. */
export const maxAudioSeconds = 600;

export interface DecodedAudio {
  /** One array a channel, all of one length, values about -1 to 1. */
  readonly channels: readonly Float32Array[];
  /** Hz */
  readonly sampleRate: number;
}

/** @throws {DataError} unsupported, malformed, empty, too-large, bad-value (a sample that is not finite) */
export async function decodeAudio(bytes: Uint8Array, origin: Origin): Promise<DecodedAudio> {
  const fail = (code: DataErrorCode, expected: string, actual: string): DataError =>
    new DataError({ ...origin, code, place: null, expected, actual, fix: 'get the file again' });
  const claimed = readClaim(bytes, fail);
  if (claimed.frames !== null && claimed.frames > maxAudioSeconds * claimed.sampleRate) {
    throw fail('too-large', `at most ${maxAudioSeconds} s`, `${Math.round(claimed.frames / claimed.sampleRate)} s`);
  }
  let decoded: { channelData: Float32Array[]; sampleRate: number };
  try {
    decoded = await decode(bytes);
  } catch (error) {
    throw fail('malformed', 'audio', error instanceof Error ? error.message : String(error));
  }
  const channels = decoded.channelData;
  const frames = channels.length === 0 ? 0 : channels[0].length;
  if (claimed.frames !== null && frames !== claimed.frames) {
    throw fail('malformed', `${claimed.frames} samples as the header says`, `${frames}`);
  }
  if (frames === 0) throw fail('empty', 'at least one sample', 'none');
  for (const channel of channels) {
    const at = channel.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw fail('bad-value', 'finite samples', `${channel[at]} at sample ${at}`);
  }
  return { channels, sampleRate: decoded.sampleRate };
}

/** Mean of the channels, `[frames]`. */
export function mixToMono({ channels }: DecodedAudio): Float32Array {
  if (channels.length === 1) return channels[0];
  const mono = new Float32Array(channels[0].length);
  for (const channel of channels) {
    for (let at = 0; at < mono.length; at++) mono[at] += channel[at] / channels.length;
  }
  return mono;
}

/** Decode, mix and resample in one go. @throws {DataError} as `decodeAudio` */
export async function decodeMono(bytes: Uint8Array, origin: Origin, sampleRate: number): Promise<Float32Array> {
  const audio = await decodeAudio(bytes, origin);
  return resample(mixToMono(audio), audio.sampleRate, sampleRate);
}

type Fail = (code: DataErrorCode, expected: string, actual: string) => DataError;

/** What the header says about the length; null where it does not say. */
interface Claim {
  readonly frames: number | null;
  readonly sampleRate: number;
}

function readClaim(bytes: Uint8Array, fail: Fail): Claim {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) === 'fLaC') return readFlacClaim(view, fail);
  if (tag(0) === 'RIFF' && tag(8) === 'WAVE') return readWavClaim(view, tag, fail);
  throw fail('unsupported', 'a FLAC or WAV file', bytes.length === 0 ? 'an empty file' : 'another format');
}

/** STREAMINFO: 20 bits of rate, 3 of channels, 5 of depth, 36 of samples, from byte 18 of the file. */
function readFlacClaim(view: DataView, fail: Fail): Claim {
  if (view.byteLength < 42) throw fail('malformed', 'a FLAC header of 42 bytes', `${view.byteLength}`);
  const sampleRate = view.getUint32(18) >>> 12;
  const frames = (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
  if (sampleRate === 0) throw fail('malformed', 'a sample rate', '0 Hz');
  return { frames: frames === 0 ? null : frames, sampleRate };
}

function readWavClaim(view: DataView, tag: (at: number) => string, fail: Fail): Claim {
  let sampleRate = 0;
  let frameBytes = 0;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const left = view.byteLength - at - 8;
    if (size > left) throw fail('malformed', `a "${printable(tag(at))}" chunk of at most ${left} bytes`, `${size}`);
    if (tag(at) === 'fmt ' && size >= 16) {
      sampleRate = view.getUint32(at + 12, true);
      frameBytes = view.getUint16(at + 20, true);
    }
    if (tag(at) === 'data') {
      if (sampleRate === 0 || frameBytes === 0) throw fail('malformed', 'a "fmt " chunk before the data', 'none');
      return { frames: Math.floor(size / frameBytes), sampleRate };
    }
    at += 8 + size + (size % 2);
  }
  throw fail('malformed', 'a "data" chunk', 'none');
}

function printable(tag: string): string {
  return tag.replace(/[^\x20-\x7e]/g, '?');
}
