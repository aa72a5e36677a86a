/** What an attacker sends to the server in place of a context or a receipt. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatContextFault } from '../../contract/context-fault-messages.ts';
import type { ContextFault } from '../../protocol/index.ts';
import type { EventBody, LicenseBody, ReprogrammingBody } from '../harness/answers.ts';
import type { Reply } from '../harness/client.ts';
import { expectProblem, problemOf } from '../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../harness/world.ts';

const PLACES = ['/depot/reprogrammings', '/depot/receipts', '/depot/auto-updates'] as const;
/** RFC 8032: the order of the base point. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

let world: World;
let product: string;
/** A container whose second update is outstanding and applied, so that its next context is a receipt. */
let customer: Customer;
let license: LicenseBody;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
  [license] = (await world.order([{ product }])).licenses as [LicenseBody];
  customer = await world.customer();
  await customer.sync({ activate: [license] });
  const { updates } = await customer.reprogram({ deactivate: [license.id] });
  await customer.apply(updates);
});
afterAll(() => world.close());

const send = (context: string, path: string = PLACES[1]) => world.user('POST', path, { body: { context } });
const picture = async () => ({
  container: await world.containerOf(customer.serial),
  license: await world.license(license.id),
  events: await world.historyOf({ container: customer.serial }),
});

/** Asserts that every endpoint refuses each of these as a context, and that nothing changed after all of them. */
async function expectRefused(contexts: readonly string[], reasons?: readonly string[]): Promise<void> {
  const before = await picture();
  for (const [index, context] of contexts.entries()) {
    const reply = await send(context, PLACES[index % PLACES.length]);
    // A flipped byte can make `ver` another member.
    if (problemOf(reply).code === 'unsupported-version' && reasons === undefined) continue;
    const problem = expectProblem(reply, 'invalid-context');
    expect(problem.reason, context).toEqual(expect.any(String));
    expect(problem.detail).toBe(formatContextFault(problem.reason as ContextFault));
    if (reasons !== undefined) expect(reasons, context).toContain(problem.reason);
  }
  expect(await picture()).toEqual(before);
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(present(part), 'base64url').toString()) as Record<string, unknown>;
const parts = (jws: string) => {
  const [header, payload, signature] = jws.split('.');
  return {
    header: decode(header),
    payload: decode(payload),
    signature: present(signature),
    signed: `${header}.${payload}`,
  };
};
const signed = (header: object, payload: object, key: KeyObject): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
};

/** A key of the attacker's, with the serial that it proves. */
function attacker() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { privateKey, jwk: { kty, crv, x }, serial: thumbprint };
}

/** The payload of a context that no update of its container leads to. */
const payloadOf = (serial: string) => ({
  ver: 1,
  iss: serial,
  aud: present(world.keySets[0]).iss,
  jti: 'a',
  iat: 1,
  counter: 0,
  digest: `sha256:${'0'.repeat(64)}`,
  keys: 1,
  lease: '',
});

describe('a forged context', () => {
  it('a context with any byte flipped is refused and changes nothing', async () => {
    const context = await customer.container.context();
    const bytes = Buffer.from(context);
    const flipped: string[] = [];
    // One bit of each byte. The unit tests of the protocol flip every bit.
    for (let index = 0; index < bytes.length; index += 2) {
      const copy = Buffer.from(bytes);
      copy[index] = present(copy[index]) ^ (1 << (index % 7));
      flipped.push(copy.toString('latin1'));
    }
    await expectRefused(flipped);
  });

  it('a context without a signature, cut short, doubled or in another encoding is refused', async () => {
    const context = await customer.container.context();
    const { header, payload, signature, signed: input } = parts(context);
    await expectRefused([
      input,
      `${input}.`,
      `${context}.`,
      `${context}.${signature}`,
      context.slice(0, -1),
      `${context}=`,
      JSON.stringify({ header, payload, signature }),
      '..',
      'x',
    ]);
  });

  it('a context that names another algorithm is refused, however it is signed', async () => {
    const { header, payload, signature } = parts(await customer.container.context());
    const { createHmac, generateKeyPairSync: pair, sign: signWith } = await import('node:crypto');
    const es256 = pair('ec', { namedCurve: 'P-256' }).privateKey;
    const forged: string[] = [];
    for (const alg of ['none', 'None', 'HS256', 'ES256', 'RS256', 'Ed448', 'EdDSA ', '', null, 1, ['EdDSA']]) {
      const input = `${encode({ ...header, alg })}.${encode(payload)}`;
      const hmac = createHmac('sha256', String((header.jwk as { x: string }).x))
        .update(input)
        .digest('base64url');
      const ecdsa = signWith('sha256', Buffer.from(input), { key: es256, dsaEncoding: 'ieee-p1363' }).toString(
        'base64url',
      );
      forged.push(`${input}.`, `${input}.${signature}`, `${input}.${hmac}`, `${input}.${ecdsa}`);
    }
    await expectRefused(forged);
  });

  it('a context of the wrong type, or with a missing or an extra header member, is refused', async () => {
    const { privateKey, jwk, serial } = attacker();
    const header = { alg: 'EdDSA', typ: 'relicense-context+jwt', jwk };
    const payload = payloadOf(serial);
    const { typ: _typ, ...untyped } = header;
    const { jwk: _jwk, ...keyless } = header;
    const refused = [
      signed({ ...header, typ: 'relicense-update+jwt' }, payload, privateKey),
      signed({ ...header, typ: 'JWT' }, payload, privateKey),
      signed(untyped, payload, privateKey),
      signed(keyless, payload, privateKey),
      signed({ ...header, kid: 'a' }, payload, privateKey),
      signed({ ...header, crit: ['exp'], exp: 1 }, payload, privateKey),
      signed({ ...header, jku: 'http://169.254.169.254/' }, payload, privateKey),
      signed({ ...header, b64: false, crit: ['b64'] }, payload, privateKey),
      signed({ ...header, jwk: { ...jwk, d: privateKey.export({ format: 'jwk' }).d } }, payload, privateKey),
      signed({ ...header, jwk: { ...jwk, use: 'sig' } }, payload, privateKey),
    ];
    await expectRefused(refused, ['type', 'header', 'key']);
    // Without a fault, the same JWS is a valid context, of a container that diverged.
    expectProblem(await send(signed(header, payload, privateKey)), 'container-diverged');
  });

  it('a context whose payload lacks a member or has another one is refused', async () => {
    const { privateKey, jwk, serial } = attacker();
    const header = { alg: 'EdDSA', typ: 'relicense-context+jwt', jwk };
    const payload = payloadOf(serial);
    const { jti: _, ...without } = payload;
    const wrong: object[] = [
      without,
      { ...payload, more: 1 },
      { ...payload, counter: -1 },
      { ...payload, counter: 1.5 },
      { ...payload, counter: '0' },
      { ...payload, counter: 2 ** 53 },
      { ...payload, iat: null },
      { ...payload, jti: '' },
      { ...payload, jti: 'a'.repeat(200) },
      { ...payload, digest: payload.digest.toUpperCase() },
      { ...payload, digest: '0'.repeat(64) },
      { ...payload, keys: -1 },
      { ...payload, lease: null },
      { ...payload, renew: false },
      { ...payload, wish: 'a' },
    ];
    await expectRefused(
      wrong.map((one) => signed(header, one, privateKey)),
      ['payload', 'malformed'],
    );
  });

  it('a context in the name of another container is refused: the serial is the thumbprint of the key that signs', async () => {
    const { header, payload, signature } = parts(await customer.container.context());
    const thief = attacker();
    const stolenName = { ...payload };
    await expectRefused(
      [
        signed({ ...header, jwk: thief.jwk }, stolenName, thief.privateKey),
        signed(header, stolenName, thief.privateKey),
        `${encode(header)}.${encode({ ...payload, counter: 9 })}.${signature}`,
      ],
      ['serial', 'signature'],
    );
  });

  it('a context whose signature has a second form (S + L) is refused', async () => {
    const { signature, signed: input } = parts(await customer.container.context());
    const bytes = Buffer.from(signature, 'base64url');
    let s = 0n;
    for (let index = 63; index >= 32; index--) s = (s << 8n) | BigInt(present(bytes[index]));
    s += GROUP_ORDER;
    for (let index = 32; index < 64; index++) {
      bytes[index] = Number(s & 255n);
      s >>= 8n;
    }
    await expectRefused([`${input}.${bytes.toString('base64url')}`]);
  });

  it('a context of a key of small order, whose signatures fit any message, is refused', async () => {
    const small = [
      `01${'00'.repeat(31)}`,
      '00'.repeat(32),
      `${'00'.repeat(31)}80`,
      `ec${'ff'.repeat(30)}7f`,
      `01${'00'.repeat(30)}80`,
      `ee${'ff'.repeat(30)}7f`,
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ];
    const forged = small.flatMap((hex) => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') };
      const serial = createHash('sha256')
        .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
        .digest('base64url');
      const payload = payloadOf(serial);
      const input = `${encode({ alg: 'EdDSA', typ: 'relicense-context+jwt', jwk })}.${encode(payload)}`;
      // R = the identity and S = 0 verifies for such a key unless the verifier rejects it.
      const signature = Buffer.concat([Buffer.from(`01${'00'.repeat(31)}`, 'hex'), Buffer.alloc(32)]);
      return [`${input}.${signature.toString('base64url')}`];
    });
    await expectRefused(forged, ['key']);
  });

  it('an update in place of a context is refused, although the vendor signed it', async () => {
    const { updates } = ok(
      await world.vendor<ReprogrammingBody>('GET', `/containers/${customer.serial}/updates?from=0`),
    );
    expect(updates.length).toBeGreaterThan(0);
    await expectRefused(updates.map(({ jws }) => jws));
  });

  it('a context of 10 MB, or larger than any valid one, is refused', async () => {
    expectProblem(await send('a'.repeat(10_000_000)), 'payload-too-large');
    expect(problemOf(await send('a'.repeat(9_000))).status).toBe(400);
    expect(problemOf(await send('a.a.a'.repeat(1_000))).status).toBe(400);
  });
});

describe('a receipt that is forged or late', () => {
  const diverged = async (reply: Promise<Reply>) => expectProblem(await reply, 'container-diverged');

  it('a receipt in the middle of a chain confirms the updates up to it, and no more (I2)', async () => {
    const licenses = (await world.order([{ product, quantity: 3 }])).licenses;
    const one = await world.customer();
    const chain: ReprogrammingBody[] = [];
    for (const each of licenses) chain.push(await one.reprogram({ activate: [each] }));
    await one.apply(present(chain[1]).updates);
    ok(await one.receipt(), 200);
    expect((await world.containerOf(one.serial)).counter).toBe(2);
    const states = await Promise.all(licenses.map(async ({ id }) => (await world.license(id)).state));
    expect(states).toEqual(['confirmed-collected', 'confirmed-collected', 'collected-without-receipt']);
    await one.apply(present(chain[2]).updates);
    ok(await one.receipt(), 200);
  });

  it('a receipt for another update than the one that was issued is refused: the digest is the update’s', async () => {
    const [a, b] = (await world.order([{ product, quantity: 2 }])).licenses;
    const one = await world.customer();
    const other = await world.customer();
    await one.reprogram({ activate: [present(a)] });
    await other.sync({ activate: [present(b)] });
    const { counter, digest } = await world.containerOf(other.serial);
    await diverged(send(await one.container.context({ counter, digest })));
    expect((await world.license(present(a).id)).state).toBe('collected-without-receipt');
    expect((await world.containerOf(one.serial)).counter).toBe(0);
  });

  it('a receipt with the new counter and the digest of the old content is refused', async () => {
    const [a] = (await world.order([{ product }])).licenses;
    const one = await world.customer();
    await one.reprogram({ activate: [present(a)] });
    await diverged(send(await one.container.context({ counter: 1 })));
    expect((await world.license(present(a).id)).state).toBe('collected-without-receipt');
  });

  it('the second of two copies that diverge is recognized and gets no license of the first', async () => {
    const [a, b, c] = (await world.order([{ product, quantity: 3 }])).licenses;
    const original = await world.customer();
    await original.sync({ activate: [present(a)] });
    const copy = await world.customer(original.container.copy());
    // Both copies ask at the same counter. There is one chain, and both can apply it.
    await original.reprogram({ activate: [present(b)] });
    const { updates } = await copy.reprogram({ activate: [present(c)] });
    await original.apply(updates);
    await original.sync({ deactivate: [present(a).id] });
    // A minute later: an older context is late, and not recorded (C1).
    await diverged(send(await copy.container.context({ iat: Math.floor(Date.now() / 1000) + 60 })));
    await diverged(copy.ask({ deactivate: [present(b).id] }));
    const events = await world.historyOf({ container: original.serial });
    expect(events.filter(({ type }: EventBody) => type === 'container.diverged').length).toBeGreaterThan(0);
    expect((await world.license(present(b).id)).state).toBe('confirmed-collected');
    await original.sync();
  });

  it('a late receipt of a retired container changes nothing', async () => {
    const [a] = (await world.order([{ product }])).licenses;
    const one = await world.customer();
    const { updates } = await one.reprogram({ activate: [present(a)] });
    await one.apply(updates);
    ok(
      await world.vendor('POST', `/containers/${one.serial}/retirement`, {
        body: { licenses: 'withdraw', reason: 'lost' },
      }),
      200,
    );
    expectProblem(await one.receipt(), 'container-retired');
    expect((await world.license(present(a).id)).state).toBe('withdrawn');
  });
});

it('the receipt from which all forged ones were made is accepted', async () => {
  expect((await world.license(license.id)).state).toBe('returned-without-receipt');
  ok(await customer.receipt(), 200);
  expect((await world.license(license.id)).state).toBe('available');
});
