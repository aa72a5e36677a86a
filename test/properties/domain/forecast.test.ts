import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, forecastActions } from '../../../domain/forecast.ts';
import type { License, TicketLicense } from '../../../domain/license.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import { decideReplacement, decideWithdrawal, vendorSequenceFault } from '../../../domain/vendor-action.ts';
import { runs } from './seed.ts';

const DETAILS = { at: '2027-01-01T00:00:00Z' };
const PRODUCTS = 6;

/** Which earlier products each product requires. */
const requirements = fc.tuple(
  ...Array.from({ length: PRODUCTS }, (_, product) => fc.subarray(Array.from({ length: product }, (_none, at) => at))),
);

interface Drawn {
  readonly product: number;
  readonly isSelected: boolean;
}

const drawn = fc.record({
  requires: requirements,
  licenses: fc.array(fc.record({ product: fc.nat(PRODUCTS - 1), isSelected: fc.boolean() }), { maxLength: 14 }),
  target: fc.nat(PRODUCTS - 1),
  action: fc.constantFrom('withdraw' as const, 'replace' as const),
});

type Case = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never;

const code = (product: number): string => `p${product}`;

/** A container with all drawn licenses whose requirements it meets. */
function containerOf({ requires, licenses }: Case): { view: ContainerView; selected: License[] } {
  const make = ({ product }: Drawn, index: number): TicketLicense => ({
    id: `license-${String(index).padStart(2, '0')}`,
    product: code(product),
    requires: (requires[product] ?? []).map(code),
    terms: {},
    ticket: 'ticket',
    orderId: 'order',
  });
  let held = licenses.map((one, index) => ({ license: make(one, index), isSelected: one.isSelected }));
  for (let before = -1; before !== held.length; ) {
    before = held.length;
    const there = new Set(held.map(({ license }) => license.product));
    held = held.filter(({ license }) => license.requires.every((product) => there.has(product)));
  }
  const content = new Map(held.map(({ license }) => [license.id, license]));
  const selected = held
    .filter(({ isSelected }) => isSelected)
    .map(({ license }): License => ({ ...license, standing: { at: 'collected', container: 'c', counter: 1 } }));
  return {
    view: { content, pending: [], arriving: new Set(), leaving: new Set(), renewing: new Set(), isFull: false },
    selected,
  };
}

function candidatesOf({ action, target, requires }: Case, selected: readonly License[]): Candidate[] {
  return selected.map((license) => {
    if (action === 'withdraw') {
      return { license: license.id, decide: (view) => decideWithdrawal(license, view, DETAILS) };
    }
    const product = code(target);
    const fresh = { ...license, id: `${license.id}-new`, product, requires: (requires[target] ?? []).map(code) };
    return { license: license.id, decide: (view) => decideReplacement(license, fresh, undefined, view, DETAILS) };
  });
}

describe('the forecast of a bulk order in one container', () => {
  test('each accepted action is accepted in turn, every requirement stays met, and no refused action could be accepted', () => {
    let refusals = 0;
    fc.assert(
      fc.property(drawn, (drawnCase) => {
        const { view, selected } = containerOf(drawnCase);
        const candidates = candidatesOf(drawnCase, selected);
        const { accepted, refused } = forecastActions(candidates, view);
        expect([...accepted, ...refused].map(({ license }) => license).sort()).toEqual(selected.map(({ id }) => id));

        const byId = new Map(candidates.map((candidate) => [candidate.license, candidate]));
        let now = view;
        for (const { license } of accepted) {
          const decision = byId.get(license)?.decide(now);
          expect(decision?.kind).toBe('pending');
          if (decision?.kind === 'pending') now = { ...now, pending: decision.pending };
        }
        expect(vendorSequenceFault(view, now.pending)).toBeUndefined();
        for (const { license } of refused) expect(byId.get(license)?.decide(now).kind).toBe('refused');
        refusals += refused.length;
      }),
      runs(1_000),
    );
    // Otherwise the property has tested no refusal.
    expect(refusals).toBeGreaterThan(0);
  });

  test('a withdrawal of all licenses is accepted for all of them', () => {
    fc.assert(
      fc.property(drawn, (drawnCase) => {
        const whole: Case = {
          ...drawnCase,
          action: 'withdraw',
          licenses: drawnCase.licenses.map((license) => ({ ...license, isSelected: true })),
        };
        const { view, selected } = containerOf(whole);
        const { accepted, refused } = forecastActions(candidatesOf(whole, selected), view);
        expect(refused).toEqual([]);
        expect(accepted).toHaveLength(view.content.size);
      }),
      runs(500),
    );
  });

  test('the number of accepted withdrawals does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(drawn, fc.infiniteStream(fc.nat()), (drawnCase, chance) => {
        const { view, selected } = containerOf({ ...drawnCase, action: 'withdraw' });
        const candidates = candidatesOf({ ...drawnCase, action: 'withdraw' }, selected);
        const shuffled = candidates
          .map((candidate) => ({ candidate, rank: Number(chance.next().value) }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ candidate }) => candidate);
        expect(forecastActions(shuffled, view).accepted).toHaveLength(
          forecastActions(candidates, view).accepted.length,
        );
      }),
      runs(500),
    );
  });
});
