import { astStatistics, createAstFeatures, createLogMel, type RawAudio } from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { describe, expect, test } from 'vitest';
import {
  type AudioConfig,
  AudioTokenizer,
  audioAst,
  audioDefaults,
  audioSamples,
  audioStatistics,
} from '../src/index.ts';
import { describeContract, disturbPatches, hiddenPatches, onReferenceBackend, width } from './contract.ts';

const tone = (hz: number, seconds = 1): RawAudio => ({
  samples: Float32Array.from({ length: 16_000 * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 16_000)),
  sampleRate: 16_000,
});
const tones = [220, 440, 1000, 3000].map((hz) => tone(hz));

describeContract('audio', {
  make: (s) => new AudioTokenizer(s, { ...audioDefaults, normaliseTarget: false }, width),
  raws: tones,
  hiddenCount: 19,
  disturb: disturbPatches,
  targetIsClean: (arrays, { mask, target }) => {
    if (target.kind !== 'values') throw new Error('expected values');
    expect(hiddenPatches(arrays.patches, mask).flatMap((patch) => [...patch])).toEqual([...target.values]);
  },
});

describe('audio numbers', () => {
  onReferenceBackend();
  const build = (change: Partial<AudioConfig> = {}) =>
    new AudioTokenizer(new ParameterScope(), { ...audioDefaults, ...change }, width);

  test('one second at 16 kHz fills 64 frames of 64 bands: 32 tokens of 8 frames x 16 bands', () => {
    const tokenizer = build();
    expect(audioSamples(audioDefaults)).toBe(15_835);
    expect([tokenizer.tokenCount, tokenizer.reconstruction.width]).toEqual([32, 128]);
    const { values } = tokenizer.preprocess(tones[0]);
    const mel = createLogMel({ sampleRate: 16_000, nMels: 64, frameLength: 400, hopLength: 245 });
    const expected = mel.transform(tones[0].samples);
    expect(expected.frames).toBe(64);
    // Half the usual scale: the deviation counts twice.
    expect(values).toEqual(expected.values.map((x) => (x - audioDefaults.mean) / (2 * audioDefaults.std)));
    const { patches } = tokenizer.collate([{ values }]);
    // Token 5 is the second row of patches, second column: frames 8 .. 15, bands 16 .. 31.
    expect([...patches.subarray(5 * 128, 5 * 128 + 16)]).toEqual([...values.subarray(8 * 64 + 16, 8 * 64 + 32)]);
  });

  test('a short sound is padded with silence, a long one is cut', () => {
    const tokenizer = build();
    const short = tokenizer.toSpectrogram(tokenizer.collate([tokenizer.preprocess(tone(440, 0.25))]).patches);
    expect(short[63 * 64]).toBeCloseTo(Math.log(2 ** -23), 4);
    expect(tokenizer.preprocess(tone(440, 3))).toEqual(tokenizer.preprocess(tone(440)));
  });

  test("features: 'kaldi' is the input of AST", () => {
    const tokenizer = build(audioAst);
    expect([tokenizer.tokenCount, tokenizer.reconstruction.width]).toEqual([512, 256]);
    const ast = createAstFeatures(astStatistics.audioSet);
    for (const sound of [tone(440), tone(440, 12), { samples: new Float32Array(99).fill(0.1), sampleRate: 16_000 }]) {
      expect(tokenizer.preprocess(sound).values).toEqual(ast(sound.samples).values);
    }
    const broken = tones[0].samples.slice();
    broken[15_999] = Number.NaN;
    expect(() => tokenizer.preprocess({ samples: broken, sampleRate: 16_000 })).toThrow(
      'AudioTokenizer: expected a finite number at position 15999 of the waveform, came NaN; clean the data before tokenizing',
    );
  });

  test('statistics are those of all values; with them the bulk has deviation 0.5', () => {
    const statistics = audioStatistics(tones, audioDefaults);
    const tokenizer = build(statistics);
    const values = tones.flatMap((one) => [...tokenizer.preprocess(one).values]);
    const mean = values.reduce((s, x) => s + x, 0) / values.length;
    const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 5);
  });

  test('errors', () => {
    const tokenizer = build();
    expect(() => tokenizer.preprocess({ ...tones[0], sampleRate: 44_100 }, 'bd_808#0')).toThrow(
      'AudioTokenizer: sample "bd_808#0": expected 16000 Hz, came 44100 Hz; resample() it first',
    );
    expect(() => tokenizer.preprocess({ samples: new Float32Array(0), sampleRate: 16_000 })).toThrow(
      'AudioTokenizer: expected a sound, came no samples; leave it out',
    );
    const broken = tones[0].samples.slice();
    broken[17] = Number.NaN;
    expect(() => tokenizer.preprocess({ samples: broken, sampleRate: 16_000 })).toThrow(
      'AudioTokenizer: expected a finite number at position 17 of the waveform, came NaN; clean the data before tokenizing',
    );
    expect(() => build({ std: 0 })).toThrow(
      'AudioTokenizer: mean -8.05 and std 0 cannot standardise; measure them with audioStatistics()',
    );
    expect(() => build({ patchMels: 10 })).toThrow(
      'AudioTokenizer: patches of 8 x 10 do not tile 64 x 64; choose divisors',
    );
    expect(() => audioStatistics([], audioDefaults)).toThrow(
      'audioStatistics: came without sounds; pass the train split',
    );
  });
});
