/** A map with at most `most` entries: a new entry removes the least recently used one. */
export interface LruMap<Value> {
  /** The value of a key; marks it as used. */
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function createLruMap<Value>(most: number): LruMap<Value> {
  // A `Map` keeps its entries in insertion order.
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
