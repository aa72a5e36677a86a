import { expect, test } from 'vitest';
import type { Dependencies } from '../../../../functions/dependencies.ts';
import { newEventEndpoint, signingSecrets, withNewSecret } from '../../../../functions/store/event-endpoint-item.ts';
import { messageHeaders } from '../../../../functions/use-cases/events/message.ts';
import { isSignedWith } from '../../../harness/event-receiver.ts';
import { givenRuntime } from '../given-dependencies.ts';

const drawOf =
  ({ random }: Dependencies) =>
  (_: string, bytes: number) =>
    random(bytes);
const endpointOf = (dependencies: Dependencies) =>
  newEventEndpoint(dependencies, 'https://shop.example/', drawOf(dependencies));

const DAY_MS = 24 * 3_600_000;
const FORM = /^whsec_[A-Za-z0-9+/]{43}=$/;

test('a replaced secret signs for exactly 24 more hours', () => {
  const { dependencies } = givenRuntime();
  const rotatedAt = dependencies.now().getTime();
  const before = endpointOf(dependencies);
  const after = withNewSecret(dependencies, before, drawOf(dependencies));
  const [fresh, former] = after.secrets.map(({ secret }) => secret);
  expect(former).toBe(before.secrets[0]?.secret);
  for (const secret of [fresh, former]) expect(secret).toMatch(FORM);
  const at = (milliseconds: number) => signingSecrets(after, new Date(rotatedAt + milliseconds));
  expect(at(0)).toEqual([fresh, former]);
  expect(at(DAY_MS - 1)).toEqual([fresh, former]);
  expect(at(DAY_MS)).toEqual([fresh]);
});

test('a third secret ends the oldest one at once, so that two sign', () => {
  const { dependencies } = givenRuntime();
  const first = endpointOf(dependencies);
  const second = withNewSecret(dependencies, first, drawOf(dependencies));
  const third = withNewSecret(dependencies, second, drawOf(dependencies));
  const signing = signingSecrets(third, dependencies.now());
  expect(signing).toEqual([third.secrets[0]?.secret, second.secrets[0]?.secret]);
  expect(signing).not.toContain(first.secrets[0]?.secret);
});

test('during a rotation, the Standard Webhooks library verifies a message with either secret', () => {
  // The library compares the message's time with the machine's clock.
  const now = new Date();
  const { dependencies } = givenRuntime({ now: () => now });
  const before = endpointOf(dependencies);
  const after = withNewSecret(dependencies, before, drawOf(dependencies));
  const body = '{"type":"license.delivered"}';
  const headers = messageHeaders(after, 'id', body, now);
  const event = { id: 'id', type: '', timestamp: '', data: { id: 'id' }, headers, body };
  const other = endpointOf(dependencies).secrets[0]?.secret ?? '';
  const secrets = [before, after].map(({ secrets: [newest] }) => newest?.secret ?? '');
  expect(secrets.map((secret) => isSignedWith(secret, event))).toEqual([true, true]);
  expect(isSignedWith(other, event)).toBe(false);
});
