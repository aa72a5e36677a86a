/** Converts a handler's result to a response, as an HTTP API does for payload format 2.0. */

export interface Response {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/**
 * The response for a result with a `statusCode`. Any other result is the JSON body of a 200.
 * @throws TypeError if a member has the wrong type; API Gateway answers that with 500
 */
export function toResponse(result: unknown): Response {
  if (!isRecord(result) || !('statusCode' in result)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body: Buffer.from(typeof result === 'string' ? result : JSON.stringify(result ?? null)),
    };
  }

  const status = Number(result.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw new TypeError(`A status code must be an integer from 100 to 599; got ${String(result.statusCode)}`);
  }
  const { headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  if (!isRecord(headers)) throw new TypeError('The headers of a result must be an object');
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === 'string')) {
    throw new TypeError('The cookies of a result must be a list of strings');
  }
  if (typeof body !== 'string') throw new TypeError('The body of a result must be a string');

  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...lower },
    cookies,
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
