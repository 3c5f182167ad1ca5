// Ogg pages of one Vorbis or Opus stream: checksums, order and length, before a decoder sees them.

import type { AudioClaim, AudioFail } from './audio-headers.ts';

/** Packets between two looks at how much came out: at most 2^13 samples each, and a page holds 255. */
const packetsInStep = 256;
const maxChannels = 8;

interface OggHead {
  readonly format: 'vorbis' | 'opus';
  readonly sampleRate: number;
  readonly channels: number;
  /** Packets in front that hold no sound. */
  readonly headers: number;
  /** Samples that Opus drops at the beginning. */
  readonly preSkip: number;
}

/** @throws {DataError} malformed, unsupported (other codecs, several streams), too-large */
export function readOggClaim(bytes: Uint8Array, fail: AudioFail): AudioClaim {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let head: OggHead | null = null;
  let serial = 0;
  let granule = 0;
  let packets = 0;
  let samples = 0;
  let continued = false;
  let last = false;
  let sinceStep = 0;
  const steps: number[] = [];
  let at = 0;
  for (let page = 0; at < bytes.length; page++) {
    const place = `page ${page} at byte ${at}`;
    if (at + 27 > bytes.length) throw fail('malformed', `a whole Ogg ${place}`, `${bytes.length - at} bytes`);
    if (view.getUint32(at) !== 0x4f676753 || bytes[at + 4] !== 0)
      throw fail('malformed', `an Ogg ${place}`, 'other bytes');
    if (last) throw fail('unsupported', 'one stream in a file', `another one from byte ${at} on`);
    const segments = bytes[at + 26];
    const body = at + 27 + segments;
    const lacing = bytes.subarray(at + 27, body);
    const end = body + lacing.reduce((sum, length) => sum + length, 0);
    if (lacing.length < segments || end > bytes.length) {
      throw fail('malformed', `a whole Ogg ${place}`, `${bytes.length - at} bytes, then the end`);
    }
    if (checksum(bytes, at, end) !== view.getUint32(at + 22, true)) {
      throw fail('malformed', `the checksum of Ogg ${place}`, 'another: the file was changed or damaged');
    }
    const flags = bytes[at + 5];
    if (head === null) {
      if (!(flags & 2)) throw fail('malformed', 'the first page of a stream', 'a later one');
      serial = view.getUint32(at + 14, true);
      head = readHead(bytes.subarray(body, end), fail);
    } else if (flags & 2 || view.getUint32(at + 14, true) !== serial) {
      throw fail('unsupported', 'one stream in a file', `another one at byte ${at}`);
    }
    if (view.getUint32(at + 18, true) !== page) {
      throw fail('malformed', `Ogg page ${page}`, `page ${view.getUint32(at + 18, true)}: some are missing`);
    }
    if (continued !== ((flags & 1) !== 0))
      throw fail('malformed', `the packets of Ogg ${place} in one piece`, 'a part');
    let packetAt = body;
    let dataAt = body;
    for (const length of lacing) {
      dataAt += length;
      if (length === 255) {
        if (!continued) samples += opusSamples(bytes, packetAt, dataAt, packets, head);
        continued = true;
        continue;
      }
      if (!continued) samples += opusSamples(bytes, packetAt, dataAt, packets, head);
      packets++;
      sinceStep++;
      continued = false;
      packetAt = dataAt;
    }
    const position = view.getBigInt64(at + 6, true);
    if (position >= 0n) {
      // Beyond 2^53 it is rounded, and far over any limit.
      if (Number(position) < granule)
        throw fail('malformed', `a time of at least ${granule} on Ogg ${place}`, `${position}`);
      granule = Number(position);
    }
    last = (flags & 4) !== 0;
    at = end;
    if (sinceStep >= packetsInStep || last) {
      steps.push(at);
      sinceStep = 0;
    }
  }
  if (head === null) throw fail('malformed', 'an Ogg page', 'none');
  if (!last) throw fail('malformed', 'a page that is marked as the last', 'the end of the file');
  const { format, sampleRate, channels, preSkip } = head;
  const frames = granule - preSkip;
  if (frames < 0) throw fail('malformed', `more than the ${preSkip} samples that are skipped`, `${granule}`);
  const bound = Math.max(frames, samples);
  if (format === 'opus') steps.splice(0, steps.length, bytes.length);
  return { format, sampleRate, channels, least: frames, most: frames, bound, steps };
}

function readHead(packet: Uint8Array, fail: AudioFail): OggHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const text = String.fromCharCode(...packet.subarray(0, 8));
  let head: OggHead;
  if (text.startsWith('\u0001vorbis') && packet.length >= 30) {
    const sampleRate = view.getUint32(12, true);
    head = { format: 'vorbis', sampleRate, channels: packet[11], headers: 3, preSkip: 0 };
  } else if (text === 'OpusHead' && packet.length >= 19) {
    if (packet[18] > 1) throw fail('unsupported', 'Opus channels in family 0 or 1', `family ${packet[18]}`);
    const preSkip = view.getUint16(10, true);
    head = { format: 'opus', sampleRate: 48_000, channels: packet[9], headers: 2, preSkip };
  } else {
    const known = { FLAC: 'FLAC', Speex: 'Speex', theora: 'a Theora video' };
    const other = Object.entries(known).find(([mark]) => text.includes(mark))?.[1] ?? 'another codec';
    throw fail('unsupported', 'Vorbis or Opus in Ogg', other);
  }
  if (head.sampleRate < 1 || head.sampleRate > 2 ** 20)
    throw fail('malformed', 'a sample rate', `${head.sampleRate} Hz`);
  if (head.channels < 1 || head.channels > maxChannels) {
    throw fail('too-large', `1 to ${maxChannels} channels`, `${head.channels}`);
  }
  return head;
}

/** What a packet says of its own length, at 48 kHz; 0 for headers and for Vorbis, which does not say. */
function opusSamples(bytes: Uint8Array, from: number, to: number, packet: number, head: OggHead): number {
  if (head.format !== 'opus' || packet < head.headers || from >= to) return 0;
  const config = bytes[from] >> 3;
  const frame =
    config < 12
      ? [480, 960, 1920, 2880][config % 4]
      : config < 16
        ? [480, 960][config % 2]
        : [120, 240, 480, 960][config % 4];
  const code = bytes[from] & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : from + 1 < to ? bytes[from + 1] & 0x3f : 0;
  return frame * count;
}

/** The polynomial 0x04c11db7, bits from the top. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/** Of a page, with zeros where its checksum stands. */
function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) {
    const byte = at >= from + 22 && at < from + 26 ? 0 : bytes[at];
    sum = (sum << 8) ^ table[(sum >>> 24) ^ byte];
  }
  return sum >>> 0;
}
