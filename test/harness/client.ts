/** A small HTTP client that checks each answer against its endpoint's schema. */
import { checkAnswer } from './contract.ts';

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** The unparsed text, for comparisons byte for byte. */
  readonly text: string;
  /** The parsed JSON; `undefined` when the response is not JSON. */
  readonly body: Body;
}

export interface Call {
  readonly body?: unknown;
  /** Sent unchanged in place of `body`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Client = <Body = unknown>(method: string, path: string, call?: Call) => Promise<Reply<Body>>;

/** @param token the vendor's; without one it is the user's client. */
export function createClient(url: string, token?: string): Client {
  return async <Body>(method: string, path: string, { body, raw, headers }: Call = {}) => {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    // The path as it is sent, without `.` and `..` in any spelling (WHATWG URL).
    const target = new URL(`${url}${path}`);
    const response = await fetch(target, {
      method,
      headers: {
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content as string }),
      redirect: 'manual',
    });
    const text = await response.text();
    const answered = { status: response.status, headers: response.headers, text, body: parsed(text) };
    checkAnswer(method, `${target.pathname}${target.search}`, answered);
    return answered as Reply<Body>;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
