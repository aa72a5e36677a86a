/** The HTTP contract as an outsider speaks it: nothing of the product's own code is used on this side. */

/** A JSON answer. `body` is what came, an empty object when nothing came. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface Api {
  readonly url: string;
  /** With the vendor's token. */
  vendor(method: string, path: string, body?: unknown): Promise<Reply>;
  /** As any user: no account, no token. */
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
