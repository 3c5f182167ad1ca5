// Host arrays that a forward pass works out from a batch: made once, and the same object whenever they are asked for. A
// captured step knows its inputs by identity.

/** What `make` makes of an object, made at the first call for it. The object must not change afterwards. */
export const once = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const made = new WeakMap<K, V>();
  return (key) => {
    const held = made.get(key);
    if (held !== undefined) return held;
    const value = make(key);
    made.set(key, value);
    return value;
  };
};
