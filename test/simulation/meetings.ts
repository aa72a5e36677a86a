/** What can meet in the smallest world: two requests at the same time, and what must have come of them in any order. */

import type { Meeting } from './interleavings.ts';
import { Violation } from './invariants.ts';
import { apply, done, licenseOf, order, receipt, reprogramming, type Scene, serialOf, sync } from './scene.ts';
import type { HttpRequest, Reply } from './world.ts';

const nothing = async (): Promise<void> => undefined;

/** Container 0 has collected license 0, and its receipt has come. */
const collected = async (scene: Scene): Promise<void> => {
  await sync(scene, 0, { activate: [0] });
};

/** Container 0 has asked, has the update, and has not sent its receipt. */
const withoutReceipt =
  (manual: Parameters<typeof reprogramming>[2], before: Meeting['before'] = nothing): Meeting['before'] =>
  async (scene) => {
    await before(scene);
    const request = await reprogramming(scene, 0, manual);
    await apply(scene, 0, await done(scene, () => scene.world.http({ ...request, wait: 10 })));
  };

const after =
  (before: Meeting['before'], request: (scene: Scene) => HttpRequest): Meeting['before'] =>
  async (scene) => {
    await before(scene);
    await done(scene, () => scene.world.http(request(scene)));
  };

const push = (scene: Scene): HttpRequest => ({ name: 'pushReprogramming', params: { serial: serialOf(scene, 0) } });

const retirement = (scene: Scene): HttpRequest => ({
  name: 'retireContainer',
  params: { serial: serialOf(scene, 0) },
  body: { licenses: 'restore', reason: 'gone' },
});

const shown = (scene: Scene, name: string): string => scene.invariants.observed().get(name) ?? 'unknown';
const license = (scene: Scene, index: number): string => shown(scene, licenseOf(scene, index));
const container = (scene: Scene, number: number): string => shown(scene, serialOf(scene, number));

const codeOf = (reply: Reply | undefined): string =>
  reply?.kind === 'answer' ? String(reply.body['code'] ?? reply.status) : 'lost';

const must = (holds: boolean, rule: string, scene: Scene, replies: readonly Reply[]): void => {
  if (holds) return;
  const states = [...scene.invariants.observed()].map(([name, state]) => `${name}: ${state}`);
  throw new Violation(rule, [replies.map(codeOf).join(', '), ...states].join('\n  '));
};

export const MEETINGS: Readonly<Record<string, Meeting>> = {
  'two containers want one license': {
    before: nothing,
    requests: async (scene) => [
      await reprogramming(scene, 0, { activate: [0] }),
      await reprogramming(scene, 1, { activate: [0] }),
    ],
    check: (scene, replies) => must(license(scene, 0).startsWith('in '), 'T6', scene, replies),
  },
  'a request comes twice': {
    before: nothing,
    requests: async (scene) => {
      const request = await reprogramming(scene, 0, { activate: [0] });
      return [request, request];
    },
    check: (scene, replies) => must(container(scene, 0).startsWith('active 0/1,'), 'T5', scene, replies),
  },
  'one container wants two licenses, one by one': {
    before: nothing,
    requests: async (scene) => [
      await reprogramming(scene, 0, { activate: [0] }),
      await reprogramming(scene, 0, { activate: [1] }),
    ],
    check: (scene, replies) =>
      must(license(scene, 0).startsWith('in ') && license(scene, 1).startsWith('in '), 'T4', scene, replies),
  },
  'an available license is activated and withdrawn': {
    before: nothing,
    requests: async (scene) => [await reprogramming(scene, 0, { activate: [0] }), order(scene, 'withdrawLicense', 0)],
    check: (scene, replies) => {
      const state = license(scene, 0);
      const expected = { 200: 'withdrawn', 202: 'to withdraw', 'reprogramming-in-flight': 'in ' }[codeOf(replies[1])];
      must(expected !== undefined && state.includes(expected), 'W1', scene, replies);
    },
  },
  'a license is deactivated and withdrawn': {
    before: collected,
    requests: async (scene) => [
      await reprogramming(scene, 0, { deactivate: 'all' }),
      order(scene, 'withdrawLicense', 0),
    ],
    check: (scene, replies) => {
      const state = license(scene, 0);
      const isRefused = codeOf(replies[1]) === 'reprogramming-in-flight';
      const isLeaving = state.startsWith('deactivate: leaves') || state.startsWith('withdraw: leaves');
      const isEarmarked = state.endsWith('to withdraw') || state.startsWith('withdraw: leaves');
      must(isRefused || isEarmarked, 'W3', scene, replies);
      must(isLeaving || isEarmarked, 'W4', scene, replies);
    },
  },
  'a license is deactivated and replaced': {
    before: collected,
    requests: async (scene) => [
      await reprogramming(scene, 0, { deactivate: 'all' }),
      order(scene, 'replaceLicense', 0),
    ],
    check: (scene, replies) => {
      const state = license(scene, 0);
      const isOrdered = state.includes('to replace by') || state.startsWith('replace: leaves');
      must(isOrdered || codeOf(replies[1]) === 'reprogramming-in-flight', 'R3', scene, replies);
    },
  },
  'a receipt comes twice': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (scene) => {
      const request = await receipt(scene, 0);
      return [request, request];
    },
    check: (scene, replies) => {
      must(
        replies.every((reply) => codeOf(reply) === '200'),
        'T5',
        scene,
        replies,
      );
      must(container(scene, 0).startsWith('active 1/1,'), 'T2', scene, replies);
    },
  },
  'a license is withdrawn while its receipt comes': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (scene) => [await receipt(scene, 0), order(scene, 'withdrawLicense', 0)],
    check: (scene, replies) => must(license(scene, 0).endsWith('to withdraw'), 'W3', scene, replies),
  },
  'a returned license is withdrawn while its receipt comes': {
    before: withoutReceipt({ deactivate: 'all' }, collected),
    requests: async (scene) => [await receipt(scene, 0), order(scene, 'withdrawLicense', 0)],
    check: (scene, replies) => must(license(scene, 0) === 'withdrawn', 'W5', scene, replies),
  },
  'a license comes back while another container wants it': {
    before: withoutReceipt({ deactivate: 'all' }, collected),
    requests: async (scene) => [await receipt(scene, 0), await reprogramming(scene, 1, { activate: [0] })],
    check: (scene, replies) => {
      const isRefused = codeOf(replies[1]) === 'manual-conflict';
      const state = license(scene, 0);
      must(
        isRefused ? state === 'available' : state.startsWith(`in ${serialOf(scene, 1)}`) || state === 'available',
        'I7',
        scene,
        replies,
      );
    },
  },
  'a license is assigned while another container wants it': {
    before: nothing,
    requests: async (scene) => [order(scene, 'assignLicense', 0, 0), await reprogramming(scene, 1, { activate: [0] })],
    check: (scene, replies) => {
      const state = license(scene, 0);
      const isAssigned = codeOf(replies[0]) === '202';
      must(
        isAssigned === state.includes('assigned to') && isAssigned !== state.startsWith('in '),
        'A1',
        scene,
        replies,
      );
    },
  },
  'a withdrawal is cancelled while the container asks for its updates': {
    before: after(collected, (scene) => order(scene, 'withdrawLicense', 0)),
    requests: async (scene) => [order(scene, 'cancelWithdrawal', 0), await reprogramming(scene, 0)],
    check: (scene, replies) => {
      const isCancelled = codeOf(replies[0]) === '200';
      const state = license(scene, 0);
      must(isCancelled ? state.endsWith(' since 1') : state.startsWith('withdraw: leaves'), 'W6', scene, replies);
    },
  },
  'the vendor pushes while the user asks': {
    before: after(collected, (scene) => order(scene, 'withdrawLicense', 0)),
    requests: async (scene) => [push(scene), await reprogramming(scene, 0, { activate: [1] })],
    check: (scene, replies) => {
      must(license(scene, 0).startsWith('withdraw: leaves'), 'P1', scene, replies);
      must(license(scene, 1).startsWith('in '), 'T4', scene, replies);
    },
  },
  'a container is retired while its receipt comes': {
    before: withoutReceipt({ activate: [0] }),
    requests: async (scene) => [retirement(scene), await receipt(scene, 0)],
    check: (scene, replies) => {
      must(container(scene, 0).startsWith('retired'), 'T7', scene, replies);
      must(license(scene, 0) === 'available', 'T7', scene, replies);
      const isConfirmed = container(scene, 0).startsWith('retired 1/1');
      must((codeOf(replies[1]) === '200') === isConfirmed, 'I2', scene, replies);
    },
  },
  'a container is retired while it asks': {
    before: collected,
    requests: async (scene) => [retirement(scene), await reprogramming(scene, 0, { activate: [1] })],
    check: (scene, replies) => {
      must(container(scene, 0).startsWith('retired'), 'T7', scene, replies);
      must(license(scene, 0) === 'available' && license(scene, 1) === 'available', 'T7', scene, replies);
    },
  },
};
