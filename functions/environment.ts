/** The only file in `functions/` that reads environment variables. The stack sets them. */

import type { CorsOrigins } from '../contract/cors-origins.ts';
import { parseCorsOrigins } from '../contract/cors-origins.ts';
import type { IdentityProvider } from '../contract/identity-provider.ts';
import { parseIdentityProvider } from '../contract/identity-provider.ts';
import type { RateLimits } from '../contract/rate-limits.ts';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} must be set`);
  return value;
}

/** @throws Error unless the text is a whole number of days, at least 1 */
export function parseOverdueDays(text: string): number {
  const days = Number(text);
  if (!Number.isSafeInteger(days) || days < 1) {
    throw new Error(`OVERDUE_AFTER_DAYS must be a whole number of days, at least 1; got "${text}"`);
  }
  return days;
}

/** @throws Error unless the text is a list of KMS key ids with commas */
function parseKeyIds(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.includes('')) throw new Error(`SIGNING_KEY_IDS must be a list of KMS key ids with commas; got "${text}"`);
  return ids;
}

function optional(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function count(name: string): number {
  const value = optional(name) ?? '0';
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${name} must be a whole number of at most 9 digits; got "${value}"`);
  return Number(value);
}

export const environment = {
  tableName: (): string => required('TABLE_NAME'),
  stateMachineArn: (): string => required('STATE_MACHINE_ARN'),
  deliveryStateMachineArn: (): string => required('DELIVERY_STATE_MACHINE_ARN'),
  bulkStateMachineArn: (): string => required('BULK_STATE_MACHINE_ARN'),
  signingKeyIds: (): readonly string[] => parseKeyIds(required('SIGNING_KEY_IDS')),
  overdueAfterDays: (): number => parseOverdueDays(required('OVERDUE_AFTER_DAYS')),
  issuer: (): string => required('ISSUER'),
  identityProvider: (): IdentityProvider | undefined =>
    parseIdentityProvider({
      issuer: optional('OIDC_ISSUER'),
      audience: optional('OIDC_AUDIENCE'),
      clientId: optional('OIDC_CLIENT_ID'),
      scopeClaim: optional('OIDC_SCOPE_CLAIM'),
      scopeMap: optional('OIDC_SCOPE_MAP'),
    }),
  corsOrigins: (): CorsOrigins | undefined => parseCorsOrigins(optional('CORS_ORIGINS')),
  limits: (): RateLimits => ({
    callerRequestsPerMinute: count('CALLER_REQUESTS_PER_MINUTE'),
    addressRequestsPerMinute: count('ADDRESS_REQUESTS_PER_MINUTE'),
    addressFailuresPerMinute: count('ADDRESS_FAILURES_PER_MINUTE'),
  }),
};
