// What a benchmark is sized for.

export const devices = ['cpu', 'gpu'] as const;
export type Device = (typeof devices)[number];

/** A software adapter computes on a processor, tens of times slower than the CPU backend, so its work is cut. */
export type Machine = 'cpu' | 'gpu' | 'software-gpu';
