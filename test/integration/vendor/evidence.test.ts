/** E1: the evidence of a removal, from the API to a verifier without a server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Evidence, type ProvenRemoval, verifyEvidence } from '../../../protocol/index.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (): Promise<LicenseBody> => present((await world.sell(product))[0]);
const ask = (license: LicenseBody) => world.vendor<Evidence>('GET', `/licenses/${license.id}/evidence`);
const withdraw = (license: LicenseBody) =>
  world.vendor('POST', `/licenses/${license.id}/withdrawal`, { body: { reason: 'refund' } });

/** The evidence, verified with the key sets that the vendor publishes. */
async function proven(license: LicenseBody): Promise<ProvenRemoval & { readonly document: Evidence }> {
  const document = ok(await ask(license), 200);
  const result = await verifyEvidence(document, { keySets: world.keySets.map(({ signed }) => signed) });
  if (!result.ok) throw new Error(`The evidence is refused: ${JSON.stringify(result)}`);
  const { ok: _, ...removal } = result;
  return { ...removal, document };
}

/** A customer whose container holds these licenses, each from an update of its own. */
async function holding(...licenses: LicenseBody[]): Promise<Customer> {
  const customer = await world.customer();
  for (const license of licenses) await customer.sync({ activate: [license] });
  return customer;
}

describe('the evidence of a removal', () => {
  it('a withdrawn license has evidence when the receipt has come, and not before (E1)', async () => {
    const [license, other] = [await sell(), await sell()];
    const customer = await holding(license, other);
    expectProblem(await ask(license), 'not-found');
    ok(await withdraw(license), 202);
    expectProblem(await ask(license), 'not-found');
    const { updates } = await customer.reprogram();
    expectProblem(await ask(license), 'not-found');
    await customer.apply(updates);
    ok(await customer.receipt(), 200);
    const { document, ...removal } = await proven(license);
    const { id, product: code, terms, requires } = license;
    expect(removal).toMatchObject({
      trusted: true,
      container: customer.serial,
      license: { id, product: code, terms, requires },
      order: license.orderId,
      cause: 'withdraw',
      counter: 3,
      receiptCounter: 3,
      keySet: 1,
    });
    expect(document.before.licenses.map((one) => one.id).sort()).toEqual([license.id, other.id].sort());
    expect(document).toMatchObject({ license: license.id, order: license.orderId, iss: removal.iss });
    expectProblem(await ask(other), 'not-found');
  });

  it('a replaced license has evidence, and its successor has none (E1)', async () => {
    const license = await sell();
    const customer = await holding(license);
    const body = { terms: { quantity: 2 } };
    const path = `/licenses/${license.id}/replacement`;
    const { license: successor } = ok(await world.vendor<{ license: LicenseBody }>('POST', path, { body }), 202);
    await customer.sync();
    expect(await proven(license)).toMatchObject({ cause: 'replace', counter: 2, license: { id: license.id } });
    expectProblem(await ask(successor), 'not-found');
  });

  it('a returned license has evidence, and keeps it on its ticket (E1)', async () => {
    const license = await sell();
    const customer = await holding(license);
    await customer.sync({ deactivate: [license.id] });
    expect(await proven(license)).toMatchObject({ cause: 'deactivate', container: customer.serial });
    expect((await world.license(license.id)).state).toBe('available');
  });

  it('a license with several lives has the evidence of its last removal (E1)', async () => {
    const license = await sell();
    const first = await holding(license);
    await first.sync({ deactivate: [license.id] });
    const second = await world.customer();
    await second.sync({ activate: [license] });
    // The first removal is still the last one.
    expect((await proven(license)).container).toBe(first.serial);
    ok(await withdraw(license), 202);
    const { updates } = await second.reprogram();
    expectProblem(await ask(license), 'not-found');
    await second.apply(updates);
    ok(await second.receipt(), 200);
    expect(await proven(license)).toMatchObject({ container: second.serial, cause: 'withdraw', counter: 2 });
  });

  it('a license that returns to the container it left has the evidence of its last removal (E1)', async () => {
    const license = await sell();
    const customer = await holding(license);
    await customer.sync({ deactivate: [license.id] });
    await customer.sync({ activate: [license] });
    await customer.sync({ deactivate: [license.id] });
    expect(await proven(license)).toMatchObject({ counter: 4, receiptCounter: 4 });
  });

  it('one receipt for several updates is the evidence of each removal in them (E1, T2)', async () => {
    const [license, other, third] = [await sell(), await sell(), await sell()];
    const customer = await holding(license, other);
    ok(await withdraw(license), 202);
    await customer.reprogram();
    await customer.reprogram({ activate: [third] });
    ok(await withdraw(other), 202);
    const { updates } = await customer.reprogram();
    expect(updates).toHaveLength(3);
    await customer.apply(updates);
    ok(await customer.receipt(), 200);
    const early = await proven(license);
    expect(early).toMatchObject({ counter: 3, receiptCounter: 5 });
    expect(early.document.updates).toHaveLength(3);
    const late = await proven(other);
    expect(late).toMatchObject({ counter: 5, receiptCounter: 5 });
    expect(late.document.updates).toHaveLength(1);
  });

  it('the receipt in the evidence can be the context of the next request (E1, T2)', async () => {
    const [license, next] = [await sell(), await sell()];
    const customer = await holding(license);
    ok(await withdraw(license), 202);
    await customer.apply((await customer.reprogram()).updates);
    await customer.reprogram({ activate: [next] });
    expect(await proven(license)).toMatchObject({ counter: 2, receiptCounter: 2 });
  });

  it('a receipt that is sent again changes nothing (E1, T5)', async () => {
    const license = await sell();
    const customer = await holding(license);
    await customer.sync({ deactivate: [license.id] });
    const { document } = await proven(license);
    ok(await customer.receipt(), 200);
    expect((await proven(license)).document).toEqual(document);
  });
});

describe('a license without evidence', () => {
  it('a license that was withdrawn on its ticket has none, and neither has an unknown one', async () => {
    const license = await sell();
    ok(await withdraw(license), 200);
    const { detail } = expectProblem(await ask(license), 'not-found');
    expect(detail).toContain('no container has confirmed');
    expectProblem(await world.vendor('GET', '/licenses/NO-SUCH-LICENSE/evidence'), 'not-found');
  });

  it('a license of a retired container has none, even if another container returned it before (E1, T7)', async () => {
    const license = await sell();
    const first = await holding(license);
    await first.sync({ deactivate: [license.id] });
    const second = await world.customer();
    await second.sync({ activate: [license] });
    const body = { licenses: 'withdraw', reason: 'lost' };
    ok(await world.vendor('POST', `/containers/${second.serial}/retirement`, { body }));
    expect((await world.license(license.id)).state).toBe('withdrawn');
    expectProblem(await ask(license), 'not-found');
  });
});
