// Videos to a few frames in a page: the container read by mediabunny, which also works around faults of the browsers' decoders,
// the pictures decoded by the page's WebCodecs. Which codecs there are depends on the browser. Nothing of Node.

import type { EncodedPacketSink, Input, InputVideoTrack, VideoSample, VideoSampleSink } from 'mediabunny';
import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';
import { countOf, failer, maxDecodedBytes } from './raster.ts';
import { checkFrameOptions, type DecodedVideo, type Fit, type FrameOptions, Frames } from './video-frames.ts';
import { maxVideoFrames, maxVideoSeconds, pickFrames } from './video-picks.ts';

export interface WebVideoOptions extends FrameOptions {
  /** Whether a file that ends before its time is an error, or what is there is a video. Default: 'refuse'. */
  readonly truncated?: 'refuse' | 'keep';
}

/** Of the file; a Blob is read in parts. */
export const maxWebVideoBytes = 2 * 1024 ** 3;

/**
 * Frames `[frames, height, width, channels]` of an mp4, mov, webm, mkv or MPEG-TS file, upright as the file says, by the rules of
 * `decodeVideo`; pixels that are not square stay as they are stored. Runs in pages and workers with WebCodecs.
 * @throws {DataError} unsupported (no WebCodecs, the container, the codec), malformed, too-large, empty, out-of-range (too few frames)
 */
export async function decodeWebVideo(source: Blob | Uint8Array, options: WebVideoOptions = {}): Promise<DecodedVideo> {
  const fit = checkFrameOptions(options);
  const file = 'name' in source && typeof source.name === 'string' ? source.name : null;
  const origin: Origin = { source: 'video', file };
  const fail = failer(origin, 'pass another file');
  const bytes = source instanceof Uint8Array ? source.length : source.size;
  if (bytes === 0) throw fail('empty', null, 'a video', 'no bytes');
  if (bytes > maxWebVideoBytes) throw fail('too-large', null, `at most ${maxWebVideoBytes} bytes`, `${bytes}`);
  if (typeof VideoDecoder === 'undefined') {
    const way = failer(origin, 'use a current browser and https or localhost; in Node decodeVideo reads files');
    throw way('unsupported', null, 'a page with WebCodecs', 'none here');
  }
  const library = await import('mediabunny');
  const { ADTS, BlobSource, BufferSource, FLAC, MATROSKA, MP3, MP4, MPEG_TS, OGG, QTFF, WAVE, WEBM } = library;
  // No playlists, which name other files. Sounds are known so that they can be refused as such.
  const formats = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS, OGG, WAVE, FLAC, MP3, ADTS];
  const reads = source instanceof Uint8Array ? new BufferSource(source) : new BlobSource(source);
  refuseEndlessReads(reads, options.timeoutSeconds ?? 120);
  const input = new library.Input({ formats, source: reads });
  const seconds = options.timeoutSeconds ?? 120;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const give = (): void => reject(fail('too-large', null, `at most ${seconds} s of decoding`, 'more'));
    timer = setTimeout(give, 1000 * seconds);
  });
  try {
    const track = await Promise.race([openTrack(input, library.UnsupportedInputFormatError, fail), late]);
    const packets = new library.EncodedPacketSink(track);
    const reader = new Reader(input, track, packets, new library.VideoSampleSink(track), options, fit, origin);
    return await Promise.race([reader.read(), late]);
  } catch (error) {
    throw asDataError(error, fail);
  } finally {
    clearTimeout(timer);
    // Ends what a reader that is late still does.
    input.dispose();
  }
}

type Fail = (code: DataErrorCode, place: string | null, expected: string, actual: string) => DataError;

/**
 * mediabunny 1.61.0 asks for the last 8 bytes of a damaged webm again and again, without giving way to a timer: its search for the
 * next element does not move on from there. All its reads go through this method, which its types leave out;
 * it also ends other loops when the time is up.
 */
function refuseEndlessReads(source: object, seconds: number): void {
  const read: unknown = Reflect.get(source, '_read');
  if (typeof read !== 'function') throw new Error('bug: mediabunny reads in another way, please report');
  const end = Date.now() + 1000 * seconds;
  let last = '';
  let times = 0;
  Reflect.set(source, '_read', (...place: readonly unknown[]): unknown => {
    const key = `${place[0]} ${place[1]}`;
    times = key === last ? times + 1 : 0;
    last = key;
    if (times > 1000 || Date.now() > end) throw new Error('a part that leads nowhere');
    return Reflect.apply(read, source, place);
  });
}

/** What the library and the decoder throw, in our words. */
function asDataError(error: unknown, fail: Fail): DataError {
  if (error instanceof DataError) return error;
  const actual = error instanceof Error && error.message !== '' ? error.message : String(error);
  if (error instanceof Error && error.name === 'NotReadableError') return fail('unreadable', null, 'a file', actual);
  return fail('malformed', null, 'a video that can be decoded', actual.slice(0, 200));
}

type UnknownFormat = abstract new (...rest: never[]) => Error;

async function openTrack(input: Input, unknownFormat: UnknownFormat, fail: Fail): Promise<InputVideoTrack> {
  try {
    await input.getFormat();
  } catch (error) {
    if (!(error instanceof unknownFormat)) throw error;
    throw fail('unsupported', null, 'an mp4, mov, webm, mkv or MPEG-TS file', 'bytes of another kind');
  }
  const track = await input.getPrimaryVideoTrack();
  if (track === null) throw fail('unsupported', null, 'a file with a video track', 'none in it');
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  checkSize(width, height, fail);
  const codec = await track.getCodec();
  if (codec === null || !(await track.canDecode())) {
    const name = (await track.getCodecParameterString()) ?? codec ?? (await track.getInternalCodecId());
    throw fail('unsupported', 'codec', 'one that this browser decodes', quote(String(name)));
  }
  return track;
}

/** Of a frame as it is decoded. */
function checkSize(width: number, height: number, fail: Fail): void {
  if (!(width >= 1 && height >= 1)) throw fail('malformed', 'size', 'a size in pixels', `${height} x ${width}`);
  const bytes = countOf([width, height, 4]);
  if (bytes === null || bytes > maxDecodedBytes) {
    throw fail('too-large', 'size', `at most ${maxDecodedBytes} bytes a frame`, `${height} x ${width} pixels`);
  }
}

interface Timeline {
  /** Of each frame, s, rising. */
  readonly starts: readonly number[];
  /** Of the last one, s. */
  readonly end: number;
  /** On average; null of a single frame. */
  readonly fps: number | null;
}

class Reader {
  readonly #input: Input;
  readonly #track: InputVideoTrack;
  readonly #packets: EncodedPacketSink;
  readonly #decoder: VideoSampleSink;
  readonly #options: WebVideoOptions;
  readonly #fit: Fit;
  readonly #origin: Origin;
  readonly #fail: Fail;

  constructor(
    input: Input,
    track: InputVideoTrack,
    packets: EncodedPacketSink,
    decoder: VideoSampleSink,
    options: WebVideoOptions,
    fit: Fit,
    origin: Origin,
  ) {
    this.#input = input;
    this.#track = track;
    this.#packets = packets;
    this.#decoder = decoder;
    this.#options = options;
    this.#fit = fit;
    this.#origin = origin;
    this.#fail = failer(origin, 'pass another file');
  }

  async read(): Promise<DecodedVideo> {
    const { starts, end, fps: sourceFps } = await this.#timeline();
    const { fps } = this.#options;
    const all = fps === undefined ? null : framesAtRate(starts, end, fps, this.#fail);
    const indices = pickFrames(all?.length ?? starts.length, this.#options, this.#origin);
    const wanted = [...indices].map((index) => all?.[index] ?? index);
    // The decoder goes forwards, and what is wanted twice is decoded once.
    const rising = [...new Set(wanted)].sort((a, b) => a - b);
    const placeOf = new Map(rising.map((index, place) => [index, place]));
    const frames = await this.#decode(
      rising.map((index) => starts[index]),
      indices.length,
    );
    const places = wanted.map((index) => placeOf.get(index) ?? 0);
    return frames.video(places, indices, fps ?? sourceFps);
  }

  /** When each frame begins, from the container alone. */
  async #timeline(): Promise<Timeline> {
    const starts: number[] = [];
    let end = 0;
    let packets = 0;
    // VP8 has packets without a picture, which only their first byte tells.
    const vp8 = (await this.#track.getCodec()) === 'vp8';
    for await (const packet of this.#packets.packets(undefined, undefined, { metadataOnly: !vp8 })) {
      if (++packets > maxVideoFrames) throw this.#fail('too-large', 'frames', `at most ${maxVideoFrames}`, 'more');
      const stop = packet.timestamp + packet.duration;
      if (stop > maxVideoSeconds) throw this.#fail('too-large', 'length', `at most ${maxVideoSeconds} s`, `${stop} s`);
      // Cut off at the front by the container.
      if (packet.timestamp < 0 && stop <= 0) continue;
      if (vp8 && packet.data.length > 0 && (packet.data[0] & 0x10) === 0) continue;
      starts.push(packet.timestamp);
      end = Math.max(end, stop);
    }
    starts.sort((a, b) => a - b);
    const last = starts.length - 1;
    const span = last > 0 ? starts[last] - starts[0] : 0;
    const interval = span / Math.max(1, last);
    // The last frame may lack its duration.
    if (end - (starts[last] ?? 0) < interval / 2) end = starts[last] + interval;
    if (this.#options.truncated !== 'keep') await this.#checkLength(end, interval);
    if (starts.length === 0) throw this.#fail('empty', 'frames', 'a video with frames', 'none');
    return { starts, end, fps: interval > 0 ? 1 / interval : null };
  }

  /** Readers of containers take a file that is cut off for a shorter one; its header still says how long it was. */
  async #checkLength(end: number, interval: number): Promise<void> {
    const said = await this.#input.getDurationFromMetadata();
    const slack = Math.max(0.01, 1.5 * interval);
    if (said === null || said <= end + slack) return;
    // Another track may be the longer one.
    const there = await this.#input.computeDuration();
    if (said <= there + slack) return;
    const way = failer(this.#origin, 'fetch the file again, or pass truncated: "keep"');
    throw way('malformed', 'length', `${said.toFixed(2)} s, as the file says`, `${there.toFixed(2)} s`);
  }

  async #decode(times: readonly number[], count: number): Promise<Frames> {
    let size = await this.#uprightSize();
    let frames = new Frames(this.#options, this.#fit, size, this.#origin);
    frames.expect(count);
    for await (const sample of this.#decoder.samplesAtTimestamps(times)) {
      try {
        const time = times[frames.count];
        // Decoders count in microseconds.
        if (sample === null || Math.abs(sample.timestamp - time) > 2e-6) {
          const actual = sample === null ? 'none' : `one of ${sample.timestamp.toFixed(3)} s`;
          throw this.#fail('malformed', `frame at ${time.toFixed(3)} s`, 'a picture', actual);
        }
        const found = uprightSizeOf(sample);
        if (found.height !== size.height || found.width !== size.width) {
          checkSize(found.width, found.height, this.#fail);
          if (frames.count > 0) {
            const [expected, actual] = [size, found].map(({ height, width }) => `${height} x ${width} pixels`);
            throw this.#fail('unsupported', `frame at ${time.toFixed(3)} s`, expected, actual);
          }
          // What is decoded counts, not what the container says.
          size = found;
          frames = new Frames(this.#options, this.#fit, size, this.#origin);
          frames.expect(count);
        }
        frames.add(await pixelsOf(sample, size));
      } finally {
        sample?.close();
      }
    }
    if (frames.count < times.length) {
      throw this.#fail('malformed', 'frames', `${times.length} pictures`, `${frames.count}`);
    }
    return frames;
  }

  async #uprightSize(): Promise<Size> {
    const [width, height] = [await this.#track.getCodedWidth(), await this.#track.getCodedHeight()];
    return (await this.#track.getRotation()) % 180 === 0 ? { height, width } : { height: width, width: height };
  }
}

/** At `fps` frames a second, frame `k` shows the last one `i` with `round(fps start_i) <= k`, as ffmpeg's fps filter has it. */
function framesAtRate(starts: readonly number[], end: number, fps: number, fail: Fail): Int32Array {
  const length = Math.max(1, Math.round((end - starts[0]) * fps));
  if (length > maxVideoFrames) throw fail('out-of-range', 'fps', `at most ${maxVideoFrames} frames`, `${length}`);
  let at = 0;
  return Int32Array.from({ length }, (_, k) => {
    while (at + 1 < starts.length && Math.round((starts[at + 1] - starts[0]) * fps) <= k) at++;
    return at;
  });
}

interface Size {
  readonly height: number;
  readonly width: number;
}

function uprightSizeOf({ visibleRect: { height, width }, rotation }: VideoSample): Size {
  return rotation % 180 === 0 ? { height, width } : { height: width, width: height };
}

/** RGB `[height, width, 3]`, upright. */
async function pixelsOf(sample: VideoSample, size: Size): Promise<Uint8Array> {
  const { height, width } = sample.visibleRect;
  const rgba = new Uint8Array(4 * height * width);
  // The types lack the format.
  const options = { format: 'RGBA', layout: [{ offset: 0, stride: 4 * width }] };
  try {
    await sample.copyTo(rgba, options);
  } catch {
    // Not every browser converts colours there. A canvas turns the picture, too.
    return upright(drawn(sample, size), size, 0, false);
  }
  return upright(rgba, { height, width }, sample.rotation, sample.flip);
}

interface Canvas {
  getContext(
    kind: '2d',
    options: { readonly willReadFrequently: boolean },
  ): (Parameters<VideoSample['draw']>[0] & PixelReader) | null;
}
interface PixelReader {
  getImageData(left: number, top: number, width: number, height: number): { readonly data: Uint8ClampedArray };
}
// Of pages and workers; the types of the DOM are not those of this package.
declare const OffscreenCanvas: new (width: number, height: number) => Canvas;

function drawn(sample: VideoSample, { height, width }: Size): Uint8Array<ArrayBuffer> {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas to draw a frame on');
  sample.draw(context, 0, 0, width, height);
  return new Uint8Array(context.getImageData(0, 0, width, height).data);
}

/** RGBA `[height, width, 4]` to RGB, turned clockwise by `rotation` degrees and then mirrored left to right. */
function upright(rgba: Uint8Array, { height, width }: Size, rotation: number, flip: boolean): Uint8Array {
  const out = new Uint8Array(3 * height * width);
  const across = rotation % 180 === 0 ? width : height;
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 4) {
      let row = y;
      let column = x;
      if (rotation === 90) [row, column] = [x, height - 1 - y];
      else if (rotation === 180) [row, column] = [height - 1 - y, width - 1 - x];
      else if (rotation === 270) [row, column] = [width - 1 - x, y];
      if (flip) column = across - 1 - column;
      const to = 3 * (row * across + column);
      out[to] = rgba[from];
      out[to + 1] = rgba[from + 1];
      out[to + 2] = rgba[from + 2];
    }
  }
  return out;
}
