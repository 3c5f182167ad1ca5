// Audio files to samples. audio-decode does the decoding. It drops what it cannot read in silence, so the headers are read
// first: a file cut short, a lying size or an absurd length is an error.

import decode from 'audio-decode';
import { DataError, type DataErrorCode, type Origin } from '../errors.ts';
import { type AudioClaim, readAudioClaim } from './audio-headers.ts';
import { resample } from './resample.ts';

/** A refusal limit, not a cut: a compressed file of silence may claim hours. */
export const maxAudioSeconds = 600;

export interface DecodedAudio {
  /** One array a channel, all of one length, values about -1 to 1. */
  readonly channels: readonly Float32Array[];
  /** Hz */
  readonly sampleRate: number;
}

/**
 * FLAC, WAV, MP3 and Ogg with Vorbis or Opus (always at 48 kHz). The samples that an MP3 encoder notes to have added at both
 * ends are left out.
 * @throws {DataError} unsupported, malformed, empty, too-large, bad-value (a sample that is not finite)
 */
export async function decodeAudio(bytes: Uint8Array, origin: Origin): Promise<DecodedAudio> {
  const fail = (code: DataErrorCode, expected: string, actual: string): DataError =>
    new DataError({ ...origin, code, place: null, expected, actual, fix: 'get the file again' });
  const claim = readAudioClaim(bytes, fail);
  const seconds = claim.bound / claim.sampleRate;
  if (seconds > maxAudioSeconds) {
    throw fail('too-large', `at most ${maxAudioSeconds} s`, `${Math.round(seconds)} s`);
  }
  let decoded: DecodedAudio;
  try {
    decoded = await decodeInSteps(bytes, claim);
  } catch (error) {
    throw fail('malformed', 'audio', error instanceof Error ? error.message : String(error));
  }
  const channels = withChannels(decoded.channels, claim);
  const frames = channels.length === 0 ? 0 : channels[0].length;
  if (frames < claim.least || frames > claim.most) {
    const count = claim.least === claim.most ? `${claim.most}` : `${claim.least} to ${claim.most}`;
    throw fail('malformed', `${count} samples as the header says`, `${frames}`);
  }
  if (frames === 0) throw fail('empty', 'at least one sample', 'none');
  for (const channel of channels) {
    const at = channel.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw fail('bad-value', 'finite samples', `${channel[at]} at sample ${at}`);
  }
  return { channels, sampleRate: decoded.sampleRate };
}

/** What comes out is counted on the way: far more than the file says, and decoding stops. */
async function decodeInSteps(bytes: Uint8Array, { format, bound, steps }: AudioClaim): Promise<DecodedAudio> {
  const decoder = await decode[format === 'vorbis' ? 'oga' : format]();
  try {
    const parts: Float32Array[][] = [];
    let length = 0;
    let sampleRate = 0;
    let from = 0;
    for (const to of [...steps, null]) {
      const part = await decoder(to === null ? undefined : bytes.subarray(from, to));
      from = to ?? from;
      if (part.channelData.length === 0) continue;
      parts.push(part.channelData);
      length += part.channelData[0].length;
      sampleRate = part.sampleRate;
      // The last page cuts what it has too much only when it comes.
      if (length > bound + maxStepSamples) throw new Error(`more than the ${bound} samples that it says`);
    }
    const channels = Array.from({ length: parts[0]?.length ?? 0 }, (_, index) => {
      const channel = new Float32Array(length);
      let at = 0;
      for (const part of parts) {
        channel.set(part[index], at);
        at += part[index].length;
      }
      return channel;
    });
    return { channels, sampleRate };
  } finally {
    decoder.free();
  }
}

/** 511 packets of 2^13 samples at most. */
const maxStepSamples = 511 * 2 ** 13;

/** The MP3 decoder makes two channels of one, and one of two that are alike. */
function withChannels(decoded: readonly Float32Array[], { format, channels }: AudioClaim): readonly Float32Array[] {
  if (format !== 'mp3' || decoded.length === 0 || decoded.length === channels) return decoded;
  return channels === 1 ? [decoded[0]] : [decoded[0], decoded[0].slice()];
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
