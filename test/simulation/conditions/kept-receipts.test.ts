import { expect, test } from 'vitest';
import { receiptKey } from '../../../functions/store/keys.ts';
import { confirm } from '../../../functions/use-cases/reprogramming/confirm.ts';
import { after, newFixture, type Sold, Stopped, transaction } from './fixture.ts';

/** More licenses than one transaction settles. */
const LARGE = 150;

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });

async function given(quantity: number) {
  const fixture = await newFixture();
  await fixture.product('basic');
  const sold = await fixture.sell({ basic: quantity });
  const serial = await fixture.container(1);
  const receiptOf = (counter: number) => {
    const { pk, sk } = receiptKey(serial, counter);
    return fixture.table.get(pk, sk);
  };
  await fixture.reprogram(serial, all(sold));
  return { fixture, sold, serial, receiptOf };
}

test('E1 a receipt that confirms no removal is not kept', async () => {
  const { fixture, serial, receiptOf } = await given(1);
  await confirm(await fixture.runtime(), serial, 1, { jws: 'activated' });
  expect(fixture.head(serial).confirmed.counter).toBe(1);
  expect(receiptOf(1)).toBeUndefined();
});

test('E1 a receipt that confirms a removal is kept under its counter, and the license names its removal', async () => {
  const { fixture, sold, serial, receiptOf } = await given(1);
  await confirm(await fixture.runtime(), serial, 1, { jws: 'activated' });
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  await confirm(await fixture.runtime(), serial, 2, { jws: 'returned' });
  expect(receiptOf(2)).toMatchObject({ counter: 2, jws: 'returned' });
  const [id = ''] = sold.licenses;
  expect(await fixture.license(id)).toMatchObject({ removed: { container: serial, counter: 2 } });
});

test('E1 T5 a receipt that stops after some licenses is kept, and so is the one that finishes them', async () => {
  const { fixture, sold, serial, receiptOf } = await given(LARGE);
  await confirm(await fixture.runtime(), serial, 1, { jws: 'activated' });
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  const stop = () => Promise.reject(new Stopped());
  const stopping = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
  await expect(confirm(stopping, serial, 2, { jws: 'first' })).rejects.toBeInstanceOf(Stopped);
  expect(receiptOf(2)).toMatchObject({ jws: 'first' });
  await confirm(await fixture.runtime(), serial, 2, { jws: 'second' });
  expect(receiptOf(2)).toMatchObject({ counter: 2 });
  for (const id of sold.licenses) {
    const license = await fixture.license(id);
    expect([license.standing, license.removed]).toEqual([{ at: 'available' }, { container: serial, counter: 2 }]);
  }
});
