/** What the demo has started and created, and must not leave behind, however it ends. */
export interface Leftovers {
  /** @param clear runs once, when the demo ends */
  add(clear: () => Promise<void> | void): void;
  /** Clears everything, the latest first. Repeated calls wait for the same work. */
  clear(): Promise<void>;
}

export function createLeftovers(): Leftovers {
  const clears: (() => Promise<void> | void)[] = [];
  let clearing: Promise<void> | undefined;
  const clearAll = async (): Promise<void> => {
    for (let clear = clears.pop(); clear !== undefined; clear = clears.pop()) {
      try {
        await clear();
      } catch {
        // The others must be cleared all the same.
      }
    }
  };
  return {
    add(clear) {
      clears.push(clear);
    },
    clear() {
      clearing ??= clearAll();
      return clearing;
    },
  };
}
