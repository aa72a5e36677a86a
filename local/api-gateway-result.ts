/** From a handler's result to a response, as an HTTP API does it for payload format 2.0. */

export interface Response {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/**
 * A result with a `statusCode` is taken as it stands; any other is the JSON body of a 200.
 * @throws TypeError when a member is of the wrong kind, which API Gateway answers with a 500.
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
    throw new TypeError(`The status code ${String(result.statusCode)} is none.`);
  }
  const { headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  if (!isRecord(headers)) throw new TypeError('The headers are not an object.');
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === 'string')) {
    throw new TypeError('The cookies are not a list of texts.');
  }
  if (typeof body !== 'string') throw new TypeError('The body is not a text.');

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
