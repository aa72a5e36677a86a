import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { order } from '../answers.ts';
import type { Scene } from '../scene.ts';

const EXAMPLES = new URL('../examples/', import.meta.url);

const products = z.array(
  z.object({
    code: z.string(),
    name: z.string(),
    features: z.array(z.string()),
    requires: z.optional(z.array(z.string())),
  }),
);

const erpOrder = z.looseObject({
  orderId: z.string(),
  items: z.array(z.looseObject({ product: z.string(), quantity: z.optional(z.int()) })),
});

/** What the demo calls the licenses of an order's items. */
const LABELS: Readonly<Record<string, string>> = {
  'arcadia-network': 'Network',
  'arcadia-cad': 'CAD',
  'arcadia-simulation': 'Simulation',
  'arcadia-report': 'Report',
  'arcadia-render': 'Render',
  'arcadia-export': 'Export',
  'arcadia-materials': 'Materials',
  'arcadia-viewer': 'Viewer',
};

function readExample<Schema extends z.ZodMiniType>(name: string, schema: Schema): z.output<Schema> {
  return schema.parse(JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8'))) as z.output<Schema>;
}

/** @param run a suffix that makes the order's id unique, so that the demo can run again on the same table. */
export const sell = (run: string): Scene => ({
  title: 'A sale: the customer gets one ticket with all licenses',
  why: 'The ERP sends demo/examples/order.json under its own order id. By mistake, the order contains an expensive network license.',
  quote:
    'One wrong click, and we picked the expensive network license instead of the cheaper single-user license in the heat of the moment.',

  async play(stage) {
    const { api, page } = stage;
    for (const product of readExample('products.json', products)) {
      const { status } = await api.vendor('PUT', `/products/${product.code}`, product);
      if (status !== 200 && status !== 201) stage.check(`${product.code} is registered`, false, status);
    }
    const example = readExample('order.json', erpOrder);
    const body = { ...example, orderId: `${example.orderId}-${run}` };
    const before = new Map();
    const reply = await api.vendor('POST', '/orders', body);
    const sold = stage.read(reply, 201, order);
    stage.order = { id: sold.orderId, ticket: sold.ticket };
    const units = example.items.flatMap(({ product, quantity = 1 }) =>
      Array.from({ length: quantity }, (_, unit) => {
        const label = LABELS[product] ?? product;
        return { product, label: quantity === 1 ? label : `${label} ${unit + 1}` };
      }),
    );
    units.forEach(({ label }, index) => {
      stage.name(label, sold.licenses[index]?.id ?? '');
    });
    page.action(
      'vendor',
      `POST /orders ${page.style.dim(sold.orderId)}`,
      `201, ticket ${page.style.bold(sold.ticket)}`,
    );
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['sold', after],
    ]);

    stage.checks();
    stage.equal(
      'one license per unit, in the order of the items',
      sold.licenses.map(({ product }) => product),
      units.map(({ product }) => product),
    );
    stage.check(
      'all licenses are available',
      [...after.values()].every((state) => state === 'available'),
      [...after],
    );
    const again = await api.vendor('POST', '/orders', body);
    stage.check(
      'the same order again returns the same ticket and creates no license',
      isDeepStrictEqual(stage.read(again, 200, order), sold),
      again,
    );
  },
});
