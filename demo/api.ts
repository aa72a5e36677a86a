/** A minimal client of the HTTP API. It uses no code of the product, so that the demo checks what any client would see. */

/** An answer. `body` is the parsed JSON, or an empty object if the answer has no body. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface Api {
  readonly url: string;
  /** Sends a request with the vendor's token. */
  vendor(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Sends a request without a token, as a user does. */
  depot(method: string, path: string, body?: unknown): Promise<Reply>;
}

const TIMEOUT_MILLISECONDS = 15_000;

export function createApi(url: string, token: string): Api {
  const call = async (
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply> => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    url,
    vendor: (method, path, body) => call(method, path, body, { authorization: `Bearer ${token}`, prefer: 'wait=10' }),
    depot: (method, path, body) => call(method, path, body, { prefer: 'wait=10' }),
  };
}
