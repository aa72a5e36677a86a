/** What a vendor token may do. An endpoint names the one that it needs. */
export const SCOPES = [
  'products:read',
  'products:write',
  'orders:read',
  'orders:write',
  'licenses:read',
  'licenses:write',
  'containers:read',
  'containers:write',
  'webhooks:read',
  'webhooks:write',
  'tokens:read',
  'tokens:write',
] as const;
export type Scope = (typeof SCOPES)[number];
