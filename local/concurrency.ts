/** A function that runs at most `limit` tasks at once. Other tasks wait, first come, first served. */
export function limitConcurrency(limit: number): <T>(work: () => T | Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < limit) running += 1;
    // A task that ends passes its place to the first waiting task, so no new task can overtake it.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
