// A hash of everything that decides the numbers of a run, so that a checkpoint cannot be resumed with something else.

import type { RunConfig } from './config.ts';
import { hashConfig } from './run/index.ts';
import type { StreamDefinition } from './stream.ts';

/** SHA-256 of the config (how often it is saved aside) and of every stream's settings. */
export const configHash = (config: RunConfig, streams: readonly StreamDefinition[]): string => {
  const { checkpointEvery: _ignored, ...decisive } = config;
  return hashConfig({ config: decisive, settings: streams.map(({ modality, settings }) => ({ modality, settings })) });
};
