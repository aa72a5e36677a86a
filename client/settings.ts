import { readServer } from '../protocol/server-address.ts';

/** An attempt that failed and is repeated. */
export interface Retry {
  readonly endpoint: string;
  readonly attempt: number;
  /** Why the attempt failed, for people. */
  readonly reason: string;
  readonly pauseMilliseconds: number;
}

export interface ClientOptions {
  /** The server's base address, such as `https://licenses.example.com`. */
  readonly server: string;
  /** The vendor's token. The user's endpoints and the public ones need no token. */
  readonly token?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** Attempts for one request, the first one included. Default: 5. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles with each further attempt. Default: 250. */
  readonly backoffMilliseconds?: number | undefined;
  /** Seconds for one attempt, on top of `waitSeconds`. Default: 30. */
  readonly timeoutSeconds?: number | undefined;
  /** Ends all requests of this client, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each pause. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** The options with their defaults filled in. */
export interface Settings {
  readonly server: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly attempts: number;
  readonly backoffMilliseconds: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (retry: Retry) => void;
}

const ATTEMPTS = 5;
const BACKOFF_MILLISECONDS = 250;
const TIMEOUT_SECONDS = 30;

/** @throws TypeError when `server` is not an http(s) address, or `token` has characters that a header cannot have. */
export function settingsOf(options: ClientOptions): Settings {
  const server = readServer(options.server);
  if (server === undefined) throw new TypeError('The server must be an http or https address.');
  if (options.token !== undefined && !/^[\x21-\x7e]+$/.test(options.token)) {
    throw new TypeError('Invalid token: only visible ASCII characters, no spaces.');
  }
  return {
    server,
    token: options.token,
    fetch: options.fetch,
    attempts: Math.max(1, options.attempts ?? ATTEMPTS),
    backoffMilliseconds: options.backoffMilliseconds ?? BACKOFF_MILLISECONDS,
    timeoutSeconds: options.timeoutSeconds ?? TIMEOUT_SECONDS,
    signal: options.signal,
    onRetry: options.onRetry ?? (() => undefined),
  };
}
