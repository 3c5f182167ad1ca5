// Compressed video through the ffmpeg that is installed, as a child process: arguments as a list, no shell, files only, known
// containers only, and bounds on pixels, seconds and time. Nothing of ffmpeg is in this package.

import { spawn } from 'node:child_process';
import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';
import { maxDecodedBytes } from './raster.ts';
import { maxVideoFrames, maxVideoSeconds } from './video-picks.ts';

export interface FfmpegCommands {
  /** Default: 'ffmpeg', found on the PATH. */
  readonly ffmpeg?: string;
  /** Default: 'ffprobe'. */
  readonly ffprobe?: string;
}

export interface FfmpegVideo {
  /** Upright. */
  readonly height: number;
  readonly width: number;
  /** On average; null where the container does not say. */
  readonly fps: number | null;
}

/** Containers that hold their own data: none of playlists, of patterns of pictures and of scripts, which name other files. */
const containers =
  'mov,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,gif,ivf,mxf,dv,m4v,h264,hevc,mpegvideo,obu,yuv4mpegpipe';
const maxErrorBytes = 16 * 1024;
const maxProbeBytes = 1024 * 1024;

export interface FfmpegLimits {
  /** Seconds that one run may take. */
  readonly timeoutSeconds: number;
  /** Whether a complaint of the decoder is an error. */
  readonly strict: boolean;
}

/** By command: what was found once stays. */
const knownVersions = new Map<string, string>();

/** The version of the ffmpeg that is there, or null. */
export async function ffmpegVersion(commands: FfmpegCommands): Promise<string | null> {
  const versions: (string | null)[] = [];
  for (const command of [commands.ffmpeg ?? 'ffmpeg', commands.ffprobe ?? 'ffprobe']) {
    const known = knownVersions.get(command);
    if (known !== undefined) {
      versions.push(known);
      continue;
    }
    let text = '';
    const origin = { source: 'video', file: null };
    const onData = (chunk: Uint8Array): boolean => {
      text += new TextDecoder('latin1').decode(chunk.subarray(0, maxProbeBytes));
      return text.length < maxProbeBytes;
    };
    const limits = { timeoutSeconds: 20, strict: false };
    await run(command, ['-version'], origin, limits, onData).catch(() => {});
    const found = /^ff(?:mpeg|probe) version (\S+)/.exec(text)?.[1] ?? null;
    if (found !== null) knownVersions.set(command, found);
    versions.push(found);
  }
  return versions.includes(null) ? null : versions[0];
}

export function ffmpegMissing(origin: Origin): DataError {
  const fix =
    'install it (apt-get install ffmpeg, brew install ffmpeg), or turn the video into y4m, NPY or a folder of PNG frames';
  const expected = 'ffmpeg and ffprobe on the PATH for a compressed video';
  return new DataError({ ...origin, code: 'missing', place: null, expected, actual: 'none', fix });
}

/** Size and rate of the first video stream. @throws {DataError} malformed, too-large */
export async function probe(
  path: string,
  commands: FfmpegCommands,
  limits: FfmpegLimits,
  origin: Origin,
): Promise<FfmpegVideo> {
  const fail = failure(origin);
  const parts: Uint8Array[] = [];
  let length = 0;
  const onData = (chunk: Uint8Array): boolean => {
    parts.push(chunk);
    length += chunk.length;
    return length < maxProbeBytes;
  };
  const entries = 'stream=width,height,avg_frame_rate:stream_side_data=rotation:format=duration';
  const options = ['-select_streams', 'V:0', '-show_entries', entries, '-of', 'json'];
  await run(commands.ffprobe ?? 'ffprobe', ['-v', 'error', ...inputOf(path), ...options], origin, limits, onData);
  let info: unknown;
  try {
    info = JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw fail('malformed', 'what ffprobe says in JSON', 'other text');
  }
  const stream = get(list(get(info, 'streams'))[0], null);
  if (stream === undefined) throw fail('malformed', 'a video stream', 'none');
  const [width, height] = [get(stream, 'width'), get(stream, 'height')];
  if (!isSize(width) || !isSize(height))
    throw fail('malformed', 'a size in pixels', `${quote(width)} x ${quote(height)}`);
  if (width * height * 3 > maxDecodedBytes) {
    throw fail('too-large', `at most ${maxDecodedBytes} bytes a frame`, `${height} x ${width} pixels`);
  }
  const duration = Number(get(get(info, 'format'), 'duration'));
  if (duration > maxVideoSeconds) throw fail('too-large', `at most ${maxVideoSeconds} s`, `${Math.round(duration)} s`);
  const turned = list(get(stream, 'side_data_list')).some(
    (entry) => Math.abs(Number(get(entry, 'rotation'))) % 180 === 90,
  );
  const [frames, seconds] = String(get(stream, 'avg_frame_rate')).split('/').map(Number);
  const fps = frames > 0 && seconds > 0 ? frames / seconds : null;
  return turned ? { height: width, width: height, fps } : { height, width, fps };
}

/** Frames in all, at `fps` if that is given: the video is decoded once, to next to nothing. @throws {DataError} */
export async function countFrames(
  path: string,
  commands: FfmpegCommands,
  version: string,
  fps: number | null,
  limits: FfmpegLimits,
  origin: Origin,
): Promise<number> {
  let bytes = 0;
  const onData = (chunk: Uint8Array): boolean => {
    bytes += chunk.length;
    return bytes <= 4 * maxVideoFrames;
  };
  const filters = [...rateFilter(fps), 'scale=2:2:flags=neighbor'];
  await decode(path, commands, version, filters, ['-pix_fmt', 'gray'], limits, origin, onData);
  if (bytes > 4 * maxVideoFrames) throw failure(origin)('too-large', `at most ${maxVideoFrames} frames`, 'more');
  return bytes / 4;
}

/** Most indices that fit into one expression. */
const maxSelected = 2000;

/**
 * Gives the frames of rising `indices` (null: all from `start` on, every `stride`-th) one after the other as RGB, at `fps` if that is
 * given. `onFrame` says whether to go on.
 * @throws {DataError} malformed, too-large
 */
export async function readFrames(
  path: string,
  commands: FfmpegCommands,
  version: string,
  video: FfmpegVideo,
  fps: number | null,
  indices: readonly number[] | { readonly start: number; readonly stride: number },
  limits: FfmpegLimits,
  origin: Origin,
  onFrame: (pixels: Uint8Array) => boolean,
): Promise<void> {
  const size = video.height * video.width * 3;
  const options = ['-pix_fmt', 'rgb24'];
  const filters = rateFilter(fps);
  // Where frames are too many to name, all come, and those not asked for are dropped here.
  let wanted: ReadonlySet<number> | null = null;
  if ('start' in indices) {
    filters.push(`select='gte(n,${indices.start})*not(mod(n-${indices.start},${indices.stride}))'`);
  } else if (indices.length <= maxSelected) {
    filters.push(`select='${indices.map((index) => `eq(n,${index})`).join('+')}'`);
    options.push('-frames:v', `${indices.length}`);
  } else wanted = new Set(indices);
  // No size changes here: the flags choose the exact conversion to RGB, with a block of chroma for all its pixels as for y4m.
  filters.push(`scale=${video.width}:${video.height}:flags=neighbor+full_chroma_int+accurate_rnd`);
  let frame = new Uint8Array(size);
  let filled = 0;
  let number = 0;
  const onData = (chunk: Uint8Array): boolean => {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) break;
      filled = 0;
      if (wanted === null || wanted.has(number)) {
        if (!onFrame(frame)) return false;
        frame = new Uint8Array(size);
      }
      number++;
    }
    return true;
  };
  await decode(path, commands, version, filters, options, limits, origin, onData);
  if (filled > 0) throw failure(origin)('malformed', `frames of ${size} bytes`, `${filled} at the end`);
}

const rateFilter = (fps: number | null): string[] => (fps === null ? [] : [`fps=${fps}`]);

/** Options before the input hold for it: protocols and containers, pixels, seconds. */
function inputOf(path: string): readonly string[] {
  // "file:" keeps a name with a colon or a dash from being read as something else.
  return ['-protocol_whitelist', 'file', '-format_whitelist', containers, '-i', `file:${path}`];
}

async function decode(
  path: string,
  commands: FfmpegCommands,
  version: string,
  filters: readonly string[],
  output: readonly string[],
  limits: FfmpegLimits,
  origin: Origin,
  onData: (chunk: Uint8Array) => boolean,
): Promise<void> {
  const [major, minor] = version.split('.').map(Number);
  const old = major < 5 || (major === 5 && minor === 0);
  const bounds = ['-max_pixels', `${Math.floor(maxDecodedBytes / 3)}`, '-t', `${maxVideoSeconds}`];
  const passThrough = old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough'];
  const strict = limits.strict ? ['-xerror'] : [];
  await run(
    commands.ffmpeg ?? 'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-hide_banner', ...strict, ...bounds, ...inputOf(path)],
      ...['-map', '0:V:0', '-an', '-sn', '-dn', '-vf', filters.join(','), ...passThrough, ...output],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    origin,
    limits,
    onData,
  );
}

/** Runs a command to its end, or until `onData` gives false. @throws {DataError} missing, malformed (its last complaint), too-large */
function run(
  command: string,
  args: readonly string[],
  origin: Origin,
  limits: FfmpegLimits,
  onData: (chunk: Uint8Array) => boolean,
): Promise<void> {
  const fail = failure(origin);
  return new Promise((resolve, reject) => {
    // FFREPORT would make it write a file.
    const env = { ...process.env, FFREPORT: undefined, AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: false, windowsHide: true, env });
    let complaints = '';
    let stopped = false;
    let problem: unknown = null;
    const stop = (): void => {
      stopped = true;
      child.stdout.destroy();
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => {
      problem = fail('too-large', `at most ${limits.timeoutSeconds} s of decoding`, 'more');
      stop();
    }, limits.timeoutSeconds * 1000);
    child.stdout.on('data', (chunk: Uint8Array) => {
      if (stopped) return;
      try {
        if (!onData(chunk)) stop();
      } catch (error) {
        problem = error;
        stop();
      }
    });
    child.stderr.on('data', (chunk: Uint8Array) => {
      // The first complaint names the cause, the rest follows from it.
      if (complaints.length < maxErrorBytes) complaints += new TextDecoder('latin1').decode(chunk);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      const code = 'code' in error ? String(error.code) : error.message;
      reject(code === 'ENOENT' ? ffmpegMissing(origin) : fail('unreadable', `a program at ${command}`, code));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (problem !== null) reject(problem);
      else if (stopped) resolve();
      else if (code !== 0 || (limits.strict && complaints.trim() !== '')) {
        reject(
          fail('malformed', 'a video that ffmpeg decodes', complaintOf(complaints, signal ?? `exit code ${code}`)),
        );
      } else resolve();
    });
  });
}

/** One line without addresses of memory and the name of the file, which the error has anyway. */
function complaintOf(text: string, otherwise: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^\[([^\]@]*) @ 0x[0-9a-f]+\] */, '$1: ').trim());
  const line = lines.find((one) => one !== '') ?? otherwise;
  const short = line.replace(/^file:.*: /, '');
  return short.length > 160 ? `${short.slice(0, 160)}…` : short;
}

function failure(origin: Origin): (code: DataErrorCode, expected: string, actual: string) => DataError {
  const fix = 'get the video again, or pass damaged: "keep" to take what can be decoded';
  return (code, expected, actual) => new DataError({ ...origin, code, place: null, expected, actual, fix });
}

/** A field of an object that came as JSON, or the object itself; undefined where there is none. */
function get(value: unknown, field: string | null): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (field === null) return value;
  return Object.hasOwn(value, field) ? Object.entries(value).find(([name]) => name === field)?.[1] : undefined;
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
