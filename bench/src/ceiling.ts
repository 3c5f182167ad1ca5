// What this machine does at most, on all threads: the inner loop of a matrix product with both panels in the first-level cache,
// and a copy that no cache holds.

import { type Ceilings, createCpuBackend, profileBackend } from '@omnigrad/cpu';

/** Measured again and again during a run; keeps the best, because others who use the machine only ever slow it down. */
export const ceilingMeter = (): { measure(): void; best(): Ceilings; close(): void } => {
  const backend = createCpuBackend();
  let best: Ceilings = { gflops: 0, gigabytesPerSecond: 0 };
  return {
    measure: () => {
      const { gflops, gigabytesPerSecond } = profileBackend(backend).profile().ceilings;
      best = {
        gflops: Math.max(best.gflops, gflops),
        gigabytesPerSecond: Math.max(best.gigabytesPerSecond, gigabytesPerSecond),
      };
    },
    best: () => best,
    close: () => backend.dispose(),
  };
};
