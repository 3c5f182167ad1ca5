import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { astFbank, astStatistics, createAstFeatures } from '../src/formats/ast-features.ts';
import { createKaldiFbank, type KaldiFbankConfig, kaldiDefaults } from '../src/formats/kaldi-fbank.ts';
import { createLogMel } from '../src/formats/log-mel.ts';
import { decodeNpz } from '../src/formats/npy.ts';
import { errorOf } from './fixtures.ts';
import { golden } from './mutated.ts';

const arrays = decodeNpz(golden('kaldi/fbank.npz'), { source: 'toy', file: 'fbank.npz' });
const arrayOf = (name: string): { shape: readonly number[]; data: Float32Array } => {
  const found = arrays.get(name);
  if (found === undefined || !(found.data instanceof Float32Array)) throw new Error(`no ${name}`);
  return { shape: found.shape, data: found.data };
};
const cases: Readonly<Record<string, Readonly<Record<string, unknown>>>> = JSON.parse(
  new TextDecoder().decode(golden('kaldi/fbank.json')),
);

/** torchaudio's names in ours. */
const fields: Readonly<Record<string, keyof KaldiFbankConfig>> = {
  blackman_coeff: 'blackmanCoefficient',
  dither: 'dither',
  energy_floor: 'energyFloor',
  frame_length: 'frameLength',
  frame_shift: 'frameShift',
  high_freq: 'highHz',
  htk_compat: 'htkCompat',
  low_freq: 'lowHz',
  num_mel_bins: 'nMels',
  preemphasis_coefficient: 'preEmphasis',
  raw_energy: 'rawEnergy',
  remove_dc_offset: 'removeDcOffset',
  round_to_power_of_two: 'roundToPowerOfTwo',
  sample_frequency: 'sampleRate',
  snip_edges: 'snipEdges',
  subtract_mean: 'subtractMean',
  use_energy: 'useEnergy',
  use_log_fbank: 'useLog',
  use_power: 'usePower',
  vtln_high: 'vtlnHighHz',
  vtln_low: 'vtlnLowHz',
  vtln_warp: 'vtlnWarp',
  window_type: 'window',
};
function configOf(options: Readonly<Record<string, unknown>>): Partial<KaldiFbankConfig> {
  const entries = Object.entries(options).filter(([name]) => name !== 'signal');
  return Object.fromEntries(entries.map(([name, value]) => [fields[name], value]));
}

describe('createKaldiFbank', () => {
  it.each(Object.keys(cases))('agrees with an independent float64 computation: %s', (name) => {
    const { shape, data } = arrayOf(`fbank/${name}`);
    const fbank = createKaldiFbank(configOf(cases[name]));
    const { values, frames, columns } = fbank.transform(arrayOf(`signal/${cases[name].signal}`).data);
    expect([frames, columns]).toEqual(shape);
    const largest = data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    let worst = 0;
    for (const [at, value] of data.entries()) worst = Math.max(worst, Math.abs(values[at] - value));
    // Both in float64 and rounded to float32 once; the logarithm of a nearly empty band keeps fewer digits.
    expect(worst / largest).toBeLessThan(2e-6);
  });

  it('has the defaults and constants of Kaldi', () => {
    expect([kaldiDefaults.nMels, kaldiDefaults.lowHz, kaldiDefaults.preEmphasis]).toEqual([23, 20, 0.97]);
    // 16,000 samples: 1 + (16000 - 400) / 160 whole frames, or one every 160 where edges are not snipped.
    expect(createKaldiFbank().frames(16_000)).toBe(98);
    expect(createKaldiFbank({ snipEdges: false }).frames(16_000)).toBe(100);
    expect(createKaldiFbank().frames(399)).toBe(0);
    // Silence: log of the float32 epsilon.
    const silence = createKaldiFbank().transform(new Float32Array(400));
    expect([...silence.values].every((value) => value === Math.fround(Math.log(2 ** -23)))).toBe(true);
    expect(silence.values[0]).toBeCloseTo(-15.9424, 4);
  });

  it('mirrors short signals as often as it takes', () => {
    const short = Float32Array.of(1, 2, 3);
    const endless = Float32Array.from({ length: 2001 }, (_, at) => [1, 2, 3, 3, 2, 1][at % 6]);
    const fbank = createKaldiFbank({ snipEdges: false, frameShift: 0.25, removeDcOffset: false });
    // Shifts of 4 samples: 1 frame. It begins at 2 - 200 = -198 = 33 periods of 6 before.
    const { frames, values } = fbank.transform(short);
    expect(frames).toBe(1);
    const whole = createKaldiFbank({ removeDcOffset: false }).transform(endless);
    expect(values).toEqual(whole.values.subarray(0, 23));
  });

  it('dithers by seed alone, with the deviation it is told', () => {
    const loud = (seed: number): Float32Array =>
      createKaldiFbank({ dither: 0.1, ditherSeed: [seed, 0], useEnergy: true, energyFloor: 0, removeDcOffset: false })
        .transform(new Float32Array(16_000))
        .values.slice();
    const first = loud(1);
    expect(loud(1)).toEqual(first);
    expect(loud(2)).not.toEqual(first);
    // Energy of 400 samples of deviation 0.1, averaged over 98 frames.
    const energies = Array.from({ length: 98 }, (_, frame) => Math.exp(first[frame * 24]));
    expect(energies.reduce((sum, value) => sum + value, 0) / 98).toBeCloseTo(4, 0.5);
  });

  it('equals the log-mel of frames counted in samples', () => {
    const { data } = arrayOf('signal/chirp');
    const mel = createLogMel({ sampleRate: 16_000, nMels: 40 }).transform(data);
    const fbank = createKaldiFbank({ nMels: 40, window: 'hanning' }).transform(data);
    expect(fbank.values).toEqual(mel.values);
  });

  it('gives finite numbers for any legal options', () => {
    const options = fc.record({
      sampleRate: fc.integer({ min: 1000, max: 48_000 }),
      nMels: fc.integer({ min: 4, max: 80 }),
      window: fc.constantFrom('povey', 'hanning', 'hamming', 'rectangular', 'blackman'),
      snipEdges: fc.boolean(),
      useEnergy: fc.boolean(),
      frameShift: fc.double({ min: 1, max: 60, noNaN: true }),
      frameLength: fc.double({ min: 2, max: 60, noNaN: true }),
    });
    const signal = fc.array(fc.double({ min: -40_000, max: 40_000, noNaN: true }), {
      minLength: 3000,
      maxLength: 4000,
    });
    fc.assert(
      fc.property(options, signal, (config, samples) => {
        const { values, frames, columns } = createKaldiFbank(config).transform(Float32Array.from(samples));
        expect(values).toHaveLength(frames * columns);
        expect(values.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    [{ nMels: 3 }, 'nMels: expected 4 to 4096, got 3'],
    [{ lowHz: 9000 }, 'lowHz, highHz: expected 0 <= lowHz < highHz <= 8000, got 9000, 8000'],
    [{ highHz: 9000 }, 'lowHz, highHz: expected 0 <= lowHz < highHz <= 8000, got 20, 9000'],
    [{ frameLength: 0.1 }, 'frameLength: expected 2 to 2^24 samples, got 1'],
    [{ frameShift: 0 }, 'frameShift: expected 1 to 2^24 samples, got 0'],
    [
      { frameLength: 25.1, roundToPowerOfTwo: false },
      'frameLength: expected an even number of samples, or roundToPowerOfTwo, got 401',
    ],
    [{ preEmphasis: 1.5 }, 'preEmphasis: expected 0 to 1, got 1.5'],
    [{ dither: -1 }, 'dither: expected at least 0, got -1'],
    [{ sampleRate: Number.NaN }, 'sampleRate: expected a rate from 1 to 2^24 Hz, got NaN'],
    [
      { vtlnWarp: 0.5, vtlnLowHz: 10 },
      'vtlnLowHz, vtlnHighHz: expected frequencies in order between 20 and 8000, got 10, 7500 with warp 0.5',
    ],
  ])('refuses %j', (options, message) => {
    expect(errorOf(() => createKaldiFbank(options)).message).toBe(
      `kaldi-fbank: ${message}; fix: correct the configuration`,
    );
  });

  it('names a signal that is none', () => {
    const fbank = createKaldiFbank();
    const message = (samples: Float32Array): string => errorOf(() => fbank.transform(samples)).message;
    const fix = 'fix: check the audio file';
    expect(message(new Float32Array(0))).toBe(`kaldi-fbank: samples: expected at least one sample, got none; ${fix}`);
    expect(message(new Float32Array(9))).toBe(
      `kaldi-fbank: samples: expected at least one frame of 400, got 9; ${fix}`,
    );
    expect(message(new Float32Array(400).fill(Number.NaN, 7))).toBe(
      `kaldi-fbank: sample 7: expected a finite number, got NaN; ${fix}`,
    );
  });
});

describe('createAstFeatures', () => {
  const { data } = arrayOf('signal/chirp');
  const { mean, std } = astStatistics.audioSet;

  it('pads with zeros before it standardises, and cuts', () => {
    const all = createKaldiFbank(astFbank);
    const offset = data.reduce((sum, value) => sum + value, 0) / data.length;
    const plain = all.transform(data.map((value) => value - offset));
    const { values, frames, nMels } = createAstFeatures(astStatistics.audioSet)(data);
    expect([frames, nMels, values.length]).toEqual([1024, 128, 1024 * 128]);
    for (let at = 0; at < plain.values.length; at++) {
      expect(values[at]).toBeCloseTo((plain.values[at] - mean) / (2 * std), 5);
    }
    expect(new Set(values.subarray(plain.values.length))).toEqual(new Set([Math.fround(-mean / (2 * std))]));
    const cut = createAstFeatures({ mean, std, frames: 5 })(data);
    expect(cut.values).toEqual(values.subarray(0, 5 * 128));
    expect(createAstFeatures({ mean, std, frames: 2 })(new Float32Array(10)).values[0]).toBeCloseTo(
      -mean / (2 * std),
      6,
    );
  });

  it('has the published lengths and statistics, and refuses others that cannot be', () => {
    expect(Object.values(astStatistics).map(({ frames }) => frames)).toEqual([1024, 512, 128]);
    // 10 s, 5 s and 1 s at a frame every 10 ms, rounded up to the patches of 16.
    const fbank = createKaldiFbank(astFbank);
    for (const [seconds, most] of [
      [10, 1024],
      [5, 512],
      [1, 128],
    ]) {
      expect(fbank.frames(seconds * 16_000)).toBeLessThanOrEqual(most);
    }
    const fix = 'fix: pass the statistics of the training set, such as astStatistics.audioSet';
    expect(errorOf(() => createAstFeatures({ mean, std: 0, frames: 8 })).message).toBe(
      `ast: mean, std: expected a finite mean and a positive std, got ${mean}, 0; ${fix}`,
    );
    expect(errorOf(() => createAstFeatures({ mean, std, frames: 0 })).message).toBe(
      `ast: frames: expected a whole number from 1 to 2^20, got 0; ${fix}`,
    );
    expect(errorOf(() => createAstFeatures({ mean, std, frames: 8 })(new Float32Array(0))).code).toBe('empty');
  });
});
