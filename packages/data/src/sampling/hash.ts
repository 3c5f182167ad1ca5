// Small integer hashes: of a counter, for reproducible shuffles, and of a text, for splits that never move.
// Not cryptographic. Every step is exact 32-bit integer arithmetic, so all machines agree.

/** Avalanche of 32 bits: xor-shift and multiply twice, so that each input bit reaches each output bit. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Counter-based random bits: `mix(mix(mix(seed0) + seed1) + counter * 2^32/phi)`. A pure function: position `counter` of
 * the stream `seed`, in [0, 2^32).
 */
export function hashCounter(seed: readonly [number, number], counter: number): number {
  const key = mix32(mix32(seed[0]) + (seed[1] | 0));
  return mix32(mix32(key + Math.imul(counter, 0x9e3779b1)) ^ key);
}

/** FNV-1a over UTF-16 code units, then `mix32`, because FNV alone leaves the high bits of short texts alike. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  return mix32(h);
}
