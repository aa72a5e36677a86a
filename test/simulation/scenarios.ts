/** Pairs of concurrent requests in the smallest world, and what must hold after them in any order of calls. */

import { apply, done, type Fixture, licenseOf, order, receipt, reprogramming, serialOf, sync } from './fixture.ts';
import type { Scenario } from './interleavings.ts';
import { Violation } from './invariants.ts';
import type { HttpRequest, Reply } from './world.ts';

const nothing = async (): Promise<void> => undefined;

/** Container 0 has collected license 0 and sent its receipt. */
const collected = async (fixture: Fixture): Promise<void> => {
  await sync(fixture, 0, { activate: [0] });
};

/** Container 0 has imported an update and not sent its receipt. */
const withoutReceipt =
  (manual: Parameters<typeof reprogramming>[2], before: Scenario['before'] = nothing): Scenario['before'] =>
  async (fixture) => {
    await before(fixture);
    const request = await reprogramming(fixture, 0, manual);
    await apply(fixture, 0, await done(fixture, () => fixture.world.http({ ...request, wait: 10 })));
  };

const after =
  (before: Scenario['before'], request: (fixture: Fixture) => HttpRequest): Scenario['before'] =>
  async (fixture) => {
    await before(fixture);
    await done(fixture, () => fixture.world.http(request(fixture)));
  };

const push = (fixture: Fixture): HttpRequest => ({
  name: 'pushReprogramming',
  params: { serial: serialOf(fixture, 0) },
});

const retirement = (fixture: Fixture): HttpRequest => ({
  name: 'retireContainer',
  params: { serial: serialOf(fixture, 0) },
  body: { licenses: 'restore', reason: 'gone' },
});

const stateOf = (fixture: Fixture, name: string): string => fixture.invariants.observed().get(name) ?? 'unknown';
const license = (fixture: Fixture, index: number): string => stateOf(fixture, licenseOf(fixture, index));
const container = (fixture: Fixture, number: number): string => stateOf(fixture, serialOf(fixture, number));

const codeOf = (reply: Reply | undefined): string =>
  reply?.kind === 'answer' ? String(reply.body['code'] ?? reply.status) : 'lost';

const must = (holds: boolean, rule: string, fixture: Fixture, replies: readonly Reply[]): void => {
  if (holds) return;
  const states = [...fixture.invariants.observed()].map(([name, state]) => `${name}: ${state}`);
  throw new Violation(rule, [replies.map(codeOf).join(', '), ...states].join('\n  '));
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'two containers want one license': {
    before: nothing,
    requests: async (fixture) => [
      await reprogramming(fixture, 0, { activate: [0] }),
      await reprogramming(fixture, 1, { activate: [0] }),
    ],
    check: (fixture, replies) => must(license(fixture, 0).startsWith('in '), 'T6', fixture, replies),
  },
  'a request comes twice': {
    before: nothing,
    requests: async (fixture) => {
      const request = await reprogramming(fixture, 0, { activate: [0] });
      return [request, request];
    },
    check: (fixture, replies) => must(container(fixture, 0).startsWith('active 0/1,'), 'T5', fixture, replies),
  },
  'one container wants two licenses, one by one': {
    before: nothing,
    requests: async (fixture) => [
      await reprogramming(fixture, 0, { activate: [0] }),
      await reprogramming(fixture, 0, { activate: [1] }),
    ],
    check: (fixture, replies) =>
      must(license(fixture, 0).startsWith('in ') && license(fixture, 1).startsWith('in '), 'T4', fixture, replies),
  },
  'an available license is activated and withdrawn': {
    before: nothing,
    requests: async (fixture) => [
      await reprogramming(fixture, 0, { activate: [0] }),
      order(fixture, 'withdrawLicense', 0),
    ],
    check: (fixture, replies) => {
      const state = license(fixture, 0);
      const expected = { 200: 'withdrawn', 202: 'to withdraw', 'reprogramming-in-flight': 'in ' }[codeOf(replies[1])];
      must(expected !== undefined && state.includes(expected), 'W1', fixture, replies);
    },
  },
  'a license is deactivated and withdrawn': {
    before: collected,
    requests: async (fixture) => [
      await reprogramming(fixture, 0, { deactivate: 'all' }),
      order(fixture, 'withdrawLicense', 0),
    ],
    check: (fixture, replies) => {
      const state = license(fixture, 0);
      const isRefused = codeOf(replies[1]) === 'reprogramming-in-flight';
      const isLeaving = state.startsWith('deactivate: leaves') || state.startsWith('withdraw: leaves');
      const isEarmarked = state.endsWith('to withdraw') || state.startsWith('withdraw: leaves');
      must(isRefused || isEarmarked, 'W3', fixture, replies);
      must(isLeaving || isEarmarked, 'W4', fixture, replies);
    },
  },
  'a license is deactivated and replaced': {
    before: collected,
    requests: async (fixture) => [
      await reprogramming(fixture, 0, { deactivate: 'all' }),
      order(fixture, 'replaceLicense', 0),
    ],
    check: (fixture, replies) => {
      const state = license(fixture, 0);
      const isOrdered = state.includes('to replace by') || state.startsWith('replace: leaves');
      must(isOrdered || codeOf(replies[1]) === 'reprogramming-in-flight', 'R3', fixture, replies);
    },
  },
  'a receipt comes twice': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (fixture) => {
      const request = await receipt(fixture, 0);
      return [request, request];
    },
    check: (fixture, replies) => {
      must(
        replies.every((reply) => codeOf(reply) === '200'),
        'T5',
        fixture,
        replies,
      );
      must(container(fixture, 0).startsWith('active 1/1,'), 'T2', fixture, replies);
    },
  },
  'a license is withdrawn while its receipt comes': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (fixture) => [await receipt(fixture, 0), order(fixture, 'withdrawLicense', 0)],
    check: (fixture, replies) => must(license(fixture, 0).endsWith('to withdraw'), 'W3', fixture, replies),
  },
  'a returned license is withdrawn while its receipt comes': {
    before: withoutReceipt({ deactivate: 'all' }, collected),
    requests: async (fixture) => [await receipt(fixture, 0), order(fixture, 'withdrawLicense', 0)],
    check: (fixture, replies) => must(license(fixture, 0) === 'withdrawn', 'W5', fixture, replies),
  },
  'a license comes back while another container wants it': {
    before: withoutReceipt({ deactivate: 'all' }, collected),
    requests: async (fixture) => [await receipt(fixture, 0), await reprogramming(fixture, 1, { activate: [0] })],
    check: (fixture, replies) => {
      const isRefused = codeOf(replies[1]) === 'manual-conflict';
      const state = license(fixture, 0);
      must(
        isRefused ? state === 'available' : state.startsWith(`in ${serialOf(fixture, 1)}`) || state === 'available',
        'I7',
        fixture,
        replies,
      );
    },
  },
  'a license is assigned while another container wants it': {
    before: nothing,
    requests: async (fixture) => [
      order(fixture, 'assignLicense', 0, 0),
      await reprogramming(fixture, 1, { activate: [0] }),
    ],
    check: (fixture, replies) => {
      const state = license(fixture, 0);
      const isAssigned = codeOf(replies[0]) === '202';
      must(
        isAssigned === state.includes('assigned to') && isAssigned !== state.startsWith('in '),
        'A1',
        fixture,
        replies,
      );
    },
  },
  'a withdrawal is cancelled while the container asks for its updates': {
    before: after(collected, (fixture) => order(fixture, 'withdrawLicense', 0)),
    requests: async (fixture) => [order(fixture, 'cancelWithdrawal', 0), await reprogramming(fixture, 0)],
    check: (fixture, replies) => {
      const isCancelled = codeOf(replies[0]) === '200';
      const state = license(fixture, 0);
      must(isCancelled ? state.endsWith(' since 1') : state.startsWith('withdraw: leaves'), 'W6', fixture, replies);
    },
  },
  'the vendor pushes while the user asks': {
    before: after(collected, (fixture) => order(fixture, 'withdrawLicense', 0)),
    requests: async (fixture) => [push(fixture), await reprogramming(fixture, 0, { activate: [1] })],
    check: (fixture, replies) => {
      must(license(fixture, 0).startsWith('withdraw: leaves'), 'P1', fixture, replies);
      must(license(fixture, 1).startsWith('in '), 'T4', fixture, replies);
    },
  },
  'a container is retired while its receipt comes': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (fixture) => [retirement(fixture), await receipt(fixture, 0)],
    check: (fixture, replies) => {
      must(container(fixture, 0).startsWith('retired'), 'T7', fixture, replies);
      must(license(fixture, 0) === 'available', 'T7', fixture, replies);
      const isConfirmed = container(fixture, 0).startsWith('retired 1/1');
      must((codeOf(replies[1]) === '200') === isConfirmed, 'I2', fixture, replies);
    },
  },
  'a container is retired while it asks': {
    before: collected,
    requests: async (fixture) => [retirement(fixture), await reprogramming(fixture, 0, { activate: [1] })],
    check: (fixture, replies) => {
      must(container(fixture, 0).startsWith('retired'), 'T7', fixture, replies);
      must(license(fixture, 0) === 'available' && license(fixture, 1) === 'available', 'T7', fixture, replies);
    },
  },
};
