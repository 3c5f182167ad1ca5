// How a thread that shares nothing makes the stream of another: closures do not cross, a module's name and options do.

import { TrainingError } from '../errors.ts';
import { hashConfig } from '../run/index.ts';
import type { StreamDefinition } from '../stream.ts';

export interface StreamRecipe {
  /** URL of a module. */
  readonly module: string;
  /** Of one of its exports: `(options) => StreamDefinition`, or a promise of one. */
  readonly name: string;
  /** What structured clone can carry. */
  readonly options: unknown;
}

/** A recipe, and what the stream that it makes must be. */
export interface SignedRecipe extends StreamRecipe {
  readonly modality: StreamDefinition['modality'];
  readonly signature: string;
}

/** Of the data and of everything that shapes the stream. */
const signatureOf = ({ modality, settings, fingerprint }: StreamDefinition): string =>
  hashConfig({ modality, settings, fingerprint });

/** Recipes of the streams that have one. */
export const signedRecipes = (streams: readonly StreamDefinition[]): SignedRecipe[] =>
  streams.flatMap((stream) =>
    stream.recipe === undefined
      ? []
      : [{ ...stream.recipe, modality: stream.modality, signature: signatureOf(stream) }],
  );

const isDefinition = (value: unknown): value is StreamDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'modality' in value &&
  'settings' in value &&
  'fingerprint' in value &&
  typeof value.fingerprint === 'string' &&
  'bind' in value &&
  typeof value.bind === 'function';

/** Makes the stream of a recipe. Throws TrainingError when it comes out as another one; what the recipe throws. */
export const streamOf = async (recipe: SignedRecipe): Promise<StreamDefinition> => {
  const { module, name, options, modality, signature } = recipe;
  const exports: Readonly<Record<string, unknown>> = await import(module);
  const make = exports[name];
  if (typeof make !== 'function') {
    throw new TrainingError(
      `recipe of ${modality}: expected a function "${name}" in ${module}, found ${typeof make}; name one of its exports`,
    );
  }
  const made: unknown = await make(options);
  if (!isDefinition(made)) {
    throw new TrainingError(
      `recipe of ${modality}: "${name}" of ${module} gave no stream; return what defineStream makes`,
    );
  }
  if (signatureOf(made) !== signature) {
    throw new TrainingError(
      `recipe of ${modality}: "${name}" of ${module} makes another stream than the one that trains (data or settings differ); give the recipe all options, and leave the data files alone while a run goes on`,
    );
  }
  return made;
};
