// Videos made in the page by its own encoder, so that what was drawn is known, and read again.

import fc from 'fast-check';
import {
  BufferTarget,
  canEncodeVideo,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  type Rotation,
  type VideoCodec,
  VideoSample,
  VideoSampleSource,
  WebMOutputFormat,
} from 'mediabunny';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataError, type DecodedVideo, decodeWebVideo, type WebVideoOptions } from '../../src/web.ts';

const height = 48;
const width = 64;
const frames = 12;
const fps = 10;
const blue = [20, 40, 200];
const red = [210, 50, 30];
const green = [30, 190, 60];

/** RGBA: on blue a red square of 16 that moves 4 to the right with each frame, and a green one in the corner at the bottom left. */
function drawn(frame: number): Uint8Array {
  const pixels = new Uint8Array(4 * height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = y >= 8 && y < 24 && x >= 4 * frame && x < 4 * frame + 16;
      const colour = inside ? red : y >= 36 && x < 12 ? green : blue;
      pixels.set([...colour, 255], 4 * (y * width + x));
    }
  }
  return pixels;
}

interface Made {
  readonly codec?: VideoCodec;
  readonly format?: Mp4OutputFormat | WebMOutputFormat;
  readonly rotation?: Rotation;
  readonly flip?: boolean;
}

/** Some that are whole are left where a file is cut. */
const inClusters = new WebMOutputFormat({ minimumClusterDuration: 0.2 });

async function make({ codec = 'vp8', format = inClusters, ...track }: Made = {}): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const source = new VideoSampleSource({ codec, bitrate: 2_000_000, keyFrameInterval: 0.3 });
  output.addVideoTrack(source, track);
  await output.start();
  for (let frame = 0; frame < frames; frame++) {
    const init = { format: 'RGBA', codedWidth: width, codedHeight: height } as const;
    using sample = new VideoSample(drawn(frame), { ...init, timestamp: frame / fps, duration: 1 / fps });
    await source.add(sample);
  }
  await output.finalize();
  return bytesOf(target);
}

/** Opus in a webm; nobody looks into its packets. */
async function makeSound(): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  for (let at = 0; at < 5; at++) {
    const decoderConfig = { codec: 'opus', numberOfChannels: 1, sampleRate: 48_000 };
    await source.add(new EncodedPacket(new Uint8Array(40), 'key', at * 0.02, 0.02), { decoderConfig });
  }
  await output.finalize();
  return bytesOf(target);
}

/** Two frames of VP8 that hold nothing, `length` s apart. */
async function makeHollow({ length = 1, side = 32 }: { length?: number; side?: number }): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const source = new EncodedVideoPacketSource('vp8');
  output.addVideoTrack(source);
  await output.start();
  for (const timestamp of [0, length]) {
    const decoderConfig = { codec: 'vp8', codedWidth: side, codedHeight: side };
    const data = new Uint8Array(20);
    data[0] = 0x10;
    await source.add(new EncodedPacket(data, 'key', timestamp, 0.1), { decoderConfig });
  }
  await output.finalize();
  return bytesOf(target);
}

function bytesOf({ buffer }: BufferTarget): Uint8Array {
  if (buffer === null) throw new Error('nothing was written');
  return new Uint8Array(buffer);
}

/** Mean absolute difference of RGB at `at` of the video and RGBA, of 255. */
function difference(video: DecodedVideo, at: number, rgba: Uint8Array): number {
  const count = video.height * video.width;
  expect(rgba.length).toBe(4 * count);
  let sum = 0;
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs(video.pixels[3 * (at * count + pixel) + channel] - rgba[4 * pixel + channel]);
    }
  }
  return sum / (3 * count);
}

/** Lossy, with a chroma sample for 2 x 2 pixels: the wrong frame, turn or order of channels gives more than 10. */
const tolerance = 5;

function pixel(video: DecodedVideo, at: number, y: number, x: number): number[] {
  const from = video.channels * ((at * video.height + y) * video.width + x);
  return [...video.pixels.subarray(from, from + video.channels)];
}

function isNear(got: readonly number[], want: readonly number[]): boolean {
  return got.length === want.length && got.every((value, channel) => Math.abs(value - want[channel]) <= 24);
}

async function errorOf(source: Blob | Uint8Array, options: WebVideoOptions = {}): Promise<DataError> {
  const answer = await decodeWebVideo(source, options).catch((error: unknown) => error);
  if (!(answer instanceof DataError)) throw new Error(`expected a DataError, got ${String(answer)}`);
  expect(answer.message).not.toMatch(/\n/);
  return answer;
}

/** Keeps all frames that a decoder gives. */
function watchFrames(): readonly VideoFrame[] {
  const given: VideoFrame[] = [];
  class Watched extends VideoDecoder {
    constructor({ output, error }: VideoDecoderInit) {
      super({
        error,
        output: (frame) => {
          given.push(frame);
          output(frame);
        },
      });
    }
  }
  vi.stubGlobal('VideoDecoder', Watched);
  return given;
}

const isClosed = (frame: VideoFrame): boolean => frame.format === null && frame.codedWidth === 0;

const encodes = 'VideoEncoder' in globalThis && (await canEncodeVideo('vp8', { width, height }));
if (!encodes) console.log('tests of decodeWebVideo left out: this browser encodes no VP8');

// The video to decode is made in the page: a browser that encodes none has none to test with.
describe.skipIf(!encodes)('decodeWebVideo', async () => {
  const webm = encodes ? await make() : new Uint8Array();
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('gives what was drawn', async () => {
    const given = watchFrames();
    const video = await decodeWebVideo(webm);
    expect(video).toMatchObject({ frames, height, width, channels: 3 });
    expect(video.fps).toBeCloseTo(fps, 6);
    expect([...video.indices]).toEqual([...Array(frames).keys()]);
    for (let at = 0; at < frames; at++) expect(difference(video, at, drawn(at)), `frame ${at}`).toBeLessThan(tolerance);
    expect(isNear(pixel(video, 5, 16, 28), red)).toBe(true);
    expect(isNear(pixel(video, 5, 42, 4), green)).toBe(true);
    expect(isNear(pixel(video, 5, 40, 50), blue)).toBe(true);
    expect(given).toHaveLength(frames);
    expect(given.every(isClosed)).toBe(true);
  });

  it('reads a Blob in parts to the same bytes', async () => {
    const video = await decodeWebVideo(new Blob([webm.slice()]));
    expect(video.pixels).toEqual((await decodeWebVideo(webm)).pixels);
  });

  it('takes the frames that are asked for', async () => {
    const all = await decodeWebVideo(webm);
    const size = 3 * height * width;
    const picks: readonly (readonly [WebVideoOptions, readonly number[]])[] = [
      [{ start: 2, stride: 3 }, [2, 5, 8, 11]],
      [{ frames: 2, start: 7 }, [7, 8]],
      [{ frames: 4, start: 10, short: 'hold' }, [10, 11, 11, 11]],
      [{ frames: 4, start: 10, short: 'loop' }, [10, 11, 0, 1]],
      [{ pick: 'segments', frames: 3 }, [2, 6, 10]],
      [{ pick: 'segments', frames: 4, seed: [1, 2] }, []],
    ];
    for (const [options, want] of picks) {
      const { pixels, indices } = await decodeWebVideo(webm, options);
      if (want.length > 0) expect([...indices]).toEqual(want);
      for (const [at, index] of indices.entries()) {
        const frame = all.pixels.subarray(index * size, (index + 1) * size);
        expect(pixels.subarray(at * size, (at + 1) * size), JSON.stringify(options)).toEqual(frame);
      }
    }
    const slow = await decodeWebVideo(webm, { fps: 5 });
    expect(slow).toMatchObject({ frames: 6, fps: 5 });
    // Frame 3 begins at 0.3 s, 1.5 frames of 5 a second, which rounds up.
    expect(difference(slow, 1, drawn(2))).toBeLessThan(tolerance);
    expect(await errorOf(webm, { frames: 13 })).toMatchObject({ code: 'out-of-range', actual: '12' });
    expect(await errorOf(webm, { stride: 0 })).toMatchObject({ code: 'out-of-range', place: 'stride' });
  });

  it('resizes, crops and turns to luma', async () => {
    const half = await decodeWebVideo(webm, { frames: 1, height: 24, width: 32 });
    expect(half).toMatchObject({ height: 24, width: 32, channels: 3 });
    expect(isNear(pixel(half, 0, 8, 4), red)).toBe(true);
    const middle = await decodeWebVideo(webm, { frames: 1, shorter: 24, height: 16, width: 16 });
    expect(isNear(pixel(middle, 0, 2, 12), blue)).toBe(true);
    const grey = await decodeWebVideo(webm, { frames: 1, channels: 1 });
    expect(grey.pixels).toHaveLength(height * width);
    expect(isNear(pixel(grey, 0, 16, 8), [0.299 * red[0] + 0.587 * red[1] + 0.114 * red[2]])).toBe(true);
  });

  it('turns frames upright, with and without a canvas', async () => {
    const right = (rgba: Uint8Array): Uint8Array => {
      const out = new Uint8Array(rgba.length);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const to = 4 * (x * height + height - 1 - y);
          out.set(rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4), to);
        }
      }
      return out;
    };
    const files = {
      90: await make({ rotation: 90, format: new Mp4OutputFormat(), codec: 'vp9' }),
      180: await make({ rotation: 180, format: new Mp4OutputFormat(), codec: 'vp9' }),
      270: await make({ rotation: 270, format: new Mp4OutputFormat(), codec: 'vp9' }),
      mirrored: await make({ rotation: 90, flip: true, format: new Mp4OutputFormat(), codec: 'vp9' }),
    };
    for (const canvas of [false, true]) {
      if (canvas) vi.spyOn(VideoFrame.prototype, 'copyTo').mockRejectedValue(new Error('no such format'));
      const upright = await decodeWebVideo(webm, { frames: 1 });
      expect(difference(upright, 0, drawn(0))).toBeLessThan(tolerance);
      const turned = await decodeWebVideo(files[90]);
      expect(turned).toMatchObject({ frames, height: width, width: height });
      expect(difference(turned, 7, right(drawn(7)))).toBeLessThan(tolerance);
      // The green corner, at the bottom left, is at the top right, at the bottom right, and at the top left when mirrored.
      const half = await decodeWebVideo(files[180], { frames: 1 });
      expect(isNear(pixel(half, 0, 4, width - 5), green)).toBe(true);
      const left = await decodeWebVideo(files[270], { frames: 1 });
      expect(isNear(pixel(left, 0, width - 5, height - 5), green)).toBe(true);
      const mirrored = await decodeWebVideo(files.mirrored, { frames: 1 });
      expect(isNear(pixel(mirrored, 0, 4, height - 5), green)).toBe(true);
    }
  });

  it('refuses what is no whole video in one line', async () => {
    expect((await errorOf(new Uint8Array())).message).toBe(
      'video: expected a video, got no bytes; fix: pass another file',
    );
    expect((await errorOf(new File([new Uint8Array(3000).fill(7)], 'a.bin'))).message).toBe(
      'video: file "a.bin": expected an mp4, mov, webm, mkv or MPEG-TS file, got bytes of another kind; fix: pass another file',
    );
    expect((await errorOf(await makeSound())).message).toBe(
      'video: expected a file with a video track, got none in it; fix: pass another file',
    );
    const text = [...'V_VP8'].map((letter) => letter.charCodeAt(0));
    const at = webm.findIndex((_, place) => text.every((code, k) => webm[place + k] === code));
    const other = webm.slice();
    other[at + 2] = 'X'.charCodeAt(0);
    expect((await errorOf(other)).message).toBe(
      'video: codec: expected one that this browser decodes, got "V_XP8"; fix: pass another file',
    );
    const short = webm.slice(0, Math.floor(webm.length * 0.6));
    expect(await errorOf(short)).toMatchObject({ code: 'malformed', place: 'length' });
    const kept = await decodeWebVideo(short, { truncated: 'keep' });
    expect(kept.frames).toBeGreaterThan(2);
    expect(kept.frames).toBeLessThan(frames);
    expect(difference(kept, 2, drawn(2))).toBeLessThan(tolerance);
    vi.stubGlobal('VideoDecoder', undefined);
    expect((await errorOf(webm)).message).toBe(
      'video: expected a page with WebCodecs, got none here; fix: use a current browser and https or localhost; in Node decodeVideo reads files',
    );
  });

  it('keeps to its limits, and closes frames all the same', async () => {
    const given = watchFrames();
    const one = 3 * height * width;
    expect(await errorOf(webm, { maxBytes: 5 * one })).toMatchObject({ code: 'too-large', place: 'frames' });
    expect(given).toHaveLength(0);
    expect((await decodeWebVideo(webm, { maxBytes: 5 * one, frames: 5 })).frames).toBe(5);
    expect(await errorOf(await makeHollow({ length: 4000 }))).toMatchObject({ code: 'too-large', place: 'length' });
    expect(await errorOf(await makeHollow({ side: 16_000 }))).toMatchObject({ code: 'too-large', place: 'size' });
    expect(await errorOf(await makeHollow({}))).toMatchObject({ code: 'malformed' });
    const size = vi.spyOn(Blob.prototype, 'size', 'get').mockReturnValue(3 * 1024 ** 3);
    expect(await errorOf(new Blob([webm.slice()]))).toMatchObject({ code: 'too-large' });
    size.mockRestore();
    // Nothing but the second frame fails: what came before and after it is closed.
    const { copyTo } = VideoFrame.prototype;
    let copies = 0;
    vi.spyOn(VideoFrame.prototype, 'copyTo').mockImplementation(function (this: VideoFrame, ...args) {
      if (++copies === 2) this.close();
      return copyTo.apply(this, args);
    });
    expect(await errorOf(webm)).toMatchObject({ code: 'malformed' });
    vi.restoreAllMocks();
    await expect.poll(() => given.every(isClosed)).toBe(true);
  });

  it('stops when the time is up', async () => {
    vi.spyOn(VideoDecoder.prototype, 'decode').mockImplementation(() => {});
    vi.spyOn(VideoDecoder.prototype, 'flush').mockImplementation(() => new Promise(() => {}));
    expect(await errorOf(webm, { timeoutSeconds: 0.1 })).toMatchObject({ code: 'too-large', actual: 'more' });
  });

  it('does not search without end where no cluster is found', async () => {
    const broken = webm.slice();
    for (let at = 0; at + 4 <= broken.length; at++) {
      if ([0x1f, 0x43, 0xb6, 0x75].every((byte, k) => broken[at + k] === byte)) broken[at + 2] = 0;
    }
    // Nor the index, whose id ends the search.
    const cut = broken.slice(0, Math.floor(broken.length * 0.6));
    expect(await errorOf(cut)).toMatchObject({ actual: 'a part that leads nowhere' });
  });

  it('gives a value or a DataError for damaged files', async () => {
    const given = watchFrames();
    const files = [webm, await make({ format: new Mp4OutputFormat(), codec: 'vp9' })];
    const place = fc.oneof(fc.nat({ max: 700 }), fc.nat({ max: 100_000 }));
    const change = fc.tuple(place, fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.constantFrom('flip', 'cut', 'insert'));
    const damage = fc.tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 3 }));
    const property = fc.asyncProperty(damage, async ([file, changes]) => {
      const bytes = [...file];
      for (const [at, value, kind] of changes) {
        const where = at % bytes.length;
        if (kind === 'flip') bytes[where] = value;
        else if (kind === 'insert') bytes.splice(where, 0, value);
        else bytes.splice(Math.max(where, 1));
      }
      const video = await decodeWebVideo(Uint8Array.from(bytes), { timeoutSeconds: 5 }).catch(
        (error: unknown) => error,
      );
      if (video instanceof DataError) expect(video.message).not.toMatch(/\n|more$/);
      else if (video instanceof Error) throw video;
      else expect(video).toMatchObject({ channels: 3 });
    });
    await fc.assert(property, { numRuns: 60 });
    await expect.poll(() => given.every(isClosed)).toBe(true);
  }, 30_000);
});
