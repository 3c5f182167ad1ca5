// Drawn test cases are the same in every run. OMNIGRAD_SEED=random looks elsewhere; a failure prints its seed.

import fc from 'fast-check';

const asked = process.env.OMNIGRAD_SEED;
if (asked !== 'random') {
  const seed = Number(asked ?? 20240607);
  if (!Number.isInteger(seed)) throw new Error(`OMNIGRAD_SEED: wanted "random" or a whole number, came "${asked}"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
