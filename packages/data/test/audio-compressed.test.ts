import { describe, expect, it, vi } from 'vitest';
import { type DecodedAudio, decodeAudio, decodeMono } from '../src/formats/audio.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: 'a' };
const file = (name: string): Uint8Array => golden(`audio/${name}`);
const messageOf = async (bytes: Uint8Array): Promise<string> =>
  (await rejectionOf(() => decodeAudio(bytes, origin))).message.replace('toy: file "a": ', '');

/** Level of one tone in the middle half of a channel. */
function level(samples: Float32Array, sampleRate: number, hz: number): number {
  const from = Math.round(samples.length / 4);
  const length = Math.round(samples.length / 2);
  let [re, im] = [0, 0];
  for (let n = 0; n < length; n++) {
    const window = 1 - Math.cos((2 * Math.PI * n) / length);
    re += samples[from + n] * window * Math.cos((2 * Math.PI * hz * n) / sampleRate);
    im += samples[from + n] * window * Math.sin((2 * Math.PI * hz * n) / sampleRate);
  }
  return (2 * Math.hypot(re, im)) / length;
}

const copyWith = (bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
  const copy = bytes.slice();
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value;
  return copy;
};

describe('decodeAudio of lossy files', () => {
  // Frames by the encoders' own account: 0.25 s, or whole MP3 frames where nothing says what was added.
  it.each([
    ['mono16.mp3', 1, 16_000, 4000],
    ['stereo44-vbr.mp3', 2, 44_100, 11_025],
    ['stereo44-no-note.mp3', 2, 44_100, 11 * 1152],
    ['mono8.mp3', 1, 8000, 2000],
    ['alike16.mp3', 2, 16_000, 4000],
    ['mono44-tags.mp3', 1, 44_100, 11_025],
    ['mono16.ogg', 1, 16_000, 4000],
    ['stereo44.ogg', 2, 44_100, 11_025],
    ['mono16.opus', 1, 48_000, 12_000],
    ['stereo44.opus', 2, 48_000, 12_000],
    ['stereo-ffmpeg.opus', 2, 48_000, 12_000],
  ])('%s: rate, length, level and frequency', async (name, count, rate, frames) => {
    const { channels, sampleRate }: DecodedAudio = await decodeAudio(file(name), origin);
    expect([channels.length, sampleRate, channels[0].length]).toEqual([count, rate, frames]);
    expect(level(channels[0], rate, 440)).toBeCloseTo(0.5, 1.3);
    expect(level(channels[0], rate, 1000)).toBeLessThan(0.02);
    if (name.startsWith('stereo')) {
      expect(level(channels[1], rate, 1000)).toBeCloseTo(0.25, 1.6);
      expect(level(channels[1], rate, 440)).toBeLessThan(0.02);
    } else if (count === 2) expect(channels[1]).toEqual(channels[0]);
  });

  it('resamples them like the other formats', async () => {
    expect(await decodeMono(file('stereo44.opus'), origin, 16_000)).toHaveLength(4000);
  });

  const fix = 'fix: get the file again';
  const [mp3, ogg, opus] = [file('mono16.mp3'), file('mono16.ogg'), file('mono16.opus')];
  it.each([
    ['a cut MP3', mp3.subarray(0, mp3.length - 10), /^expected a frame of 216 bytes at byte \d+, got 206; fix/],
    ['an MP3 that lacks frames', mp3.subarray(0, 216 * 5), `expected 9 MP3 frames as the header says, got 4; ${fix}`],
    [
      'an MP3 with a hole',
      Uint8Array.from([...mp3.subarray(0, 500), ...mp3.subarray(600)]),
      /^expected an MP3 frame at byte \d+, got other bytes; fix/,
    ],
    ['MPEG Layer II', file('layer2.mp3'), `expected MPEG audio Layer III, got Layer II; ${fix}`],
    [
      'an ID3 tag without end',
      copyWith(file('mono44-tags.mp3'), { 7: 127 }),
      /^expected an ID3 tag of at most \d+ bytes, got \d+; fix/,
    ],
    [
      'an ID3 tag alone',
      file('mono44-tags.mp3').subarray(0, 45),
      /^expected a frame of 208 bytes at byte 38, got 7; fix/,
    ],
    [
      'a cut Ogg',
      ogg.subarray(0, ogg.length - 10),
      /^expected a whole Ogg page 2 at byte \d+, got \d+ bytes, then the end; fix/,
    ],
    [
      'an Ogg without its last page',
      opus.subarray(0, opus.lastIndexOf(0x4f)),
      /^expected a (whole Ogg|page that is marked)/,
    ],
    [
      'a flipped bit in Ogg',
      copyWith(ogg, { [ogg.length - 5]: ogg[ogg.length - 5] ^ 1 }),
      /^expected the checksum of Ogg page 2 at byte \d+, got another: the file was changed or damaged; fix/,
    ],
    [
      'two Oggs in a row',
      Uint8Array.from([...ogg, ...ogg]),
      `expected one stream in a file, got another one from byte ${ogg.length} on; ${fix}`,
    ],
    ['FLAC in Ogg', file('flac.ogg'), `expected Vorbis or Opus in Ogg, got FLAC; ${fix}`],
    [
      'another format',
      new TextEncoder().encode('OggZ'),
      `expected a FLAC, WAV, MP3 or Ogg file, got another format; ${fix}`,
    ],
  ])('refuses: %s', async (_, bytes, message) => {
    const actual = await messageOf(bytes);
    if (typeof message === 'string') expect(actual).toBe(message);
    else expect(actual).toMatch(message);
  });

  it('refuses bombs before it decodes them', async () => {
    // An hour of MP3: the same frame 100,000 times.
    const frame = mp3.subarray(216, 432);
    const many = new Uint8Array(frame.length * 100_000);
    for (let at = 0; at < many.length; at += frame.length) many.set(frame, at);
    expect(await messageOf(many)).toBe(`expected at most 600 s, got 3600 s; ${fix}`);
    // The last page of Ogg claims a time of days; its checksum is made right again.
    const last = lastPage(ogg);
    const long = ogg.slice();
    long[last + 11] = 2;
    sign(long, last);
    expect(await messageOf(long)).toMatch(/^expected at most 600 s, got 137438954 s; fix/);
    const longer = ogg.slice();
    longer[last + 7] = 0x2f;
    sign(longer, last);
    expect(await messageOf(longer)).toMatch(/^expected \d+ samples as the header says, got \d+; fix/);
  });

  it('counts the packets of Opus, whatever the last page says', async () => {
    // Packets of one byte, 60 ms of silence each, with a last page that claims one second.
    const silent = opusOf(12_000, 48_000 + 312);
    expect(await messageOf(silent)).toBe(`expected at most 600 s, got 720 s; ${fix}`);
  });

  it('survives damage', async () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    const names = ['mono16.mp3', 'stereo44-vbr.mp3', 'mono44-tags.mp3', 'mono16.ogg', 'stereo44.opus'];
    const check = async (bytes: Uint8Array): Promise<void> => {
      const { channels, sampleRate } = await decodeAudio(bytes, origin);
      expect(sampleRate).toBeGreaterThan(0);
      for (const channel of channels) expect(channel.every(Number.isFinite)).toBe(true);
    };
    const paths = names.map((name) => `audio/${name}`);
    await survives(paths, check, { runs: 40 });
    // Past the checksums of Ogg, as a hostile file would be.
    await survives(['audio/mono16.ogg', 'audio/stereo44.opus'], (bytes) => check(signAll(bytes)), { runs: 40 });
    quiet.mockRestore();
  });
});

/** Where the last page of an Ogg begins. */
function lastPage(bytes: Uint8Array): number {
  let last = 0;
  for (let at = 0; at + 27 <= bytes.length; at = endOfPage(bytes, at)) last = at;
  return last;
}

function endOfPage(bytes: Uint8Array, at: number): number {
  const segments = bytes[at + 26];
  let end = at + 27 + segments;
  for (let segment = 0; segment < segments; segment++) end += bytes[at + 27 + segment] ?? 0;
  return end;
}

/** The checksum by its definition, bit by bit. */
function sign(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at + 22, at + 26);
  let sum = 0;
  for (const byte of bytes.subarray(at, endOfPage(bytes, at))) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = (sum >>> 31) ^ ((byte >> bit) & 1);
      sum = (sum << 1) ^ (top === 1 ? 0x04c11db7 : 0);
    }
  }
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at + 22, sum, true);
}

function signAll(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let at = 0; at + 27 <= copy.length && copy[at] === 0x4f; at = endOfPage(copy, at)) sign(copy, at);
  return copy;
}

function opusOf(packets: number, granule: number): Uint8Array {
  const head = Uint8Array.from([...new TextEncoder().encode('OpusHead'), 1, 1, 56, 1, 0x80, 0xbb, 0, 0, 0, 0, 0]);
  const tags = Uint8Array.from([...new TextEncoder().encode('OpusTags'), 0, 0, 0, 0, 0, 0, 0, 0]);
  const pages: Uint8Array[] = [];
  const page = (lacing: readonly number[], body: Uint8Array, flags: number, time: number): void => {
    const bytes = new Uint8Array(27 + lacing.length + body.length);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode('OggS'));
    bytes[5] = flags;
    view.setBigInt64(6, BigInt(time), true);
    view.setUint32(18, pages.length, true);
    bytes[26] = lacing.length;
    bytes.set(lacing, 27);
    bytes.set(body, 27 + lacing.length);
    sign(bytes, 0);
    pages.push(bytes);
  };
  page([head.length], head, 2, 0);
  page([tags.length], tags, 0, 0);
  for (let left = packets; left > 0; left -= 255) {
    const count = Math.min(255, left);
    // Configuration 3: SILK, 60 ms; one frame.
    page(
      new Array<number>(count).fill(1),
      new Uint8Array(count).fill(3 << 3),
      left <= 255 ? 4 : 0,
      left <= 255 ? granule : 0,
    );
  }
  return Uint8Array.from(pages.flatMap((bytes) => [...bytes]));
}
