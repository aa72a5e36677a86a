import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConflictBody, LicenseBody } from '../../harness/answers.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type Chosen, type Customer, ok, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
/** For a busy machine. */
const PATIENCE = { timeout: 20_000 };
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const withdraw = async (id: string) => ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }), 202);
const heldBy = ({ container }: Customer) => container.content.licenses.map(({ id }) => id).sort();

/** A customer whose container holds these products, confirmed. */
async function customerWith(...products: readonly string[]): Promise<{ customer: Customer; licenses: LicenseBody[] }> {
  const customer = await world.customer();
  const licenses = products.length === 0 ? [] : await world.sell(...products);
  if (licenses.length > 0) await customer.sync({ activate: licenses });
  return { customer, licenses };
}

const conflictsOf = (problem: { readonly [more: string]: unknown }) =>
  (problem.conflicts as ConflictBody[]).map(({ action, license, reason }) => ({ action, license, reason }));

describe('Q1: the five steps', () => {
  it('the five steps run in their order: one update, one counter increment, one receipt', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product, product, product);
    const [withdrawn, deactivated, replaced] = licenses;
    const [assigned, activated] = await world.sell(product, product);
    await withdraw(present(withdrawn).id);
    const { license: fresh } = ok(
      await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${present(replaced).id}/replacement`, {
        body: {},
      }),
      202,
    );
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${present(assigned).id}`), 202);
    const answer = await customer.reprogram({ deactivate: [present(deactivated).id], activate: [present(activated)] });
    expect(answer.status).toBe('issued');
    expect(answer.executed).toEqual({
      withdraw: [present(withdrawn).id],
      deactivate: [present(deactivated).id],
      assign: [present(assigned).id],
      replace: [{ old: present(replaced).id, new: fresh.id }],
      activate: [present(activated).id],
    });
    expect(answer.updates).toHaveLength(1);
    expect(answer.updates[0]?.operations.map(({ op, cause }) => [op, cause])).toEqual([
      ['remove', 'withdraw'],
      ['remove', 'deactivate'],
      ['put', 'assign'],
      ['remove', 'replace'],
      ['put', 'replace'],
      ['put', 'activate'],
    ]);
    await customer.apply(answer.updates);
    expect(customer.container.content.counter).toBe(2);
    ok(await customer.receipt(), 200);
    const states = ['Plan', 'Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate', 'IssueUpdate', 'Confirm'];
    await expect.poll(() => world.statesOf(answer.id), PATIENCE).toEqual(states);
    expect(await world.containerOf(customer.serial)).toMatchObject({ counter: 2, outstanding: [], pending: [] });
    expect(heldBy(customer)).toEqual([present(assigned).id, fresh.id, present(activated).id].sort());
  });
});

describe('Q2: requirements', () => {
  it('requirements are checked on the content after the whole sequence, not between its steps', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const { customer, licenses } = await customerWith(base, addOn);
    const [next] = await world.sell(base);
    // Between the two steps the add-on lacks its base license.
    const answer = await customer.sync({ deactivate: [present(licenses[0]).id], activate: [present(next)] });
    expect(answer.dropped).toEqual([]);
    expect(heldBy(customer)).toEqual([present(licenses[1]).id, present(next).id].sort());
  });

  it('an add-on and its base license can be activated in one request, in any order', async () => {
    const base = await world.product();
    const [addOn, one] = await world.sell(await world.product([base]), base);
    const { customer } = await customerWith();
    await customer.sync({ activate: [present(addOn), present(one)] });
    expect(heldBy(customer)).toHaveLength(2);
  });
});

describe('Q3: a manual conflict while a vendor action is pending', () => {
  it('a conflict drops all manual actions, each with its reason, and the update carries out the vendor’s', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product, product);
    const [taken, kept] = licenses;
    const [wanted] = await world.sell(product);
    await withdraw(present(taken).id);
    // The deactivation of a license that step 1 withdraws is a conflict; the other two alone are not.
    const answer = await customer.reprogram({
      deactivate: [present(taken).id, present(kept).id],
      activate: [present(wanted)],
    });
    expect(answer.status).toBe('issued');
    expect(answer.executed).toEqual({
      withdraw: [present(taken).id],
      deactivate: [],
      assign: [],
      replace: [],
      activate: [],
    });
    expect(answer.dropped.map(({ action, license }) => [action, license])).toEqual([
      ['deactivate', present(taken).id],
      ['deactivate', present(kept).id],
      ['activate', present(wanted).id],
    ]);
    expect(answer.dropped[0]?.reason).toBe('withdrawn');
    for (const { reason } of answer.dropped) expect(REASONS).toContain(reason);
    await customer.apply(answer.updates);
    ok(await customer.receipt(), 200);
    expect(heldBy(customer)).toEqual([present(kept).id]);
    expect((await world.license(present(wanted).id)).state).toBe('available');
    expect((await world.license(present(taken).id)).state).toBe('withdrawn');
  });

  it('the workflow runs PlanVendorOnly once', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product);
    await withdraw(present(licenses[0]).id);
    const answer = await customer.sync({ deactivate: [present(licenses[0]).id] });
    await expect
      .poll(() => world.statesOf(answer.id), PATIENCE)
      .toEqual([
        'Plan',
        'PlanVendorOnly',
        'Withdraw',
        'Deactivate',
        'Assign',
        'Replace',
        'Activate',
        'IssueUpdate',
        'Confirm',
      ]);
  });

  it('an add-on whose base license is being withdrawn is dropped', async () => {
    const base = await world.product();
    const { customer, licenses } = await customerWith(base);
    const [addOn] = await world.sell(await world.product([base]));
    await withdraw(present(licenses[0]).id);
    const answer = await customer.sync({ activate: [present(addOn)] });
    expect(answer.dropped).toMatchObject([
      { action: 'activate', license: present(addOn).id, reason: 'requires-unmet' },
    ]);
    expect(answer.executed.withdraw).toEqual([present(licenses[0]).id]);
    expect(heldBy(customer)).toEqual([]);
  });

  it('manual actions with many reasons are all dropped and named, and the vendor’s actions run', PATIENCE, async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const items = [
      { product: base, quantity: 160 },
      { product: addOn, quantity: 160 },
      { product: await world.product() },
    ];
    const { licenses } = await world.order(items);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    const doomed = present(licenses.at(-1)).id;
    await withdraw(doomed);
    const deactivate = licenses.slice(0, 160).map(({ id }) => id);
    const made = await customer.sync({ deactivate });
    expect(made.executed).toMatchObject({ withdraw: [doomed], deactivate: [] });
    expect(conflictsOf({ conflicts: made.dropped })).toEqual(
      deactivate.map((license) => ({ action: 'deactivate', license, reason: 'required-by' })),
    );
    expect(heldBy(customer)).not.toContain(doomed);
  });

  it(
    '2,000 manual actions with the longest ids are all dropped and named, and the vendor’s actions run',
    PATIENCE,
    async () => {
      const { customer, licenses } = await customerWith(await world.product());
      const [doomed] = licenses;
      await withdraw(present(doomed).id);
      const made = (of: string) =>
        Array.from({ length: 1_000 }, (_, index) => `${of}${String(index).padStart(3, '0')}${'漢'.repeat(20)}`);
      const chosen = {
        deactivate: made('d'),
        activate: made('a').map((id) => ({ id, ticket: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' })),
      };
      const response = await customer.sync(chosen);
      expect(response.executed.withdraw).toEqual([present(doomed).id]);
      expect(conflictsOf({ conflicts: response.dropped })).toEqual([
        ...chosen.deactivate.map((license) => ({ action: 'deactivate', license, reason: 'not-in-container' })),
        ...chosen.activate.map(({ id }) => ({ action: 'activate', license: id, reason: 'not-on-ticket' })),
      ]);
      expect(heldBy(customer)).toEqual([]);
    },
  );

  it('GET on the reprogramming names the dropped actions, as the preview did', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product);
    await withdraw(present(licenses[0]).id);
    const chosen: Chosen = { deactivate: [present(licenses[0]).id] };
    const preview = ok(await customer.ask(chosen, { preview: true }), 200);
    expect(preview.dropped).toMatchObject([
      { action: 'deactivate', license: present(licenses[0]).id, reason: 'withdrawn' },
    ]);
    const answer = await customer.reprogram(chosen);
    expect(answer.dropped).toEqual(preview.dropped);
    const again = ok(await world.user('GET', `/depot/reprogrammings/${answer.id}`), 200);
    expect(again).toEqual(answer);
  });
});

describe('Q4: a conflict without a pending vendor action', () => {
  it('a conflict changes nothing, and the answer names each reason', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product);
    const [wanted] = await world.sell(product);
    const before = await world.containerOf(customer.serial);
    const events = await world.historyOf({ container: customer.serial });
    const problem = expectProblem(
      await customer.ask({
        deactivate: ['0000NOSUCHLICENSE000', present(licenses[0]).id],
        activate: [present(wanted)],
      }),
      'manual-conflict',
    );
    expect(conflictsOf(problem)).toEqual([
      { action: 'deactivate', license: '0000NOSUCHLICENSE000', reason: 'not-in-container' },
    ]);
    expect(await world.containerOf(customer.serial)).toEqual(before);
    expect(await world.historyOf({ container: customer.serial })).toEqual(events);
    expect((await world.license(present(wanted).id)).state).toBe('available');
    const preview = await customer.ask({ deactivate: ['0000NOSUCHLICENSE000'] }, { preview: true });
    expect(conflictsOf(expectProblem(preview, 'manual-conflict'))).toHaveLength(1);
  });
});

describe('Q5: nothing to do', () => {
  it('a request with nothing to do is answered with unchanged: no update, same counter', async () => {
    const { customer } = await customerWith(await world.product());
    const before = await world.containerOf(customer.serial);
    const reply = await customer.ask();
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      status: 'unchanged',
      executed: { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] },
      dropped: [],
      updates: [],
    });
    expect(reply.body.id).toEqual(expect.any(String));
    expect(await world.containerOf(customer.serial)).toEqual(before);
  });

  it('an unknown container with nothing to do is answered with unchanged, and nothing is stored', async () => {
    const customer = await world.customer();
    expect((await customer.reprogram()).status).toBe('unchanged');
    expectProblem(await world.vendor('GET', `/containers/${customer.serial}`), 'not-found');
  });
});

describe('Q6: the reasons of a conflict', () => {
  it('a license of another ticket, a foreign ticket code or an unknown license is not-on-ticket', async () => {
    const product = await world.product();
    const [license] = await world.sell(product);
    const [other] = await world.sell(product);
    const { customer } = await customerWith();
    for (const activate of [
      { id: present(license).id, ticket: present(other).ticket },
      { id: present(license).id, ticket: '00000-00000-00000-00000-00000' },
      { id: '0000NOSUCHLICENSE000', ticket: present(license).ticket },
    ]) {
      const problem = expectProblem(await customer.ask({ activate: [activate] }), 'manual-conflict');
      expect(conflictsOf(problem)).toEqual([{ action: 'activate', license: activate.id, reason: 'not-on-ticket' }]);
    }
    expect((await world.license(present(license).id)).state).toBe('available');
  });

  it('a license in another container, or in this one, is not-available', async () => {
    const product = await world.product();
    const { customer, licenses } = await customerWith(product);
    const { customer: rival } = await customerWith();
    for (const asking of [rival, customer]) {
      const problem = expectProblem(await asking.ask({ activate: [present(licenses[0])] }), 'manual-conflict');
      expect(conflictsOf(problem)).toEqual([
        { action: 'activate', license: present(licenses[0]).id, reason: 'not-available' },
      ]);
    }
  });

  it('the base license of an add-on cannot be deactivated: required-by', async () => {
    const base = await world.product();
    const { customer, licenses } = await customerWith(base, await world.product([base]));
    const problem = expectProblem(await customer.ask({ deactivate: [present(licenses[0]).id] }), 'manual-conflict');
    expect(conflictsOf(problem)).toEqual([
      { action: 'deactivate', license: present(licenses[0]).id, reason: 'required-by' },
    ]);
    await customer.sync({ deactivate: licenses.map(({ id }) => id) });
    expect(heldBy(customer)).toEqual([]);
  });

  it('a ticket code is accepted in lower case and with spaces', async () => {
    const [license] = await world.sell(await world.product());
    const { customer } = await customerWith();
    const typed = present(license).ticket.toLowerCase().replaceAll('-', ' ');
    await customer.sync({ activate: [{ id: present(license).id, ticket: typed }] });
    expect(heldBy(customer)).toEqual([present(license).id]);
  });
});

describe('Q7: vendor actions', () => {
  it('a withdrawal is checked against the target content, including outstanding updates', async () => {
    const base = await world.product();
    const { customer, licenses } = await customerWith(base);
    const [addOn] = await world.sell(await world.product([base]));
    await customer.reprogram({ activate: [present(addOn)] });
    const reply = await world.vendor('POST', `/licenses/${present(licenses[0]).id}/withdrawal`, { body: {} });
    expect(expectProblem(reply, 'dependency-violation').dependents).toEqual([present(addOn).id]);
    // The user returns the add-on, without a receipt yet, so the withdrawal is possible.
    await customer.reprogram({ deactivate: [present(addOn).id] });
    await withdraw(present(licenses[0]).id);
    await customer.sync();
    expect(heldBy(customer)).toEqual([]);
  });

  it('manual actions that would break an accepted assignment are dropped', async () => {
    const base = await world.product();
    const { customer, licenses } = await customerWith(base, base);
    const [addOn] = await world.sell(await world.product([base]));
    ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${present(addOn).id}`), 202);
    const answer = await customer.sync({ deactivate: licenses.map(({ id }) => id) });
    expect(answer.executed).toMatchObject({ assign: [present(addOn).id], deactivate: [] });
    expect(answer.dropped.map(({ license }) => license)).toEqual(licenses.map(({ id }) => id));
    expect(heldBy(customer)).toHaveLength(3);
  });
});

const REASONS = [
  'not-on-ticket',
  'not-available',
  'reserved-elsewhere',
  'not-in-container',
  'withdrawn',
  'expired',
  'requires-unmet',
  'required-by',
  'dropped-together',
];
