// The decoder of summaries: PyTorch's numbers, causality, padding, cached and whole passes, generation, and pairs learned by heart.

import { readFileSync } from 'node:fs';
import {
  AdamW,
  accumulateGradients,
  evaluation,
  LayerNorm,
  Linear,
  ParameterArena,
  ParameterScope,
  type Tokens,
  training,
  truncatedNormal,
} from '@omnigrad/nn';
import {
  checkModelGolden,
  drawTokens,
  type GoldenInputs,
  type GoldenResults,
  parametersWithoutGradient,
  withModel,
} from '@omnigrad/nn/testing';
import {
  type Backend,
  capture,
  embedding,
  foldKey,
  ids,
  logSoftmax,
  noGrad,
  randomBelow,
  rngKey,
  scope,
  slice,
  type Tensor,
  tensor,
  useBackend,
} from '@omnigrad/tensor';
import { assertClose, readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  type Cache,
  meanRouge,
  type SummaryConfig,
  SummaryHead,
  summarise,
  TaskHead,
  teacherArrays,
  teacherLoss,
} from '../src/index.ts';
import { near } from './goldens-of-losses.ts';
import { backends, reference } from './support.ts';

const config: SummaryConfig = {
  vocabulary: 11,
  length: 6,
  width: 8,
  layers: 2,
  heads: 2,
  feedForward: 12,
  beginId: 2,
  endId: 3,
  padId: 0,
};
const headOf = (at: ParameterScope): SummaryHead => new SummaryHead(at.child('summary'), config, 5);
const read = (x: Tensor): number[] => [...x.readSync()];

/** Encoder tokens of three samples, the class token first. */
const tokensOf = (backend: Backend, seed = 1, lengths: readonly number[] | undefined = [7, 4, 2]): Tokens =>
  drawTokens(backend, seed, [3, 7, 5], lengths);

const written = [2, 5, 6, 7, 8, 9, 2, 4, 4, 3, 0, 0, 2, 10, 1, 5, 3, 0];

/** A sharper model, so that texts differ from sample to sample. */
const sharpen = (head: SummaryHead, arena: ParameterArena): void => {
  for (const p of arena.parameters) {
    if (p === head.embedding.weight || p === head.positions) {
      arena.write(
        p,
        p.value.readSync().map((x) => 60 * x),
      );
    }
  }
};

const golden = readGolden(readFileSync(new URL('goldens/decoder.safetensors', import.meta.url)));

it.each(backends)('the decoder of PyTorch is reproduced by $name', (backend) => {
  const {
    inputs,
    written: shown,
    ...sizes
  } = JSON.parse(golden.metadata.config) as SummaryConfig & {
    readonly inputs: number;
    readonly written: readonly (readonly number[])[];
  };
  checkModelGolden(golden, backend, (at) => {
    const head = new SummaryHead(at, { ...sizes, beginId: 0, endId: 1 }, inputs);
    return ({ input, padding }: GoldenInputs): GoldenResults => {
      const given = ids(shown.flat(), [3, sizes.length], { backend });
      const logits = head.forward({ x: input('input'), padding }, given, evaluation);
      return { result: logits, activations: { logits } };
    };
  });
});

describe.each(backends)('a decoder on $name', (backend) => {
  const textOf = (data: readonly number[]): Tensor => ids(data, [3, 6], { backend });

  it('gives every parameter a gradient', () => {
    withModel(backend, headOf, (head, arena) => {
      const tokens = tokensOf(backend);
      const arrays = teacherArrays(
        [
          [5, 6, 7, 8, 9],
          [4, 4],
          [10, 1, 5],
        ],
        config,
      );
      const mode = training(rngKey(1));
      accumulateGradients(() => teacherLoss(head, tokens, arrays, mode), [{ arena, parameters: arena.parameters }]);
      expect(parametersWithoutGradient(arena)).toEqual([]);
    });
  });

  it('sees no later token, and no padded one of the encoder', () => {
    withModel(backend, headOf, (head, arena) => {
      sharpen(head, arena);
      const tokens = tokensOf(backend);
      const before = head.forward(tokens, textOf(written), evaluation);
      const later = written.map((id, i) => (i % 6 > 2 ? (id + 4) % 11 : id));
      const after = head.forward(tokens, textOf(later), evaluation);
      const first = (x: Tensor) => read(slice(x, { axis: 1, end: 3 }));
      const rest = (x: Tensor) => read(slice(x, { axis: 1, start: 3 }));
      expect(first(after)).toEqual(first(before));
      expect(rest(after)).not.toEqual(rest(before));
      // other numbers where nothing exists
      const exists = tokens.padding?.exists.readSync() ?? [];
      const [a, b] = [tokens.x.readSync(), tokensOf(backend, 2).x.readSync()];
      const x = tensor(
        a.map((v, i) => (exists[Math.floor(i / 5)] ? v : b[i])),
        [3, 7, 5],
        { backend },
      );
      expect(read(head.forward({ x, padding: tokens.padding }, textOf(written), evaluation))).toEqual(read(before));
    });
  });

  it('gives one token after another what it gives the whole text, also for several rows of a sample', () => {
    withModel(backend, headOf, (head, arena) => {
      sharpen(head, arena);
      const tokens = tokensOf(backend);
      // two rows a sample: the text, and the text of the next sample
      const texts = [0, 1, 1, 2, 2, 0].map((b) => written.slice(6 * b, 6 * b + 6));
      const whole = [0, 1].map((row) =>
        head.forward(tokens, textOf([0, 1, 2].flatMap((b) => texts[2 * b + row])), evaluation),
      );
      const memory = head.memory(tokens);
      let cache: Cache | null = null;
      for (let t = 0; t < 6; t++) {
        const step: { readonly logits: Tensor; readonly cache: Cache } = head.step(
          Int32Array.from(texts, (text) => text[t]),
          memory,
          cache,
        );
        cache = step.cache;
        const wanted = [0, 1, 2].flatMap((b) =>
          [0, 1].flatMap((row) => {
            const at = slice(slice(whole[row], { axis: 0, start: b, end: b + 1 }), { axis: 1, start: t, end: t + 1 });
            return read(at);
          }),
        );
        assertClose(`token ${t}`, step.logits.readSync(), wanted, near(backend));
      }
      expect(() => head.step(new Int32Array(6), memory, cache)).toThrow(
        'SummaryHead: a text has at most 6 tokens; stop before (in summary)',
      );
    });
  });

  /** The likeliest text by whole passes alone, without a cache. */
  const greedily = (head: SummaryHead, tokens: Tokens, b: number): number[] => {
    const own: Tokens = {
      x: slice(tokens.x, { axis: 0, start: b, end: b + 1 }),
      padding:
        tokens.padding === null
          ? null
          : { kind: 'padding', exists: slice(tokens.padding.exists, { axis: 0, start: b, end: b + 1 }) },
    };
    const text: number[] = [];
    while (text.length < config.length) {
      const logits = head.forward(own, ids([2, ...text], [1, text.length + 1], { backend }), evaluation);
      const row = read(slice(logits, { axis: 1, start: text.length })).map((x, id) =>
        id === 0 || id === 2 ? -Infinity : x,
      );
      const next = row.indexOf(Math.max(...row));
      if (next === 3) break;
      text.push(next);
    }
    return text;
  };

  const withSharp = async (use: (head: SummaryHead, tokens: Tokens) => Promise<void>): Promise<void> => {
    const at = new ParameterScope();
    const head = headOf(at);
    const before = backend.memory().inUse;
    {
      using arena = new ParameterArena(at, backend, rngKey(4));
      sharpen(head, arena);
      const tokens = tokensOf(backend, 5);
      try {
        const held = backend.memory().inUse;
        await use(head, tokens);
        expect(backend.memory().inUse).toBe(held);
      } finally {
        tokens.x.dispose();
        tokens.padding?.exists.dispose();
      }
    }
    expect(backend.memory().inUse).toBe(before);
  };

  it('writes greedily what whole passes give, and a sample the same alone', async () => {
    await withSharp(async (head, tokens) => {
      const found = await summarise(head, tokens);
      const wanted = scope(() => noGrad(() => [0, 1, 2].map((b) => greedily(head, tokens, b))));
      expect(found.map((f) => f.ids)).toEqual(wanted);
      expect(new Set(wanted.map((text) => text.join())).size).toBeGreaterThan(1);
      for (const beams of [1, 3]) {
        const all = await summarise(head, tokens, { beams, lengthPenalty: 1 });
        for (let b = 0; b < 3; b++) {
          const x = scope(() => slice(tokens.x, { axis: 0, start: b, end: b + 1 }));
          const exists = scope(() =>
            tokens.padding === null ? null : slice(tokens.padding.exists, { axis: 0, start: b, end: b + 1 }),
          );
          const padding = exists === null ? null : ({ kind: 'padding', exists } as const);
          const [alone] = await summarise(head, { x, padding }, { beams, lengthPenalty: 1 });
          x.dispose();
          exists?.dispose();
          expect(alone.ids).toEqual(all[b].ids);
          expect(alone.score).toBeCloseTo(all[b].score, 4);
        }
      }
    });
  });

  it('scores a text of many beams by the whole pass, and no worse than greedily', async () => {
    await withSharp(async (head, tokens) => {
      const greedy = await summarise(head, tokens);
      const found = await summarise(head, tokens, { beams: 5 });
      found.forEach(({ ids: text, logProbability, score, ended }, b) => {
        expect(score).toBe(logProbability);
        expect(score).toBeGreaterThanOrEqual(greedy[b].score - 1e-6);
        const total = scope(() =>
          noGrad(() => {
            const shown = [2, ...text].slice(0, 6);
            const own = { x: slice(tokens.x, { axis: 0, start: b, end: b + 1 }), padding: null };
            const exists = tokens.padding?.exists;
            const padding =
              exists === undefined
                ? null
                : ({ kind: 'padding', exists: slice(exists, { axis: 0, start: b, end: b + 1 }) } as const);
            const logits = head.forward({ ...own, padding }, ids(shown, [1, shown.length], { backend }), evaluation);
            const rows = read(logSoftmax(logits));
            return [...text, ...(ended ? [3] : [])].reduce((sum, id, t) => sum + rows[t * 11 + id], 0);
          }),
        );
        expect(logProbability).toBeCloseTo(total, 4);
      });
      const long = await summarise(head, tokens, { beams: 2, minLength: 4, noRepeatNgram: 2, maxLength: 6 });
      for (const { ids: text } of long) {
        expect(text.length).toBeGreaterThanOrEqual(4);
        const runs = text.slice(1).map((id, i) => `${text[i]} ${id}`);
        expect(new Set(runs).size).toBe(runs.length);
        expect(text).not.toContain(0);
        expect(text).not.toContain(2);
      }
    });
  });

  it('leaves nothing behind when the model gives NaN', async () => {
    await withSharp(async (head, tokens) => {
      const broken = scope(() => tensor(new Float32Array(105).fill(Number.NaN), [3, 7, 5], { backend }));
      await expect(summarise(head, { x: broken, padding: tokens.padding })).rejects.toThrow(
        /^summarise: the log-probability of id \d+ behind 0 tokens is NaN/,
      );
      broken.dispose();
    });
  });
});

describe('teacher forcing', () => {
  it('shows begin and text, and asks for text and end; what does not fit is cut without an end', () => {
    const { written: shown, next } = teacherArrays([[5, 6], [], [4, 5, 6, 7, 8, 9, 10]], config);
    expect([...shown]).toEqual([2, 5, 6, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2, 4, 5, 6, 7, 8]);
    const gone = -100;
    expect([...next]).toEqual([5, 6, 3, gone, gone, gone, 3, gone, gone, gone, gone, gone, 4, 5, 6, 7, 8, 9]);
    expect(() => teacherArrays([[1], [5, 11]], config)).toThrow(
      'teacherArrays: id 11 at position 1 of text 1 is not a whole number from 0 to 10',
    );
  });

  it('does not ask for what stands behind the end', () => {
    withModel(reference, headOf, (head) => {
      const tokens = tokensOf(reference);
      const arrays = teacherArrays([[5, 6], [], [4, 5, 6, 7, 8]], config);
      const other = { ...arrays, written: arrays.written.map((id, i) => (arrays.next[i] === -100 ? 9 : id)) };
      const [a, b] = [arrays, other].map((x) => teacherLoss(head, tokens, x, evaluation).itemSync());
      expect(b).toBe(a);
    });
  });

  it('refuses a text that is too long, and one pass for an answer', () => {
    withModel(reference, headOf, (head) => {
      const long = ids(new Int32Array(21), [3, 7], { backend: reference });
      expect(() => head.forward(tokensOf(reference), long, evaluation)).toThrow(
        'SummaryHead: expected ids [3, T] with T up to 6, came [3, 7] (in summary)',
      );
    });
    withModel(
      reference,
      (at) => new TaskHead(at.child('text'), { kind: 'summary', ...config }, 5, 6),
      (head) => {
        expect(() => head.forward(tokensOf(reference))).toThrow(
          'TaskHead: text writes a text and has no answer in one pass; use summarise()',
        );
      },
    );
  });
});

it('sixteen pairs are learned by heart, and written again to a ROUGE-L above 0.9', async () => {
  const backend = backends[1];
  useBackend(backend);
  const words = [
    '<pad>',
    '<begin>',
    '<end>',
    ...'the a dog cat man girl sees likes finds old new red house tree car'.split(' '),
  ];
  const size = words.length;
  const key = rngKey(8);
  const draw = (i: number, length: number): number[] =>
    Array.from({ length }, (_, t) => 3 + randomBelow(foldKey(key, i, t), size - 3));
  const sources = Array.from({ length: 16 }, (_, i) => draw(i, 6));
  const summaries = Array.from({ length: 16 }, (_, i) => draw(100 + i, 4 + (i % 3)));
  const text: SummaryConfig = {
    ...{ vocabulary: size, length: 8, width: 32, layers: 1, heads: 4, feedForward: 64 },
    ...{ beginId: 1, endId: 2, padId: 0, labelSmoothing: 0.1 },
  };
  const at = new ParameterScope();
  // an encoder of one layer: what is learned must come through the attention to its tokens
  const table = at.param('source', [size, 24], truncatedNormal(1));
  const norm = new LayerNorm(at.child('norm'), 24);
  const encoder = new Linear(at.child('encoder'), 24, 24);
  const head = new SummaryHead(at.child('summary'), text, 24);
  const before = backend.memory().inUse;
  {
    using arena = new ParameterArena(at, backend, rngKey(2));
    const all = { name: 'all', arena, parameters: arena.parameters };
    using optimizer = new AdamW([all], { weightDecay: 0 });
    const sourceIds = Int32Array.from(sources.flat());
    const arrays = teacherArrays(summaries, text);
    const encode = (given: Int32Array): Tokens => {
      const rows = ids(given, [16, 6], { backend });
      return { x: norm.forward(encoder.forward(embedding(table.value, rows))), padding: null };
    };
    using step = capture(
      (inputs: { source: Int32Array; shown: Int32Array; next: Int32Array }) => {
        arena.zeroGrads();
        const loss = accumulateGradients(
          () => teacherLoss(head, encode(inputs.source), { written: inputs.shown, next: inputs.next }, evaluation),
          [all],
        );
        optimizer.step(() => 1e-2, { maxNorm: 1 });
        return loss;
      },
      { onlyInputs: true },
    );
    const inputs = { source: sourceIds, shown: arrays.written, next: arrays.next };
    const losses = Array.from({ length: 120 }, () => scope(() => step(inputs).itemSync()));
    expect(losses[119]).toBeLessThan(0.5 * losses[0]);
    const tokens = scope(() => noGrad(() => encode(sourceIds)));
    const say = (list: readonly number[]): string => list.map((id) => words[id]).join(' ');
    for (const beams of [1, 3]) {
      const found = await summarise(head, tokens, { beams, lengthPenalty: 0.6 });
      const score = meanRouge(
        found.map((f) => say(f.ids)),
        summaries.map(say),
      );
      expect(score.rougeL.f1).toBeGreaterThan(0.9);
    }
    tokens.x.dispose();
  }
  expect(backend.memory().inUse).toBe(before);
  useBackend(undefined);
});
