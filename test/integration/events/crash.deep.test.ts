import { expect, onTestFinished, test, vi } from 'vitest';
import { call, startChild } from '../../harness/embedded-runtime.ts';
import { isSignedWith, openEventReceiver } from '../../harness/event-receiver.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const PATIENCE_MS = 60_000;

test('I10 kill -9 between a commit and the sending of its events loses no event, neither in the stream nor in a request', async () => {
  const home = temporaryFolder();
  const receiver = await openEventReceiver();
  onTestFinished(() => receiver.close());
  receiver.answer = () => 'hang';
  const settings = { RELICENSE_ALLOW_PRIVATE_TARGETS: '1' };
  const first = await startChild(home, settings);
  const { body: endpoint } = await call(first, 'POST', '/event-endpoints', { url: receiver.url });
  await call(first, 'PUT', '/products/p', { name: 'P' });
  const sell = (orderId: string) => call(first, 'POST', '/orders', { orderId, items: [{ product: 'p', quantity: 2 }] });
  expect((await sell('on-the-way')).status).toBe(201);
  await vi.waitFor(() => expect(receiver.came).toHaveLength(2), { timeout: PATIENCE_MS, interval: 25 });
  expect((await sell('in-the-stream')).status).toBe(201);
  await first.end('SIGKILL');
  expect(receiver.taken).toEqual([]);

  receiver.answer = () => 204;
  await startChild(home, settings);
  const taken = () => receiver.taken.map(({ data }) => data.orderId).sort();
  const all = ['in-the-stream', 'in-the-stream', 'on-the-way', 'on-the-way'];
  await vi.waitFor(() => expect(taken()).toEqual(all), { timeout: PATIENCE_MS, interval: 50 });
  for (const event of receiver.taken) expect(isSignedWith(String(endpoint.secret), event)).toBe(true);
});
