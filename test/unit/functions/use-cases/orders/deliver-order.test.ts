import { expect, test } from 'vitest';
import { soldTerms } from '../../../../../functions/use-cases/orders/deliver-order.ts';

const PRODUCT = { code: 'render', name: 'Render', features: ['raytracing'], requires: [], revision: 1 };

test('a license gets the features of its product when the item names none', () => {
  expect(soldTerms({ quantity: 2 }, PRODUCT)).toEqual({ quantity: 2, features: ['raytracing'] });
  expect(soldTerms(undefined, PRODUCT)).toEqual({ features: ['raytracing'] });
});

test('a license keeps the features that the item names, also an empty list', () => {
  expect(soldTerms({ features: [] }, PRODUCT)).toEqual({ features: [] });
  expect(soldTerms({ features: ['animation'] }, PRODUCT)).toEqual({ features: ['animation'] });
});

test('a license of a product without features has none', () => {
  expect(soldTerms({}, { ...PRODUCT, features: [] })).toEqual({});
});
