/** Who sends webhooks: the vendor's own ERP, and the shops that it sells in. */
export const WEBHOOK_SOURCES = ['erp', 'shopify', 'stripe'] as const;
export type WebhookSource = (typeof WEBHOOK_SOURCES)[number];

export const SHOPS = ['shopify', 'stripe'] as const satisfies readonly WebhookSource[];
export type Shop = (typeof SHOPS)[number];
