/** Waits, and ends at once with the signal's reason when it is given. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const given = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', given);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', given, { once: true });
  });
}

/** `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMilliseconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/** Why a request got no answer, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  // `fetch failed` says nothing; its cause does.
  const { cause } = error;
  return cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code') ?? cause.name) : error.message;
}
