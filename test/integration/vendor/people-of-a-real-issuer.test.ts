/** A third-party OpenID provider, with its own discovery, keys and access tokens. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseIdentityProvider } from '../../../contract/identity-provider.ts';
import { createClient } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { openWorld, present, type World } from '../../harness/world.ts';

const AUDIENCE = 'https://licenses.example.com';
const CLIENT = { id: 'console', secret: 'a-secret-of-the-console' };

let server: Server;
let issuer: string;
let world: World;
beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  // The provider warns about settings for development, which this test needs.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'provider', alg: 'RS256', use: 'sig' }] },
    scopes: ['products:read', 'orders:read'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'products:read orders:read',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
        }),
      },
    },
    extraTokenClaims: () => ({ groups: ['support'] }),
  });
  server.on('request', provider.callback());
  const identityProvider = present(parseIdentityProvider({ issuer, audience: AUDIENCE, scopeClaim: 'scope' }));
  world = await openWorld({ identityProvider });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.close();
  await new Promise((resolve) => server.close(resolve));
});

async function tokenFor(scope: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE, scope }),
  });
  const body = (await response.json()) as { access_token?: string };
  return present(body.access_token);
}

it('a person with a token of a real issuer can do what its scopes allow, over HTTP', async () => {
  const person = createClient(world.running.url, await tokenFor('products:read'));
  expect((await person('GET', '/products')).status).toBe(200);
  expectProblem(await person('GET', '/orders'), 'forbidden');
  const both = createClient(world.running.url, await tokenFor('products:read orders:read'));
  expect((await both('GET', '/orders')).status).toBe(200);
  expect((await world.vendor('GET', '/orders')).status).toBe(200);
});

it('a token of a real issuer with a changed scope is refused', async () => {
  const [header, payload = '', signature] = (await tokenFor('products:read')).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, scope: 'orders:read' })).toString('base64url');
  const thief = createClient(world.running.url, `${header}.${forged}.${signature}`);
  expectProblem(await thief('GET', '/orders'), 'unauthorized');
});
