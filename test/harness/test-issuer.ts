/** An OpenID Connect issuer on this machine with scripted answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function newIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** The issuer's answer at a path: a status and a body. */
export type Said = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };

export interface TestIssuer {
  readonly url: string;
  /** The keys that it publishes; may be changed. */
  keys: readonly JWK[];
  /** Answers that replace its own, by path; may be changed. */
  readonly instead: Map<string, Said>;
  /** Requests by path. */
  readonly asked: Map<string, number>;
  /** A token of this issuer for `relicense`, valid for five minutes by default; `undefined` leaves a claim out. */
  token(key: IssuerKey, claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const DISCOVERY = '/.well-known/openid-configuration';
export const KEYS = '/keys';

export async function startTestIssuer(): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    issuer.asked.set(path, (issuer.asked.get(path) ?? 0) + 1);
    const { status, body, headers } = issuer.instead.get(path) ?? usual(path);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const usual = (path: string): Said => {
    if (path === DISCOVERY) return json({ issuer: url, jwks_uri: `${url}${KEYS}` });
    return path === KEYS ? json({ keys: issuer.keys }) : { status: 404, body: '' };
  };
  const issuer: TestIssuer = {
    url,
    keys: [],
    instead: new Map(),
    asked: new Map(),
    async token({ kid, alg, privateKey }, claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: url, aud: 'relicense', sub: 'anna', iat: now, exp: now + 300, ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader(JSON.parse(JSON.stringify({ alg, kid, typ: 'at+jwt', ...header })))
        .sign(privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return issuer;
}

export function json(body: unknown): Said {
  return { status: 200, body: JSON.stringify(body) };
}
