// What was decoded last, up to a number of bytes: a random order over examples of few large files would decode each again.

/** `make` is called for keys that are not kept; the least recently asked are dropped first, the newest never. */
export function createMemo<T>(maxBytes: number, bytesOf: (value: T) => number): (key: string, make: () => T) => T {
  const kept = new Map<string, T>();
  let bytes = 0;
  return (key, make) => {
    const found = kept.get(key);
    if (found !== undefined) {
      kept.delete(key);
      kept.set(key, found);
      return found;
    }
    const value = make();
    kept.set(key, value);
    bytes += bytesOf(value);
    for (const [oldest, old] of kept) {
      if (bytes <= maxBytes || oldest === key) break;
      kept.delete(oldest);
      bytes -= bytesOf(old);
    }
    return value;
  };
}
