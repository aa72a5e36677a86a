import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import { decideReprogramming } from '../../../domain/reprogramming.ts';
import {
  brokenLicenses,
  type Conflict,
  type ContainerView,
  isRenewal,
  NO_MANUAL_ACTIONS,
  runSequence,
  STEPS,
} from '../../../domain/sequence.ts';
import { runs } from './seed.ts';
import { type Outcome, openWorld, type Step, take, viewOf, type World } from './world.ts';

const number = fc.nat(60);
const box = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sell' as const), product: number, expires: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), license: number }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('replace' as const), license: number, product: number }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('renew' as const),
      license: number,
      term: fc.constantFrom('expiresAt' as const, 'leaseDays' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('assign' as const), license: number, box }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), license: number }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('reprogram' as const),
      box,
      activate: fc.array(number, { maxLength: 4 }),
      deactivate: fc.array(number, { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('receipt' as const), box, upTo: fc.integer({ min: 1, max: 3 }) }),
  },
);

/** Five products, of which each may require any of those before it. */
const products = fc.tuple(
  ...[0, 1, 2, 3, 4].map((index) => fc.subarray([...Array(index).keys()], { maxLength: Math.min(index, 2) })),
);

/** Plays random histories and checks the outcome of each step. Frequent checks use `assert`, which is faster. */
function histories(check: (outcome: Outcome, world: World) => void, numRuns = 600): void {
  fc.assert(
    fc.property(products, fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), (requires, steps) => {
      const world = openWorld(requires);
      for (const one of steps) check(take(world, one), world);
    }),
    runs(numRuns),
  );
}

/** Whether the content after the vendor actions meets every requirement; written without `runSequence`. */
function isSound(container: ContainerView, pending: readonly PendingAction[]): boolean {
  const held = new Map([...container.content.values()].map((license) => [license.id, license]));
  for (const action of pending) {
    // N1: it changes no product.
    if (action.action === 'renew') continue;
    if (action.action === 'assign') held.set(action.license.id, action.license);
    else if (held.delete(action.license) && action.action === 'replace')
      held.set(action.replacement.id, action.replacement);
  }
  return [...held.values()].every(({ requires }) =>
    requires.every((code) => [...held.values()].some(({ product }) => product === code)),
  );
}

describe('random histories of vendor actions and requests', () => {
  it('I9 the vendor-only sequence over the target content always succeeds, and a plain reading of Q2 agrees', () => {
    let pendingSets = 0;
    histories((_, world) => {
      for (const one of world.boxes) {
        const container = viewOf(one);
        if (container.pending.length > 0) pendingSets += 1;
        const { broken, conflicts } = runSequence(container, NO_MANUAL_ACTIONS, 0);
        assert.deepEqual({ broken, conflicts }, { broken: [], conflicts: [] });
        assert(isSound(container, container.pending));
      }
    });
    expect(pendingSets).toBeGreaterThan(150);
  });

  it('N1 a renewal of a license that is not final is never refused, changes only its terms, and drops nothing', () => {
    const seen = { pending: 0, executed: 0 };
    histories(({ ...outcome }) => {
      if (outcome.kind === 'reprogramming' && outcome.decision.kind === 'reprogram') {
        for (const change of outcome.decision.changes) {
          if (change.op !== 'put' || !isRenewal(change)) continue;
          seen.executed += 1;
          const before = outcome.container.content.get(change.license.id);
          assert(before !== undefined);
          expect({ ...change.license, terms: {} }).toEqual({ ...before, terms: {} });
          expect(outcome.decision.content.get(before.id)).toBe(change.license);
        }
      }
      if (outcome.kind !== 'vendor-action' || outcome.step !== 'renew') return;
      const { license, container, decision } = outcome;
      if (decision.kind === 'refused') {
        const isWithdrawn = 'earmark' in license.standing && license.standing.earmark?.action === 'withdraw';
        // W6, W7: it ends a withdrawal only if the rest can run without it.
        if (isWithdrawn) expect(decision.refusal.code).toBe('dependency-violation');
        else expect(['license-final', 'reprogramming-in-flight']).toContain(decision.refusal.code);
      }
      if (decision.kind === 'pending' && container !== undefined) {
        seen.pending += 1;
        const { content } = runSequence({ ...container, pending: decision.pending }, NO_MANUAL_ACTIONS, 0);
        const products = [...content.values()].map(({ product }) => product);
        expect(brokenLicenses(content)).toEqual([]);
        const isReplaced = 'earmark' in license.standing && license.standing.earmark?.action === 'replace';
        if (container.content.has(license.id) && !isReplaced) expect(products).toContain(license.product);
      }
    });
    expect(seen.pending).toBeGreaterThan(50);
    expect(seen.executed).toBeGreaterThan(20);
  });

  it('Q7 an accepted vendor action leaves every requirement met, and a refused one names dependents', () => {
    const seen = { accepted: 0, refused: 0 };
    histories(({ ...outcome }) => {
      if (outcome.kind !== 'vendor-action' || outcome.container === undefined) return;
      const { license, container, decision } = outcome;
      if (decision.kind === 'pending') {
        seen.accepted += 1;
        expect(isSound(container, decision.pending)).toBe(true);
      } else if (decision.kind === 'refused' && decision.refusal.code === 'dependency-violation') {
        seen.refused += 1;
        // W2: each named dependent is in the container, pending for it, or the license of the action itself.
        const known = new Set([...container.content.keys(), ...container.pending.map(licenseOfAction), license.id]);
        for (const action of container.pending) if (action.action === 'replace') known.add(action.replacement.id);
        const waiting = license.standing.at === 'available' && license.standing.reservation?.for === 'replace';
        if (!waiting) expect([...known]).toEqual(expect.arrayContaining([...decision.refusal.dependents]));
        expect(decision.refusal.dependents.length).toBeGreaterThan(0);
      }
    });
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(10);
  });

  it('Q3 with a conflict exactly the vendor’s changes happen, and every manual action is dropped or satisfied', () => {
    let conflicts = 0;
    histories((outcome, world) => {
      if (outcome.kind !== 'reprogramming' || outcome.container.pending.length === 0) return;
      const { container, manual, decision } = outcome;
      expect(decision.kind).not.toBe('conflict');
      if (decision.kind === 'conflict' || decision.dropped.length === 0) return;
      conflicts += 1;
      const vendorOnly = runSequence(container, NO_MANUAL_ACTIONS, world.clock);
      // At the limit of outstanding updates the vendor's changes wait.
      if (decision.kind === 'full') expect(vendorOnly.changes).not.toEqual([]);
      else expect(decision.kind === 'reprogram' ? decision.changes : []).toEqual(vendorOnly.changes);
      const { satisfied } = runSequence(container, manual, world.clock);
      const named = new Set([...decision.dropped, ...satisfied].map(({ action, license }) => `${action} ${license}`));
      const asked = [
        ...manual.deactivate.map((id) => `deactivate ${id}`),
        ...manual.activate.map(({ license }) => `activate ${license.id}`),
      ];
      expect(named).toEqual(new Set(asked));
    });
    expect(conflicts).toBeGreaterThan(50);
  });

  it('Q4 Q5 a conflict without a pending vendor action changes nothing; without a conflict every manual action happens', () => {
    let full = 0;
    histories((outcome, world) => {
      if (outcome.kind !== 'reprogramming') return;
      const { container, manual, decision } = outcome;
      if (decision.kind === 'conflict') {
        expect(container.pending).toEqual([]);
        expect(decision.conflicts.length).toBeGreaterThan(0);
      } else if (decision.kind === 'full') {
        full += 1;
        // T1: the decision says whether a manual action was to make a change.
        const { changes, conflicts } = runSequence(container, manual, world.clock);
        const hasManualActions = changes.some(({ step }) => step === 'deactivate' || step === 'activate');
        expect(decision.hasManualActions).toBe(conflicts.length > 0 || hasManualActions);
        expect(container.isFull).toBe(true);
      } else if (decision.dropped.length === 0) {
        const { content } = decision.kind === 'reprogram' ? decision : container;
        const { satisfied } = runSequence(container, manual, world.clock);
        const carriedOut = new Set(satisfied.map(({ license }) => license));
        for (const { license } of manual.activate)
          expect(content.has(license.id) || carriedOut.has(license.id)).toBe(true);
        for (const id of manual.deactivate) expect(content.has(id)).toBe(false);
      }
    });
    expect(full).toBeGreaterThan(0);
  });

  it('Q2 after every reprogramming all requirements of the content are met', () => {
    histories((outcome) => {
      if (outcome.kind !== 'reprogramming' || outcome.decision.kind !== 'reprogram') return;
      const { content } = outcome.decision;
      const products = new Set([...content.values()].map((license) => license.product));
      for (const { requires } of content.values()) expect([...products]).toEqual(expect.arrayContaining([...requires]));
    });
  });

  it('Q1 the changes are in the order of the steps, and lead from the content before to the content after', () => {
    histories((outcome) => {
      if (outcome.kind !== 'reprogramming' || outcome.decision.kind !== 'reprogram') return;
      const { changes, content } = outcome.decision;
      const ranks = changes.map((change) => STEPS.indexOf(change.step));
      expect(ranks).toEqual([...ranks].sort((one, other) => one - other));
      const held = new Set(outcome.container.content.keys());
      for (const { op, license } of changes) {
        expect(held.has(license.id)).toBe(op === 'remove');
        if (op === 'remove') held.delete(license.id);
        else held.add(license.id);
      }
      expect(held).toEqual(new Set(content.keys()));
    });
  });

  it('I1 every license is in one container, or reserved, or on the ticket, or final', () => {
    histories((_, world) => {
      for (const { id, standing } of world.licenses.values()) {
        const inside = world.boxes.filter((one) => one.content.has(id)).map((one) => one.serial);
        assert.deepEqual(inside, standing.at === 'collected' ? [standing.container] : []);
        const pending = world.boxes.flatMap((one) => one.pending.filter((action) => licenseOfAction(action) === id));
        const waits =
          standing.at === 'available'
            ? standing.reservation?.for === 'assign'
            : (standing.at === 'collected' || standing.at === 'returned') && standing.earmark !== undefined;
        // The license's earmark and the container's pending action record the same vendor action.
        assert.equal(pending.length, waits ? 1 : 0);
        if (standing.at !== 'available' || standing.reservation?.for !== 'replace') continue;
        const old = world.licenses.get(standing.reservation.predecessor)?.standing;
        expect(old).toMatchObject({ earmark: { action: 'replace', replacement: id } });
      }
    });
  });

  it('I5 a decision is the same each time, and does not change its arguments', () => {
    histories((outcome, world) => {
      if (outcome.kind !== 'reprogramming') return;
      const { container, manual, decision } = outcome;
      const before = structuredClone({ container, manual });
      expect(decideReprogramming(container, manual, world.clock)).toEqual(decision);
      expect({ container, manual }).toEqual(before);
    }, 200);
  });

  it('T4 the same request again, while its update is outstanding, changes nothing more', () => {
    let repeated = 0;
    histories((outcome, world) => {
      if (outcome.kind !== 'reprogramming' || outcome.decision.kind !== 'reprogram') return;
      if (outcome.decision.dropped.length > 0) return;
      repeated += 1;
      const serial = world.boxes.find(
        (one) => one.outstanding.at(-1)?.changes === (outcome.decision as { changes: unknown }).changes,
      );
      if (serial === undefined) throw new Error('The update is not outstanding');
      const offered = outcome.manual.activate.map(({ license }) => ({ license, offer: 'not-available' }) as never);
      const again = decideReprogramming(viewOf(serial), { ...outcome.manual, activate: offered }, world.clock);
      expect(again).toEqual({ kind: 'nothing', dropped: [] });
    });
    expect(repeated).toBeGreaterThan(100);
  });
});

describe('order independence', () => {
  it('the order of the content, of the pending actions and of the manual actions does not change the result', () => {
    histories((outcome, world) => {
      if (outcome.kind !== 'reprogramming') return;
      const { container, manual } = outcome;
      const turned: ContainerView = {
        ...container,
        content: new Map([...container.content].reverse()),
        pending: [...container.pending].reverse(),
      };
      const one = runSequence(container, manual, world.clock);
      const other = runSequence(
        turned,
        { activate: [...manual.activate].reverse(), deactivate: [...manual.deactivate].reverse() },
        world.clock,
      );
      expect(sorted(other.changes)).toEqual(sorted(one.changes));
      expect(new Set(other.content.keys())).toEqual(new Set(one.content.keys()));
      expect(sorted(other.conflicts.map(namedInOrder))).toEqual(sorted(one.conflicts.map(namedInOrder)));
      expect(sorted(other.broken)).toEqual(sorted(one.broken));
    }, 300);
  });
});

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

function namedInOrder(conflict: Conflict): Conflict {
  return conflict.because === undefined ? conflict : { ...conflict, because: [...conflict.because].sort() };
}
