/** The runtime's clock. Tests replace it, so that 20 days can pass in an instant. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `wake` after `milliseconds`, for which there is no limit. @returns a function that cancels the call */
  after(milliseconds: number, wake: () => void): () => void;
}

/** Node's timers have 32 bits, about 24.8 days; a longer one would fire at once. */
const LONGEST_TIMER_MILLISECONDS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, wake) => {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer =
        left > LONGEST_TIMER_MILLISECONDS
          ? setTimeout(() => wait(left - LONGEST_TIMER_MILLISECONDS), LONGEST_TIMER_MILLISECONDS)
          : setTimeout(wake, Math.max(left, 0));
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
};
