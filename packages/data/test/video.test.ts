import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ffmpegVersion } from '../src/formats/ffmpeg.ts';
import { decodeNpy } from '../src/formats/npy.ts';
import { decodeVideo, type VideoOptions, videoReaders } from '../src/formats/video.ts';
import type { DecodedVideo } from '../src/formats/video-frames.ts';
import { pickFrames, resampledFrames } from '../src/formats/video-picks.ts';
import { errorOf, makeDirectory, rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const { path: scratch, remove } = makeDirectory({});
afterAll(remove);
const place = (name: string): string => fileURLToPath(new URL(`./goldens/video/${name}`, import.meta.url));
const arrayOf = (name: string): { shape: readonly number[]; data: Uint8Array } => {
  const { shape, data } = decodeNpy(golden(`video/${name}.npy`), { source: 'toy', file: name });
  if (!(data instanceof Uint8Array)) throw new Error('expected bytes');
  return { shape, data };
};
/** Frames of a golden, by index. */
const framesOf = (name: string, indices: readonly number[]): Uint8Array => {
  const { shape, data } = arrayOf(name);
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return Uint8Array.from(indices.flatMap((index) => [...data.subarray(index * size, (index + 1) * size)]));
};
const messageOf = async (path: string, options?: VideoOptions): Promise<string> =>
  (await rejectionOf(() => decodeVideo(path, options))).message.replaceAll(scratch, '');
const worst = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0);
};
const write = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(scratch, name), bytes);
  return join(scratch, name);
};

describe('pickFrames', () => {
  it('takes every n-th frame', () => {
    expect([...pickFrames(5, {})]).toEqual([0, 1, 2, 3, 4]);
    expect([...pickFrames(10, { start: 1, stride: 4 })]).toEqual([1, 5, 9]);
    expect([...pickFrames(10, { frames: 3, start: 2, stride: 3 })]).toEqual([2, 5, 8]);
    expect([...pickFrames(4, { frames: 3, stride: 3, short: 'hold' })]).toEqual([0, 3, 3]);
    expect([...pickFrames(4, { frames: 3, stride: 3, short: 'loop' })]).toEqual([0, 3, 2]);
    const fix = 'fix: choose other frames, or pass short: "hold" or "loop"';
    expect(errorOf(() => pickFrames(8, { frames: 3, start: 2, stride: 3 })).message).toBe(
      `video: frames: expected at least 9 frames, got 8; ${fix}`,
    );
    expect(errorOf(() => pickFrames(3, { start: 3 })).message).toBe(
      `video: frames: expected more than 3 frames, got 3; ${fix}`,
    );
    expect(errorOf(() => pickFrames(3, { frames: 0 })).message).toMatch(
      /^video: frames: expected a whole number from 1 to 72000/,
    );
    expect(errorOf(() => pickFrames(3, { pick: 'segments', stride: 2 })).message).toMatch(
      /^video: start, stride: expected none/,
    );
  });

  it('takes one frame of each segment, in the middle or by seed', () => {
    expect([...pickFrames(30, { pick: 'segments', frames: 3 })]).toEqual([5, 15, 25]);
    expect([...pickFrames(2, { pick: 'segments', frames: 4 })]).toEqual([0, 0, 1, 1]);
    expect(pickFrames(100, { pick: 'segments' })).toHaveLength(8);
    const drawn = (seed: number): number[] => [...pickFrames(300, { pick: 'segments', frames: 3, seed: [seed, 0] })];
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
    for (let seed = 0; seed < 20; seed++) {
      for (const [part, index] of drawn(seed).entries()) expect(Math.floor(index / 100)).toBe(part);
    }
  });

  it('resamples by nearest times', () => {
    expect([...resampledFrames(6, 30, 15)]).toEqual([0, 2, 4]);
    expect([...resampledFrames(3, 10, 20)]).toEqual([0, 0, 1, 1, 2, 2]);
    expect([...resampledFrames(5, 25, 25)]).toEqual([0, 1, 2, 3, 4]);
    expect(resampledFrames(5, 25, 1)).toHaveLength(1);
  });
});

describe('decodeVideo without ffmpeg', () => {
  it.each(['420', '422', '444', 'mono'])('y4m %s', async (name) => {
    const video = await decodeVideo(place(`${name}.y4m`));
    expect([video.frames, video.height, video.width, video.channels, video.fps]).toEqual([5, 11, 13, 3, 10]);
    expect(worst(video.pixels, arrayOf(name).data)).toBeLessThanOrEqual(1);
    expect([...video.indices]).toEqual([0, 1, 2, 3, 4]);
  });

  it('folders of PNG and JPEG, and NPY', async () => {
    expect((await decodeVideo(place('png'))).pixels).toEqual(arrayOf('420').data);
    expect((await decodeVideo(place('jpeg'))).pixels).toEqual(arrayOf('jpeg').data);
    const npy = await decodeVideo(place('420.npy'), { sourceFps: 30 });
    expect([npy.pixels, npy.fps]).toEqual([arrayOf('420').data, 30]);
  });

  it('picks, fits and turns to grey', async () => {
    const video = await decodeVideo(place('png'), { frames: 2, start: 1, stride: 2 });
    expect([...video.indices]).toEqual([1, 3]);
    expect(video.pixels).toEqual(framesOf('420', [1, 3]));
    const looped = await decodeVideo(place('png'), { frames: 4, start: 3, short: 'loop' });
    expect(looped.pixels).toEqual(framesOf('420', [3, 4, 0, 1]));
    const small = await decodeVideo(place('png'), { height: 5, width: 6 });
    expect([small.height, small.width]).toEqual([5, 6]);
    expect(small.pixels).toEqual(arrayOf('420-5x6').data);
    const cut = await decodeVideo(place('png'), { shorter: 11, height: 9, width: 9 });
    expect([...cut.pixels.subarray(0, 3)]).toEqual([...arrayOf('420').data.subarray((13 + 2) * 3, (13 + 3) * 3)]);
    const grey = await decodeVideo(place('png'), { channels: 1, frames: 1 });
    const [r, g, b] = arrayOf('420').data;
    expect([grey.channels, grey.pixels.length, grey.pixels[0]]).toEqual([
      1,
      143,
      Math.round(0.299 * r + 0.587 * g + 0.114 * b),
    ]);
    const slow = await decodeVideo(place('420.y4m'), { fps: 5 });
    expect([slow.frames, slow.fps, [...slow.indices]]).toEqual([3, 5, [0, 1, 2]]);
    expect((await decodeVideo(place('png'), { fps: 5, sourceFps: 10 })).pixels).toEqual(
      framesOf('420', [...resampledFrames(5, 10, 5)]),
    );
  });

  it('names what is wrong', async () => {
    expect(await messageOf('/nowhere.mp4')).toBe(
      'video: file "/nowhere.mp4": expected a readable file, got nothing there; fix: check the path',
    );
    expect(await messageOf(write('empty.mp4', ''))).toBe(
      'video: file "/empty.mp4": expected a video, got an empty file; fix: check the path',
    );
    expect(await messageOf(place('png'), { frames: 6 })).toBe(
      `video: file "${place('png')}": frames: expected at least 6 frames, got 5; fix: choose other frames, or pass short: "hold" or "loop"`,
    );
    expect(await messageOf(place('png'), { fps: 5 })).toMatch(
      /: fps: expected a video that says how many frames a second it has, got/,
    );
    expect(await messageOf(place('png'), { height: 5 })).toBe(
      'video: height, width, shorter: expected height and width together, 1 to 16384 pixels, got 5, none, none; fix: correct the options',
    );
    expect(await messageOf(place('png'), { maxBytes: 1000 })).toMatch(
      /png": frames: expected at most 1000 bytes when decoded, got 5 x 11 x 13 x 3 x 1 bytes; fix: take fewer/,
    );
    const y4m = readFileSync(place('420.y4m'));
    const cut = await messageOf(write('cut.y4m', y4m.subarray(0, y4m.length - 1)));
    expect(cut).toMatch(
      /^video: file "\/cut\.y4m": frame 4 at byte \d+: expected 227 bytes, got 226; fix: write the video again/,
    );
    const header = (text: string): Promise<string> => messageOf(write('odd.y4m', `${text}\nFRAME\n`));
    expect(await header('YUV4MPEG2 W13 H11 F10:1 C420p10')).toMatch(
      /: header, C: expected 8 bits of 420, .*, got "420p10"/,
    );
    expect(await header('YUV4MPEG2 W13 H11 It')).toMatch(/: header, I: expected progressive frames, got "t"/);
    expect(await header('YUV4MPEG2 W0 H11')).toMatch(/: header, W: expected a size from 1 to 99999, got "0"/);
    expect(await header('YUV4MPEG2 W99999 H99999')).toMatch(
      /: header: expected at most 134217728 bytes when decoded, got/,
    );
    expect(await header('YUV4MPEG2 W9 H9 F1')).toMatch(/: header, F: expected a rate such as 25:1, got "1"/);
    expect(await header('YUV4MPEG2 W9 H9')).toMatch(/: frame 0 at byte 16: expected 131 bytes, got 0/);
    expect(await messageOf(write('none.y4m', 'YUV4MPEG2 W9 H9\n'))).toMatch(/expected at least one frame, got none/);
  });

  it('names what is wrong with a folder', async () => {
    const png = readFileSync(join(place('png'), 'frame-001.png'));
    const message = async (names: readonly string[], bytes: Uint8Array = png): Promise<string> => {
      const folder = makeDirectory(Object.fromEntries(names.map((name) => [name, bytes])));
      const text = await messageOf(folder.path).finally(folder.remove);
      return text.replaceAll(folder.path, '');
    };
    expect(await message(['a.txt'])).toMatch(
      /^video: file "": expected numbered PNG or JPEG files, got 1 other files; fix: number/,
    );
    expect(await message(['1.png', '2.png', '4.png'])).toMatch(
      /expected numbers that go up by 1, got "4.png" after "2.png"/,
    );
    expect(await message(['a1.png', 'b1.png'])).toMatch(
      /expected each number once, got (a1.png and b1.png|b1.png and a1.png)/,
    );
    expect(await message(['1.png'], png.subarray(0, 50))).toMatch(/^video: file "\/1\.png": /);
    const grey = golden('png/grey8.png');
    const folder = makeDirectory({ '1.png': png, '2.png': grey });
    expect((await messageOf(folder.path).finally(folder.remove)).replaceAll(folder.path, '')).toMatch(
      /^video: file "\/2\.png": expected 11 x 13 pixels as in 1\.png, got \d+ x \d+; fix: bring all frames to one size$/,
    );
  });

  it('says what can be read, and how to get what cannot', async () => {
    const none = { ffmpeg: 'no-such-ffmpeg', ffprobe: 'no-such-ffprobe' };
    expect(await videoReaders(none)).toEqual({ y4m: true, frameFolder: true, npy: true, ffmpeg: null });
    expect(await messageOf(write('clip.mp4', 'not a video'), none)).toBe(
      'video: file "/clip.mp4": expected ffmpeg and ffprobe on the PATH for a compressed video, got none; fix: install it (apt-get install ffmpeg, brew install ffmpeg), or turn the video into y4m, NPY or a folder of PNG frames',
    );
  });

  it('survives damage', async () => {
    let number = 0;
    await survives(
      ['video/420.y4m', 'video/422.y4m', 'video/444.y4m', 'video/mono.y4m', 'video/420.npy'],
      async (bytes) => {
        const path = write(`damaged-${number++ % 4}`, bytes);
        const { pixels, frames, height, width } = await decodeVideo(path, { ffmpeg: 'no-such-ffmpeg' });
        expect(pixels).toHaveLength(frames * height * width * 3);
      },
      { runs: 60, within: 120 },
    );
  });
});

/** A stand-in for ffmpeg that does what a broken one may do; Unix only. */
const script = (name: string, body: string): string => {
  const path = write(
    name,
    `#!/bin/sh\ncase "$1" in -version) echo "$(basename $0 | sed s/-.*//) version 5.1";; *) ${body};; esac\n`,
  );
  chmodSync(path, 0o755);
  return path;
};

// the stand-in is a shell script
describe.skipIf(process.platform === 'win32')('a program in place of ffmpeg', () => {
  const probed = (text: string): string => script('ffprobe-toy', `echo '${text}'`);
  const stream = '{"streams":[{"width":4,"height":2,"avg_frame_rate":"10/1"}],"format":{"duration":"1"}}';
  const clip = write('toy.mp4', 'x');
  const decode = (ffprobe: string, body: string, options: VideoOptions = {}): Promise<string> =>
    messageOf(clip, { ffprobe, ffmpeg: script('ffmpeg-toy', body), ...options });
  const fix = 'fix: get the video again, or pass damaged: "keep" to take what can be decoded';

  it('is stopped when it takes too long, complains, lies about sizes or says nothing', async () => {
    const file = 'video: file "/toy.mp4": ';
    expect(await decode(probed(stream), 'exec sleep 30', { timeoutSeconds: 0.3 })).toBe(
      `${file}expected at most 0.3 s of decoding, got more; ${fix}`,
    );
    expect(await decode(probed(stream), 'echo "[h264 @ 0x1f] oh no" >&2; exit 1')).toBe(
      `${file}expected a video that ffmpeg decodes, got h264: oh no; ${fix}`,
    );
    expect(await decode(probed(stream), 'echo "oh no" >&2')).toMatch(/got oh no; fix/);
    expect(await decode(probed(stream), 'exit 3')).toMatch(/got exit code 3; fix/);
    expect(await decode(probed(stream), 'head -c 30 /dev/zero')).toBe(
      `${file}expected frames of 24 bytes, got 6 at the end; ${fix}`,
    );
    expect(await decode(probed(stream), 'head -c 48 /dev/zero', { frames: 3 })).toMatch(
      /expected at least 3 frames, got 2 of 3 wanted/,
    );
    expect(await decode(probed(stream), 'true')).toMatch(/frames: expected a video with frames, got 0/);
    expect(await decode(probed(stream), 'cat /dev/zero', { maxBytes: 1000 })).toMatch(
      /expected at most 1000 bytes when decoded, got 42 x 2/,
    );
    expect(await decode(probed('{}'), 'true')).toBe(`${file}expected a video stream, got none; ${fix}`);
    expect(await decode(probed('hello'), 'true')).toBe(
      `${file}expected what ffprobe says in JSON, got other text; ${fix}`,
    );
    expect(await decode(probed('{"streams":[{"width":0,"height":2}]}'), 'true')).toMatch(
      /expected a size in pixels, got 0 x 2/,
    );
    expect(await decode(probed('{"streams":[{"width":50000,"height":50000}]}'), 'true')).toMatch(
      /bytes a frame, got 50000 x 50000/,
    );
    const long = stream.replace('"1"', '"9999.5"');
    expect(await decode(probed(long), 'true')).toBe(`${file}expected at most 3600 s, got 10000 s; ${fix}`);
  });

  it('keeps what a complaining decoder gives when it is told to', async () => {
    const ffmpeg = script('ffmpeg-toy', 'head -c 48 /dev/zero; echo "oh no" >&2');
    const video = await decodeVideo(clip, { ffprobe: probed(stream), ffmpeg, damaged: 'keep' });
    expect([video.frames, video.height, video.width, video.fps]).toEqual([2, 2, 4, 10]);
  });
});

const version = await ffmpegVersion({});
if (version === null) console.warn('ffmpeg is not installed: its tests are skipped');

// ffmpeg is no part of the package: it is used where a user has installed it.
describe.skipIf(version === null)('decodeVideo with ffmpeg', () => {
  const run = (...args: string[]): void => {
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-bitexact', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const test = 'testsrc2=size=64x48:rate=10:duration=1.2';
  const clips: Record<string, string[]> = {
    'clip.mp4': ['-c:v', 'libx264', '-qp', '4', '-bf', '2', '-pix_fmt', 'yuv420p'],
    'clip.avi': ['-c:v', 'mpeg4', '-q:v', '1'],
    'clip.webm': ['-c:v', 'libvpx', '-b:v', '4M', '-qmax', '4', '-auto-alt-ref', '1'],
    'lossless.mkv': ['-c:v', 'ffv1', '-pix_fmt', 'yuv420p'],
  };
  const encoders = version === null ? '' : execFileSync('ffmpeg', ['-v', 'error', '-encoders']).toString();
  const made = Object.entries(clips).filter(([, args]) => encoders.includes(` ${args[1]} `));
  let own: DecodedVideo;
  const make = async (): Promise<void> => {
    if (own !== undefined) return;
    const y4m = join(scratch, 'clip.y4m');
    run('-f', 'lavfi', '-i', test, '-pix_fmt', 'yuv420p', y4m);
    for (const [name, args] of made) run('-i', y4m, ...args, join(scratch, name));
    own = await decodeVideo(y4m);
  };
  const mean = (a: Uint8Array, b: Uint8Array): number => {
    expect(a.length).toBe(b.length);
    return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
  };
  it.each(made.map(([name]) => name))('%s: size, rate and frames are those of the y4m', async (name) => {
    await make();
    const video = await decodeVideo(join(scratch, name));
    expect([video.frames, video.height, video.width, video.fps]).toEqual([12, 48, 64, 10]);
    expect(mean(video.pixels, own.pixels)).toBeLessThan(4);
    if (name === 'lossless.mkv') expect(worst(video.pixels, own.pixels)).toBeLessThanOrEqual(1);
  });

  it('takes the same frames as the readers of this package', async () => {
    await make();
    const clip = join(scratch, made[made.length - 1][0]);
    const y4m = join(scratch, 'clip.y4m');
    const options: VideoOptions[] = [
      { frames: 3, start: 1, stride: 4, channels: 1, height: 20, width: 20, shorter: 24 },
      { stride: 5 },
      { frames: 6, start: 9, short: 'loop' },
      { fps: 25, pick: 'segments', frames: 6, seed: [7, 7] },
    ];
    for (const one of options) {
      const [a, b] = [await decodeVideo(clip, one), await decodeVideo(y4m, one)];
      expect([one, [...a.indices]]).toEqual([one, [...b.indices]]);
      expect([a.frames, a.height, a.width, a.channels, a.fps]).toEqual([
        b.frames,
        b.height,
        b.width,
        b.channels,
        b.fps,
      ]);
      expect(mean(a.pixels, b.pixels)).toBeLessThan(made.length === 4 ? 1 : 4);
    }
    expect(await messageOf(clip, { frames: 13 })).toMatch(/: frames: expected at least 13 frames, got 12 of 13 wanted/);
  });

  it('turns a clip upright by its rotation', async () => {
    await make();
    if (!made.some(([name]) => name === 'clip.mp4')) return;
    run('-i', join(scratch, 'clip.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', join(scratch, 'turned.mp4'));
    const turned = await decodeVideo(join(scratch, 'turned.mp4'), { frames: 1 });
    const flat = await decodeVideo(join(scratch, 'clip.mp4'), { frames: 1 });
    if (turned.height === flat.height) return; // newer ffmpeg no longer takes that tag
    expect([turned.height, turned.width]).toEqual([64, 48]);
    // One of the two quarter turns, which one is ffmpeg's to say: the corners move round.
    const corner = ({ pixels, width }: DecodedVideo, y: number, x: number): number[] => [
      ...pixels.subarray((y * width + x) * 3, (y * width + x + 1) * 3),
    ];
    expect([corner(flat, 0, 63), corner(flat, 47, 0)]).toContainEqual(corner(turned, 0, 0));
    expect([corner(flat, 0, 0), corner(flat, 47, 63)]).toContainEqual(corner(turned, 63, 0));
  });

  it('damaged containers, playlists and sounds give one line', async () => {
    await make();
    for (const [name] of made.slice(0, 3)) {
      const bytes = readFileSync(join(scratch, name));
      const cut = write(`cut-${name}`, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const message = await messageOf(cut);
      expect(message).toMatch(
        /^video: file "\/cut-[^"]*": expected a video that ffmpeg decodes, got .+; fix: get the video again/,
      );
      expect(message.length).toBeLessThan(400);
    }
    const list = write('list.txt', `ffconcat version 1.0\nfile 'clip.y4m'\n`);
    expect(await messageOf(list)).toMatch(/expected a video that ffmpeg decodes, got /);
    const playlist = write(
      'list.m3u8',
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n`,
    );
    expect(await messageOf(playlist)).toMatch(/expected a video that ffmpeg decodes, got /);
    expect(await messageOf(write('-y.mp4', 'hello, not a video'))).toMatch(
      /expected a video that ffmpeg decodes, got /,
    );
    run('-f', 'lavfi', '-i', 'sine=duration=0.1', join(scratch, 'sound.avi'));
    expect(await messageOf(join(scratch, 'sound.avi'))).toMatch(/expected a video stream, got none/);
  });

  it('survives damaged frames', async () => {
    await make();
    const name = made[0][0];
    const bytes = readFileSync(join(scratch, name));
    const flips = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) copy[at] = value;
        try {
          await decodeVideo(write('flipped', copy), { frames: 2, damaged: 'keep' });
        } catch (error) {
          expect(error).toHaveProperty('name', 'DataError');
        }
      }),
      { numRuns: 2 },
    );
  });
});
