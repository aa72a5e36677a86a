/** The rights that a vendor token can have. Each endpoint names the scope that it needs. */
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
  'key-sets:read',
  'key-sets:write',
] as const;
export type Scope = (typeof SCOPES)[number];
