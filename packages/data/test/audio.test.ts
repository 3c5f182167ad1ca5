import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogMel, decodeAudio, decodeMono, resample } from '../src/index.ts';
import { errorOf, installed, rejectionOf, wavBytes } from './fixtures.ts';

const origin = { source: 'toy', file: 'a.wav' };
const sine = (hz: number, rate: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));
const flac = readFileSync(join(installed('supersonic-scsynth-samples'), 'samples/bd_fat.flac'));

describe('decodeAudio', () => {
  it('reads WAV to within a 16-bit step', async () => {
    const { channels, sampleRate } = await decodeAudio(wavBytes([0, 0.5, -0.5, 1], 8000), origin);
    expect(sampleRate).toBe(8000);
    expect(channels).toHaveLength(1);
    for (const [at, value] of [0, 0.5, -0.5, 1].entries()) expect(channels[0][at]).toBeCloseTo(value, 4);
  });

  it('reads a real FLAC and resamples it', async () => {
    const audio = await decodeAudio(flac, origin);
    expect([audio.channels.length, audio.channels[0].length, audio.sampleRate]).toEqual([1, 10240, 44100]);
    expect(await decodeMono(flac, origin, 16000)).toHaveLength(Math.ceil((10240 * 160) / 441));
  });

  it('one sample is a signal', async () => {
    expect(await decodeMono(wavBytes([0.25], 8000), origin, 16000)).toHaveLength(2);
  });

  const flacLie = Uint8Array.from(flac);
  flacLie.fill(0xff, 22, 26); // 2^32 samples: a day of sound
  // Blocks of 65,536 samples of silence in some 12 bytes each, under a header that says nothing of the length.
  const silentFlac = (blocks: number): Uint8Array => {
    const head = Uint8Array.from(flac.subarray(0, 42));
    head.fill(0, 22, 26);
    head[21] &= 0xf0;
    const block = [0xff, 0xf8, 0x70, 0x08, 0, 0xff, 0xff];
    let check = 0;
    for (const byte of block) {
      check ^= byte;
      for (let bit = 0; bit < 8; bit++) check = ((check << 1) ^ (check & 0x80 ? 7 : 0)) & 0xff;
    }
    return Uint8Array.from([...head, ...new Array(blocks).fill([...block, check, 0, 0, 0, 0, 0]).flat()]);
  };

  const fix = 'fix: get the file again';
  it.each([
    ['empty file', new Uint8Array(0), `expected a FLAC, WAV, MP3 or Ogg file, got an empty file; ${fix}`],
    ['text', new TextEncoder().encode('hello'), `expected a FLAC, WAV, MP3 or Ogg file, got another format; ${fix}`],
    ['no samples', wavBytes([], 8000), `expected at least one sample, got none; ${fix}`],
    [
      'lying size',
      wavBytes([0, 0], 8000, 4_000_000_000),
      `expected a "data" chunk of at most 4 bytes, got 4000000000; ${fix}`,
    ],
    ['cut WAV', wavBytes([0, 0, 0], 8000).slice(0, -2), `expected a "data" chunk of at most 4 bytes, got 6; ${fix}`],
    ['no data chunk', wavBytes([0], 8000).slice(0, 36), `expected a "data" chunk, got none; ${fix}`],
    ['cut FLAC', flac.subarray(0, flac.length / 2), `expected 10240 samples as the header says, got 4096; ${fix}`],
    ['FLAC header only', flac.subarray(0, 42), `expected 10240 samples as the header says, got 0; ${fix}`],
    ['FLAC tag only', flac.subarray(0, 4), `expected a FLAC header of 42 bytes, got 4; ${fix}`],
    ['bomb', flacLie, `expected at most 600 s, got 97392 s; ${fix}`],
    ['bomb that keeps its length to itself', silentFlac(1000), `expected at most 600 s, got 1486 s; ${fix}`],
  ])('refuses: %s', async (_, bytes, message) => {
    const error = await rejectionOf(() => decodeAudio(bytes, origin));
    expect(error.message).toBe(`toy: file "a.wav": ${message}`);
  });
});

describe('resample', () => {
  it.each([
    [44100, 16000],
    [192000, 16000],
    [8000, 16000],
    [16000, 8000],
  ])('%i to %i Hz keeps a tone in place, in level and in phase', (from, to) => {
    const length = Math.round(from / 4);
    const out = resample(sine(1000, from, length), from, to);
    expect(out).toHaveLength(Math.ceil((length * to) / from));
    const expected = sine(1000, to, out.length);
    // 4 ms at each edge see the silence outside.
    const edge = Math.round(to / 250);
    for (let n = edge; n < out.length - edge; n++) expect(Math.abs(out[n] - expected[n])).toBeLessThan(2e-3);
  });

  it('removes a tone above the new Nyquist frequency', () => {
    const out = resample(sine(5000, 16000, 4000), 16000, 8000);
    const inner = out.subarray(100, -100);
    expect(Math.max(...inner.map(Math.abs))).toBeLessThan(1e-3);
  });

  it('keeps a constant, and copies at equal rates', () => {
    const out = resample(new Float32Array(1000).fill(0.5), 44100, 16000);
    for (const value of out.subarray(30, -30)) expect(value).toBeCloseTo(0.5, 5);
    const input = Float32Array.of(1, 2);
    const copy = resample(input, 8000, 8000);
    expect(copy).toEqual(input);
    expect(copy).not.toBe(input);
    expect(resample(new Float32Array(0), 8000, 16000)).toHaveLength(0);
  });

  it('refuses a rate that is not whole', () => {
    expect(errorOf(() => resample(new Float32Array(1), 8000.5, 8000)).message).toBe(
      'resample: expected whole sample rates above 0 Hz, got 8000.5; fix: round the rate',
    );
  });
});

describe('createLogMel', () => {
  it('agrees with the definition, computed by a direct Fourier sum', () => {
    const mel = createLogMel({ sampleRate: 8000, nMels: 6, frameLength: 50, hopLength: 20 });
    const samples = Float32Array.from({ length: 95 }, (_, n) => Math.sin(n * 0.7) + 0.3 * Math.cos(n * n * 0.01) + 0.2);
    const { values, frames } = mel.transform(samples);
    expect(frames).toBe(3);
    for (let frame = 0; frame < frames; frame++) {
      const raw = Array.from(samples.subarray(frame * 20, frame * 20 + 50));
      const mean = raw.reduce((sum, value) => sum + value, 0) / 50;
      const x = raw.map((value) => value - mean);
      const windowed = x.map(
        (value, i) => (value - 0.97 * x[Math.max(0, i - 1)]) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 49)),
      );
      const power = Array.from({ length: 33 }, (_, bin) => {
        let [re, im] = [0, 0];
        for (const [i, value] of windowed.entries()) {
          re += value * Math.cos((2 * Math.PI * bin * i) / 64);
          im -= value * Math.sin((2 * Math.PI * bin * i) / 64);
        }
        return re * re + im * im;
      });
      const toMel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
      const step = (toMel(4000) - toMel(20)) / 7;
      for (let band = 0; band < 6; band++) {
        const centre = toMel(20) + (band + 1) * step;
        const energy = power.reduce(
          (sum, p, bin) => sum + p * Math.max(0, 1 - Math.abs(toMel(bin * 125) - centre) / step),
          0,
        );
        expect(values[frame * 6 + band]).toBeCloseTo(Math.log(Math.max(energy, 2 ** -23)), 4);
      }
    }
  });

  it('a higher tone lights a higher band', () => {
    const mel = createLogMel({ sampleRate: 16000, nMels: 32 });
    const loudest = (hz: number): number => {
      const { values } = mel.transform(sine(hz, 16000, 400));
      return values.indexOf(Math.max(...values));
    };
    expect(loudest(300)).toBeLessThan(loudest(1000));
    expect(loudest(1000)).toBeLessThan(loudest(4000));
  });

  it('is finite for silence, one sample and less than a frame; counts frames as documented', () => {
    const mel = createLogMel({ sampleRate: 16000, nMels: 64 });
    for (const samples of [new Float32Array(16000), Float32Array.of(1), sine(100, 16000, 399)]) {
      const { values, frames, nMels } = mel.transform(samples);
      expect(values).toHaveLength(frames * nMels);
      expect(values.every(Number.isFinite)).toBe(true);
    }
    expect([0, 400, 559, 560, 16000].map(mel.frames)).toEqual([1, 1, 1, 2, 98]);
  });

  it('names what is wrong', () => {
    const mel = createLogMel({ sampleRate: 8000, nMels: 8 });
    expect(errorOf(() => mel.transform(new Float32Array(0))).message).toBe(
      'log-mel: samples: expected at least one sample, got none; fix: check the audio file',
    );
    expect(errorOf(() => mel.transform(Float32Array.of(0, Number.NaN))).message).toBe(
      'log-mel: sample 1: expected a finite number, got NaN; fix: check the audio file',
    );
    expect(errorOf(() => createLogMel({ sampleRate: 8000, nMels: 0 })).message).toBe(
      'log-mel: nMels: expected a whole number of at least 1, got 0; fix: correct the configuration',
    );
    expect(errorOf(() => createLogMel({ sampleRate: 8000, nMels: 8, highHz: 5000 })).message).toBe(
      'log-mel: lowHz, highHz: expected 0 <= lowHz < highHz <= 4000, got 20, 5000; fix: correct the configuration',
    );
  });
});
