/** A map that never grows beyond `most` entries: the one that was not used for the longest time makes room. */
export interface LruMap<Value> {
  /** The value of a key, which now was used last. */
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function createLruMap<Value>(most: number): LruMap<Value> {
  // A `Map` keeps its entries in the order in which they were put in.
  const entries = new Map<string, Value>();
  const put = (key: string, value: Value): void => {
    entries.delete(key);
    entries.set(key, value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set(key, value) {
      put(key, value);
      if (entries.size <= most) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
}
