import { expect, test } from 'vitest';
import { findOrder, type SentRequest } from './checker.ts';
import * as rules from './model.ts';

const SERIAL = 'container';
const BASIC = { id: 'basic', ticket: 'ticket', product: 'basic', requires: [], isExpired: false, end: '' };
const ADDON = { id: 'addon', ticket: 'ticket', product: 'addon', requires: ['basic'], isExpired: false, end: '' };
const SPARE = { id: 'spare', ticket: 'ticket', product: 'spare', requires: [], isExpired: false, end: '' };

/** A container with three licenses, one of which has a pending withdrawal. */
function withPendingWithdrawal(): rules.Model {
  const model = rules.newModel();
  rules.order(model, [BASIC, ADDON, SPARE]);
  const activate = [BASIC, ADDON, SPARE].map(({ id, ticket }) => ({ license: id, ticket }));
  rules.reprogram(model, SERIAL, { key: 'first', activate, deactivate: [] }, false);
  rules.withdraw(model, SPARE.id);
  return model;
}

/** The user deactivates a license that another one requires: it is dropped because of the withdrawal (Q3). */
const ask = (model: rules.Model, key: string): rules.Expected =>
  rules.reprogram(model, SERIAL, { key, activate: [], deactivate: [BASIC.id] }, false);

const unanswered = (key: string): SentRequest => ({
  text: key,
  reply: { kind: 'lost' },
  atomicSteps: [{ run: (model) => ask(model, key) }],
  completion: 'unknown',
});

test.each(['one', 'other'])('the checker finds which of two unanswered requests the table contains: the %s', (key) => {
  const truth = withPendingWithdrawal();
  ask(truth, key);

  const found = findOrder(
    withPendingWithdrawal(),
    [unanswered('one'), unanswered('other')],
    rules.observedStates(truth),
  );

  expect(found?.containers.get(SERIAL)?.updates.map(({ request }) => request)).toEqual(['first', key]);
  // Asked again, the found request gets its answer; the other is refused, because no vendor action is pending any more (Q4).
  const answers = ['one', 'other'].map((again) => found && ask(found, again).status);
  expect(answers).toEqual(key === 'one' ? [200, 409] : [409, 200]);
});
