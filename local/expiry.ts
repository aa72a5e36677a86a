/** Deletes the items of the embedded table whose time to live has passed, as DynamoDB does within days. */

const EVERY_MILLISECONDS = 60 * 60 * 1000;
const FIRST_MILLISECONDS = 30_000;

/** @param deleteSome deletes some expired items and returns their number */
export function startExpiry(deleteSome: () => number): { close(): void } {
  let timer: NodeJS.Timeout;
  const next = (milliseconds: number): void => {
    timer = setTimeout(() => next(deleteSome() > 0 ? FIRST_MILLISECONDS : EVERY_MILLISECONDS), milliseconds).unref();
  };
  next(FIRST_MILLISECONDS);
  return { close: () => clearTimeout(timer) };
}
