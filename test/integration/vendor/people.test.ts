/** People with a token of an OpenID Connect issuer, beside the vendor's own tokens. */
import { createHmac, KeyObject, sign } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseIdentityProvider } from '../../../contract/identity-provider.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { startRuntime } from '../../../local/runtime.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { createInstance, type Instance } from '../../harness/instance.ts';
import {
  DISCOVERY,
  type IssuerKey,
  json,
  KEYS,
  newIssuerKey,
  startTestIssuer,
  type TestIssuer,
} from '../../harness/test-issuer.ts';
import { fresh, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let issuer: TestIssuer;
let key: IssuerKey;
beforeAll(async () => {
  [world, issuer, key] = await Promise.all([openWorld(), startTestIssuer(), newIssuerKey('first')]);
});
afterAll(async () => {
  await Promise.all([world.close(), issuer.close()]);
});
beforeEach(() => {
  issuer.keys = [key.publicJwk];
  issuer.instead.clear();
  issuer.asked.clear();
});

const runtimeWith = (settings: Parameters<typeof parseIdentityProvider>[0] = {}): Dependencies => ({
  ...world.running.dependencies,
  identityProvider: present(parseIdentityProvider({ issuer: issuer.url, audience: 'relicense', ...settings })),
});

/** A new instance of the vendor's function, without keys in memory. */
const instance = (settings?: Parameters<typeof runtimeWith>[0]): Instance =>
  createInstance('vendor', runtimeWith(settings));
const as = (token: string, more: object = {}) => ({ headers: { authorization: `Bearer ${token}`, ...more } });
const list = (ask: Instance, token: string) => ask({ route: 'GET /products', ...as(token) });
const SCOPE = { scope: 'openid products:read' };

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of the identity provider', () => {
  it('a person’s token is accepted beside the vendor’s own, and allows what its scopes say', async () => {
    const ask = instance();
    const token = await issuer.token(key, SCOPE);
    expect((await list(ask, token)).status).toBe(200);
    expect((await list(ask, world.running.token)).status).toBe(200);
    expectProblem(await ask({ route: 'GET /orders', ...as(token) }), 'forbidden');
  });

  it('an unknown scope allows nothing', async () => {
    const token = await issuer.token(key, { scope: 'products:admin all * __proto__' });
    expectProblem(await list(instance(), token), 'forbidden');
    expectProblem(await list(instance(), await issuer.token(key)), 'forbidden');
  });

  it.each([
    ['groups', { groups: ['support', 'others'] }],
    ['realm_access.roles', { realm_access: { roles: ['support'] } }],
    ['https://example.com/roles', { 'https://example.com/roles': 'support' }],
  ])('groups in %s give the scopes that they map to', async (scopeClaim, claims) => {
    const ask = instance({ scopeClaim, scopeMap: '{"support": ["products:read"], "admins": ["all"]}' });
    expect((await list(ask, await issuer.token(key, claims))).status).toBe(200);
    expectProblem(await ask({ route: 'GET /tokens', ...as(await issuer.token(key, claims)) }), 'forbidden');
    // With a map, the scopes that the token itself names do not count.
    const named = JSON.parse(JSON.stringify(claims).replaceAll('support', 'products:read'));
    expectProblem(await list(ask, await issuer.token(key, named)), 'forbidden');
    const admin = JSON.parse(JSON.stringify(claims).replaceAll('support', 'admins'));
    expect((await ask({ route: 'GET /tokens', ...as(await issuer.token(key, admin)) })).status).toBe(200);
  });

  it('the history names the person, and their token cannot make one with more scopes', async () => {
    const ask = instance();
    const scope = 'licenses:write tokens:write products:read';
    const token = await issuer.token(key, { scope, sub: 'anna@example.com' });
    const [license] = await world.sell(await world.product());
    ok(
      await ask({
        route: 'POST /licenses/{license}/withdrawal',
        params: { license: present(license).id },
        ...as(token),
      }),
    );
    const events = await world.historyOf({ order: present(license).orderId as string });
    expect(events.at(-1)).toMatchObject({ actor: 'vendor', by: { kind: 'person', id: 'anna@example.com' } });
    const make = (scopes: readonly string[]) =>
      ask<object>({ route: 'POST /tokens', body: { name: fresh('shop'), scopes }, ...as(token) });
    expectProblem(await make(['orders:write']), 'forbidden');
    expect(ok(await make(['products:read']), 201)).toMatchObject({
      createdBy: { kind: 'person', id: 'anna@example.com' },
    });
  });

  it('a person’s idempotency keys outlive the sign-in', async () => {
    const ask = instance();
    const headers = { 'idempotency-key': fresh('key') };
    const body = { name: fresh('shop'), scopes: ['products:read'] };
    const scope = 'tokens:write products:read';
    const make = async () => ask({ route: 'POST /tokens', body, ...as(await issuer.token(key, { scope }), headers) });
    const first = await make();
    expect(first.status).toBe(201);
    expect((await make()).text).toBe(first.text);
  });

  it.each([
    ['with', '', '/'],
    ['without', '/', ''],
  ])('a token is accepted if the setting is %s the slash that the issuer has', async (_, ofIssuer, ofSetting) => {
    issuer.instead.set(DISCOVERY, json({ issuer: `${issuer.url}${ofIssuer}`, jwks_uri: `${issuer.url}${KEYS}` }));
    const ask = instance({ issuer: `${issuer.url}${ofSetting}` });
    const token = await issuer.token(key, { ...SCOPE, iss: `${issuer.url}${ofIssuer}` });
    expect((await list(ask, token)).status).toBe(200);
  });

  it('the issuer is asked for its keys once for many requests', async () => {
    const ask = instance();
    const tokens = await Promise.all(Array.from({ length: 5 }, () => issuer.token(key, SCOPE)));
    await Promise.all(tokens.map((token) => list(ask, token)));
    for (const token of tokens) expect((await list(ask, token)).status).toBe(200);
    expect(Object.fromEntries(issuer.asked)).toEqual({ [DISCOVERY]: 1, [KEYS]: 1 });
  });

  it('a person’s token is looked up as a vendor token where no identity provider is configured', async () => {
    const ask = createInstance('vendor', world.running.dependencies);
    expectProblem(await list(ask, await issuer.token(key, SCOPE)), 'unauthorized');
    expect(issuer.asked.size).toBe(0);
  });
});

describe('a forged token of the identity provider', () => {
  const now = Math.floor(Date.now() / 1000);
  const secretOf = async (): Promise<string> =>
    exportSPKI((await importJWK({ ...key.publicJwk, ext: true }, 'ES256', { extractable: true })) as never);
  const hmac = (header: object, payload: object, secret: string): string => {
    const input = `${encoded(header)}.${encoded(payload)}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  /** What `jose` refuses to sign. */
  const signed = (header: object, payload: object): string => {
    const input = `${encoded(header)}.${encoded(payload)}`;
    const signature = sign('sha256', Buffer.from(input), {
      key: KeyObject.from(key.privateKey),
      dsaEncoding: 'ieee-p1363',
    });
    return `${input}.${signature.toString('base64url')}`;
  };
  const claims = () => ({ iss: issuer.url, aud: 'relicense', sub: 'eve', exp: now + 300, ...SCOPE });

  it.each<[string, () => Promise<string>]>([
    ['no signature', async () => `${encoded({ alg: 'none', typ: 'at+jwt' })}.${encoded(claims())}.`],
    ['no signature, spelled otherwise', async () => `${encoded({ alg: 'nOnE' })}.${encoded(claims())}.`],
    ['the public key as a secret', async () => hmac({ alg: 'HS256', kid: key.kid }, claims(), await secretOf())],
    [
      'the public key as a secret, in its JSON',
      async () => hmac({ alg: 'HS256', kid: key.kid }, claims(), JSON.stringify(key.publicJwk)),
    ],
    ['another issuer', () => issuer.token(key, { ...SCOPE, iss: 'https://issuer.example.com' })],
    ['the issuer with two slashes', () => issuer.token(key, { ...SCOPE, iss: `${issuer.url}//` })],
    ['an issuer that begins like ours', () => issuer.token(key, { ...SCOPE, iss: `${issuer.url}/staff` })],
    ['another audience', () => issuer.token(key, { ...SCOPE, aud: 'another-api' })],
    ['no audience', () => issuer.token(key, { ...SCOPE, aud: undefined as never })],
    ['an end in the past', () => issuer.token(key, { ...SCOPE, exp: now - 60 })],
    ['no end', () => issuer.token(key, { ...SCOPE, exp: undefined as never })],
    ['a start tomorrow', () => issuer.token(key, { ...SCOPE, nbf: now + 3600 })],
    ['no subject', () => issuer.token(key, { ...SCOPE, sub: undefined as never })],
    ['an empty subject', () => issuer.token(key, { ...SCOPE, sub: '' })],
    ['a subject that is not a text', async () => signed({ alg: 'ES256', kid: key.kid }, { ...claims(), sub: 42 })],
    ['a subject over 255 characters', () => issuer.token(key, { ...SCOPE, sub: 'e'.repeat(256) })],
    ['another type', () => issuer.token(key, SCOPE, { typ: 'relicense-context+jwt' })],
    ['the type of a sign-out token', () => issuer.token(key, SCOPE, { typ: 'logout+jwt' })],
    ['the attacker’s key under the name of the issuer’s', async () => issuer.token(await newIssuerKey('first'), SCOPE)],
    ['a key that the issuer does not publish', async () => issuer.token(await newIssuerKey('unknown'), SCOPE)],
    [
      'the attacker’s key in its header',
      async () => {
        const own = await newIssuerKey('first');
        return issuer.token(own, SCOPE, { jwk: own.publicJwk, jku: 'http://127.0.0.1:1/keys' });
      },
    ],
    ['another algorithm than the key’s', async () => issuer.token(await newIssuerKey('first', 'RS256'), SCOPE)],
    [
      'a header that must be understood',
      async () => signed({ alg: 'ES256', kid: key.kid, crit: ['x'], x: 1 }, claims()),
    ],
    [
      'other claims under a good signature',
      async () => {
        const [header, , signature] = (await issuer.token(key, SCOPE)).split('.');
        return `${header}.${encoded({ ...claims(), scope: 'tokens:write' })}.${signature}`;
      },
    ],
  ])('a token with %s is refused', async (_, made) => {
    const reply = await list(instance(), await made());
    expectProblem(reply, 'unauthorized');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('a token that has expired by the runtime’s clock is refused', async () => {
    const runtime = runtimeWith();
    const ask = createInstance('vendor', { ...runtime, now: () => new Date(runtime.now().getTime() + 3_600_000) });
    expectProblem(await list(ask, await issuer.token(key, SCOPE)), 'unauthorized');
  });

  it('the same token without a fault is accepted', async () => {
    expect((await list(instance(), signed({ alg: 'ES256', kid: key.kid }, claims()))).status).toBe(200);
  });

  it('unknown keys are refused and do not make the server ask the issuer each time', async () => {
    const ask = instance();
    expect((await list(ask, await issuer.token(key, SCOPE))).status).toBe(200);
    const unknown = await newIssuerKey('unknown');
    for (let index = 0; index < 5; index++) {
      expectProblem(await list(ask, await issuer.token(unknown, SCOPE)), 'unauthorized');
    }
    expect(issuer.asked.get(KEYS)).toBe(1);
  });

  it('a text that is not a JWT of the issuer is refused without asking the issuer', async () => {
    const ask = instance();
    for (const token of [
      await issuer.token(key, { iss: 'https://issuer.example.com' }),
      `${encoded({ alg: 'none' })}.${encoded({ iss: issuer.url })}.`,
      'a.b.c',
    ]) {
      expectProblem(await list(ask, token), 'unauthorized');
    }
    expect(issuer.asked.size).toBe(0);
  });
});

describe('an access token of Amazon Cognito, which names its client and no audience,', () => {
  const COGNITO = {
    aud: undefined as never,
    client_id: 'app-1',
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
  };
  const settings = {
    audience: undefined,
    clientId: 'app-1, app-2',
    scopeClaim: 'cognito:groups',
    scopeMap: '{"support": ["products:read"]}',
  };
  const GROUPS = { 'cognito:groups': ['support'] };
  /** Cognito writes no `typ`. */
  const tokenOf = (claims: object) => issuer.token(key, { ...COGNITO, ...GROUPS, ...claims }, { typ: undefined });

  it.each(['app-1', 'app-2'])(
    'an access token without audience is accepted if it was issued to the client %s of the setting',
    async (client) => {
      expect((await list(instance(settings), await tokenOf({ client_id: client }))).status).toBe(200);
    },
  );

  it.each<[string, object]>([
    ['it was issued to another client', { client_id: 'app-3' }],
    ['it names no client', { client_id: undefined }],
    ['its client is a list', { client_id: ['app-1'] }],
    ['it is an ID token', { token_use: 'id', aud: 'app-1', client_id: undefined }],
    ['it is an ID token that names its client as well', { token_use: 'id' }],
    ['it has no token_use', { token_use: undefined }],
    ['it is for another API', { aud: 'https://other-api.example.com' }],
    ['it has expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
  ])('an access token without audience is refused if %s', async (_, claims) => {
    expectProblem(await list(instance(settings), await tokenOf(claims)), 'unauthorized');
  });

  it('an access token without audience is refused if the setting is an audience', async () => {
    expectProblem(await list(instance(), await tokenOf({})), 'unauthorized');
  });
});

describe('the runtime', () => {
  const start = (named: string) =>
    startRuntime({
      home: undefined,
      port: 0,
      identityProvider: parseIdentityProvider({ issuer: named, audience: 'relicense' }),
    });

  it('the runtime does not start if the issuer’s document names another issuer, and its error names both', async () => {
    issuer.instead.set(DISCOVERY, json({ issuer: 'https://other.example', jwks_uri: `${issuer.url}${KEYS}` }));
    await expect(start(issuer.url)).rejects.toMatchObject({
      code: 'identity-provider-unusable',
      message: expect.stringMatching(/^OIDC_ISSUER is .* the document of the issuer https:\/\/other\.example\./),
    });
  });
});

describe('an issuer that cannot be asked', () => {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    return () => vi.restoreAllMocks();
  });

  it.each<[string, string, () => Parameters<TestIssuer['instead']['set']>[1]]>([
    ['its discovery fails', DISCOVERY, () => ({ status: 500, body: '' })],
    ['its discovery is not JSON', DISCOVERY, () => ({ status: 200, body: '<html>' })],
    [
      'its discovery is that of another one',
      DISCOVERY,
      () => json({ issuer: 'https://other.example', jwks_uri: `${issuer.url}${KEYS}` }),
    ],
    [
      'its keys are at an address without https',
      DISCOVERY,
      () => json({ issuer: issuer.url, jwks_uri: 'http://192.0.2.1/keys' }),
    ],
    [
      'its discovery leads elsewhere',
      DISCOVERY,
      () => ({ status: 302, body: '', headers: { location: `${issuer.url}/elsewhere` } }),
    ],
    [
      'its keys lead elsewhere',
      KEYS,
      () => ({ status: 302, body: '', headers: { location: `${issuer.url}/elsewhere` } }),
    ],
    ['its keys have no end', KEYS, () => json({ keys: [key.publicJwk], padding: 'x'.repeat(300_000) })],
    ['its keys are not valid', KEYS, () => json({ keys: 'none' })],
  ])('because %s, people get 503 with Retry-After, and the vendor’s own tokens work', async (_, path, said) => {
    issuer.instead.set(
      '/elsewhere',
      json({ issuer: issuer.url, jwks_uri: `${issuer.url}${KEYS}`, keys: [key.publicJwk] }),
    );
    issuer.instead.set(path, said());
    const ask = instance();
    const token = await issuer.token(key, SCOPE);
    const reply = await list(ask, token);
    expectProblem(reply, 'identity-provider-unavailable');
    expect(reply.status).toBe(503);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await list(ask, world.running.token)).status).toBe(200);
    const asked = issuer.asked.get(path);
    for (let index = 0; index < 3; index++) {
      expectProblem(await list(ask, token), 'identity-provider-unavailable');
    }
    expect(issuer.asked.get(path)).toBe(asked);
    expect(issuer.asked.get('/elsewhere')).toBeUndefined();
  });

  const MINUTE = 60_000;

  /** Lets time pass at once. */
  function pretendTime(): (milliseconds: number) => void {
    const now = Date.now;
    let passed = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + passed);
    return (milliseconds) => {
      passed += milliseconds;
    };
  }

  const tomorrow = (): number => Math.floor(Date.now() / 1000) + 24 * 3600;

  function goDown(): void {
    for (const path of [DISCOVERY, KEYS]) issuer.instead.set(path, { status: 500, body: '' });
  }

  it('keys in memory serve for their ten minutes, whatever invented keys others send', async () => {
    const ask = instance();
    const token = await issuer.token(key, { ...SCOPE, exp: tomorrow() });
    const madeUp = await issuer.token(await newIssuerKey('unknown'), { ...SCOPE, exp: tomorrow() });
    const pass = pretendTime();
    expect((await list(ask, token)).status).toBe(200);
    goDown();
    pass(MINUTE);
    expectProblem(await list(ask, madeUp), 'identity-provider-unavailable');
    expect(issuer.asked.get(KEYS)).toBe(2);
    expect((await list(ask, token)).status).toBe(200);
    // For a while the issuer is not asked again, not even for another invented key.
    expectProblem(await list(ask, madeUp), 'identity-provider-unavailable');
    expect(issuer.asked.get(KEYS)).toBe(2);
    pass(8 * MINUTE);
    expectProblem(await list(ask, madeUp), 'identity-provider-unavailable');
    expect((await list(ask, token)).status).toBe(200);
    pass(2 * MINUTE);
    expectProblem(await list(ask, token), 'identity-provider-unavailable');
    issuer.instead.clear();
    pass(MINUTE);
    expect((await list(ask, token)).status).toBe(200);
  });

  it('keys in memory serve while a new discovery fails', async () => {
    const ask = instance();
    const token = await issuer.token(key, { ...SCOPE, exp: tomorrow() });
    const pass = pretendTime();
    expect((await list(ask, token)).status).toBe(200);
    pass(55 * MINUTE);
    expect((await list(ask, token)).status).toBe(200);
    goDown();
    pass(6 * MINUTE);
    expect((await list(ask, token)).status).toBe(200);
    expect(issuer.asked.get(DISCOVERY)).toBe(2);
    pass(5 * MINUTE);
    expectProblem(await list(ask, token), 'identity-provider-unavailable');
    issuer.instead.clear();
    pass(MINUTE);
    expect((await list(ask, token)).status).toBe(200);
    expect(issuer.asked.get(DISCOVERY)).toBe(4);
  });
});

describe('the settings of an identity provider', () => {
  it('without an issuer there are no settings', () => {
    expect(parseIdentityProvider({})).toBeUndefined();
  });

  it.each([
    [{ issuer: 'http://issuer.example.com', audience: 'a' }, /https/],
    [{ issuer: 'issuer', audience: 'a' }, /https/],
    [{ audience: 'a' }, /OIDC_AUDIENCE is set without OIDC_ISSUER/],
    [{ clientId: 'a' }, /OIDC_CLIENT_ID is set without OIDC_ISSUER/],
    [{ scopeMap: '{}' }, /OIDC_SCOPE_MAP is set without OIDC_ISSUER/],
    [{ issuer: 'https://issuer.example.com', audience: 'a', clientId: 'b' }, /contradict each other/],
    [{ issuer: 'https://issuer.example.com', clientId: ' , ' }, /OIDC_AUDIENCE or OIDC_CLIENT_ID must be set/],
    [
      { issuer: 'https://issuer.example.com/a/.well-known/openid-configuration', audience: 'a' },
      /without ".*openid-configuration": https:\/\/issuer\.example\.com\/a$/,
    ],
    [{ issuer: 'https://issuer.example.com' }, /OIDC_AUDIENCE/],
    [{ issuer: 'https://issuer.example.com', audience: 'a', scopeMap: '{"x": ["nothing:read"]}' }, /OIDC_SCOPE_MAP/],
    [{ issuer: 'https://issuer.example.com', audience: 'a', scopeMap: '{' }, /OIDC_SCOPE_MAP/],
  ])('wrong settings are refused: %j', (settings, message) => {
    expect(() => parseIdentityProvider(settings)).toThrow(message);
  });
});
