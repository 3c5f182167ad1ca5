// What all builders of streams do with the augmentation that they are asked for. Without it nothing of a stream changes, its
// settings and so the hash of a run included.

import type { Augment } from '@omnigrad/tokenizers';

export interface Augmented<Config> {
  /** Random changes of train samples, new at every use. Default none. */
  readonly augment?: Config;
}

export const augmentation = <Raw, Config>(
  { augment }: Augmented<Config>,
  make: (config: Config) => Augment<Raw>,
): { readonly augment?: Augment<Raw> } => (augment === undefined ? {} : { augment: make(augment) });

/** The settings of a stream with those of its augmentation. */
export const withAugment = <Settings extends object, Config>(
  settings: Settings,
  { augment }: Augmented<Config>,
): Settings & Augmented<Config> => (augment === undefined ? settings : { ...settings, augment });
