import type { WebhookSource } from '../../../contract/webhook-sources.ts';

/** Why a webhook's signature is refused. None of it helps to forge one. */
export type SignatureFault =
  | { readonly reason: 'no-secret' }
  | { readonly reason: 'header-missing' | 'header-malformed'; readonly header: string }
  /** Seconds by which the signed time is behind this server's clock; negative if it is ahead. */
  | { readonly reason: 'clock'; readonly secondsBehind: number }
  | { readonly reason: 'signature'; readonly header: string };

/** Seconds by which the signed time may differ from the clock, either way. */
export const TOLERANCE_SECONDS = 300;

/** The fault of a signed time, or `undefined`. @param seconds since 1970, as the sender wrote them */
export function clockFault(seconds: number, now: Date): SignatureFault | undefined {
  const secondsBehind = Math.trunc(now.getTime() / 1000 - seconds);
  return Math.abs(now.getTime() / 1000 - seconds) > TOLERANCE_SECONDS ? { reason: 'clock', secondsBehind } : undefined;
}

const NAMES: Readonly<Record<WebhookSource, string>> = { erp: 'the ERP', shopify: 'Shopify', stripe: 'Stripe' };

/** The fault in words fit to be shown to the sender. */
export function formatSignatureFault(source: WebhookSource, fault: SignatureFault): string {
  switch (fault.reason) {
    case 'no-secret':
      return `No secret of ${NAMES[source]} is set: add one with POST /webhook-secrets.`;
    case 'header-missing':
      return `The header ${fault.header} is missing.`;
    case 'header-malformed':
      return `The header ${fault.header} does not have its form.`;
    case 'clock': {
      const seconds = Math.abs(fault.secondsBehind).toLocaleString('en');
      const where = fault.secondsBehind > 0 ? 'behind' : 'ahead of';
      return `The signed time is ${seconds} seconds ${where} the clock of this server; at most ${TOLERANCE_SECONDS} are allowed.`;
    }
    case 'signature':
      return `The signature in ${fault.header} does not fit the body with any secret of ${NAMES[source]}.`;
  }
}
