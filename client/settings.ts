import { readServer } from '../protocol/server-address.ts';

/** An attempt that came to nothing, and is made again. */
export interface Retry {
  readonly endpoint: string;
  readonly attempt: number;
  /** Why, fit to be shown. */
  readonly reason: string;
  readonly pauseMilliseconds: number;
}

export interface ClientOptions {
  /** The server's base address, such as `https://licenses.example.com`. */
  readonly server: string;
  /** The vendor's token; the user's and the public endpoints need none. */
  readonly token?: string | undefined;
  /** Another `fetch`; the global one unless said. */
  readonly fetch?: typeof fetch | undefined;
  /** Attempts for one request, the first one included; 5 unless said. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt, doubled for each one after it; 250 unless said. */
  readonly backoffMilliseconds?: number | undefined;
  /** Seconds for one attempt, on top of what the server may wait; 30 unless said. */
  readonly timeoutSeconds?: number | undefined;
  /** Ends all requests of this client, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each pause. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** The options with everything said. */
export interface Settings {
  readonly server: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  readonly attempts: number;
  readonly backoffMilliseconds: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (retry: Retry) => void;
}

const ATTEMPTS = 5;
const BACKOFF_MILLISECONDS = 250;
const TIMEOUT_SECONDS = 30;

/** @throws TypeError when `server` is no http(s) address, or `token` cannot stand in a header. */
export function settingsOf(options: ClientOptions): Settings {
  const server = readServer(options.server);
  if (server === undefined) throw new TypeError('The server must be an http or https address.');
  if (options.token !== undefined && !/^[\x21-\x7e]+$/.test(options.token)) {
    throw new TypeError('A token has visible ASCII characters and no spaces.');
  }
  return {
    server,
    token: options.token,
    // Looked up at the call: in a browser `fetch` must be called as the window's own.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    attempts: Math.max(1, options.attempts ?? ATTEMPTS),
    backoffMilliseconds: options.backoffMilliseconds ?? BACKOFF_MILLISECONDS,
    timeoutSeconds: options.timeoutSeconds ?? TIMEOUT_SECONDS,
    signal: options.signal,
    onRetry: options.onRetry ?? (() => undefined),
  };
}
