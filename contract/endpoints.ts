/**
 * The one list of endpoints. The stack makes routes of it, the local runtime serves it, the OpenAPI document describes it
 * and clients are derived from it. Data only: handlers are looked up by `name`.
 */

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

/** The Lambda function that serves an endpoint. */
export type FunctionName = 'vendor' | 'depot' | 'public';

export interface Endpoint {
  readonly name: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** API Gateway's notation: `/licenses/{license}/withdrawal`. */
  readonly path: string;
  readonly function: FunctionName;
  /** The scope a vendor token needs; `undefined` for the public and the user's endpoints. */
  readonly scope?: Scope;
  /** The body is handed on as it came: its bytes are signed. */
  readonly raw?: true;
  /** What is shown has an entity tag, and preconditions on it are heeded (`If-Match`, `If-None-Match`). */
  readonly tagged?: true;
}

export const ENDPOINTS = [
  {
    name: 'putProduct',
    method: 'PUT',
    path: '/products/{code}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
  },
  { name: 'listProducts', method: 'GET', path: '/products', function: 'vendor', scope: 'products:read' },
  {
    name: 'getProduct',
    method: 'GET',
    path: '/products/{code}',
    function: 'vendor',
    scope: 'products:read',
    tagged: true,
  },
  {
    name: 'putSkuMapping',
    method: 'PUT',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
  },
  { name: 'listSkuMappings', method: 'GET', path: '/sku-mappings', function: 'vendor', scope: 'products:read' },
  {
    name: 'getSkuMapping',
    method: 'GET',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:read',
    tagged: true,
  },
  {
    name: 'deleteSkuMapping',
    method: 'DELETE',
    path: '/sku-mappings/{sku}',
    function: 'vendor',
    scope: 'products:write',
    tagged: true,
  },
  { name: 'createOrder', method: 'POST', path: '/orders', function: 'vendor', scope: 'orders:write' },
  { name: 'listOrders', method: 'GET', path: '/orders', function: 'vendor', scope: 'orders:read' },
  { name: 'getOrder', method: 'GET', path: '/orders/{orderId}', function: 'vendor', scope: 'orders:read' },
  {
    name: 'getOrderHistory',
    method: 'GET',
    path: '/orders/{orderId}/history',
    function: 'vendor',
    scope: 'orders:read',
  },
  { name: 'lookUpTicket', method: 'GET', path: '/tickets/{code}', function: 'vendor', scope: 'orders:read' },
  { name: 'listLicenses', method: 'GET', path: '/licenses', function: 'vendor', scope: 'licenses:read' },
  { name: 'getLicense', method: 'GET', path: '/licenses/{license}', function: 'vendor', scope: 'licenses:read' },
  {
    name: 'getLicenseHistory',
    method: 'GET',
    path: '/licenses/{license}/history',
    function: 'vendor',
    scope: 'licenses:read',
  },
  {
    name: 'withdrawLicense',
    method: 'POST',
    path: '/licenses/{license}/withdrawal',
    function: 'vendor',
    scope: 'licenses:write',
  },
  {
    name: 'cancelWithdrawal',
    method: 'DELETE',
    path: '/licenses/{license}/withdrawal',
    function: 'vendor',
    scope: 'licenses:write',
  },
  {
    name: 'replaceLicense',
    method: 'POST',
    path: '/licenses/{license}/replacement',
    function: 'vendor',
    scope: 'licenses:write',
  },
  {
    name: 'cancelReplacement',
    method: 'DELETE',
    path: '/licenses/{license}/replacement',
    function: 'vendor',
    scope: 'licenses:write',
  },
  {
    name: 'assignLicense',
    method: 'PUT',
    path: '/containers/{serial}/assignments/{license}',
    function: 'vendor',
    scope: 'licenses:write',
  },
  {
    name: 'cancelAssignment',
    method: 'DELETE',
    path: '/containers/{serial}/assignments/{license}',
    function: 'vendor',
    scope: 'licenses:write',
  },
  { name: 'createBulkOrder', method: 'POST', path: '/bulk-orders', function: 'vendor', scope: 'licenses:write' },
  { name: 'listBulkOrders', method: 'GET', path: '/bulk-orders', function: 'vendor', scope: 'licenses:read' },
  { name: 'getBulkOrder', method: 'GET', path: '/bulk-orders/{id}', function: 'vendor', scope: 'licenses:read' },
  {
    name: 'listBulkOrderLicenses',
    method: 'GET',
    path: '/bulk-orders/{id}/licenses',
    function: 'vendor',
    scope: 'licenses:read',
  },
  {
    name: 'stopBulkOrder',
    method: 'POST',
    path: '/bulk-orders/{id}/stop',
    function: 'vendor',
    scope: 'licenses:write',
  },
  { name: 'listContainers', method: 'GET', path: '/containers', function: 'vendor', scope: 'containers:read' },
  { name: 'getContainer', method: 'GET', path: '/containers/{serial}', function: 'vendor', scope: 'containers:read' },
  {
    name: 'getContainerHistory',
    method: 'GET',
    path: '/containers/{serial}/history',
    function: 'vendor',
    scope: 'containers:read',
  },
  {
    name: 'getContainerAutoUpdates',
    method: 'GET',
    path: '/containers/{serial}/auto-updates',
    function: 'vendor',
    scope: 'containers:read',
  },
  { name: 'listAutoUpdates', method: 'GET', path: '/auto-updates', function: 'vendor', scope: 'containers:read' },
  {
    name: 'pushReprogramming',
    method: 'POST',
    path: '/containers/{serial}/reprogrammings',
    function: 'vendor',
    scope: 'containers:write',
  },
  {
    name: 'getUpdates',
    method: 'GET',
    path: '/containers/{serial}/updates',
    function: 'vendor',
    scope: 'containers:read',
  },
  {
    name: 'retireContainer',
    method: 'POST',
    path: '/containers/{serial}/retirement',
    function: 'vendor',
    scope: 'containers:write',
  },
  { name: 'receiveErpWebhook', method: 'POST', path: '/webhooks/erp', function: 'vendor', raw: true },
  { name: 'receiveShopifyWebhook', method: 'POST', path: '/webhooks/shopify', function: 'vendor', raw: true },
  { name: 'receiveStripeWebhook', method: 'POST', path: '/webhooks/stripe', function: 'vendor', raw: true },
  { name: 'listWebhooks', method: 'GET', path: '/webhooks', function: 'vendor', scope: 'webhooks:read' },
  { name: 'getWebhook', method: 'GET', path: '/webhooks/{id}', function: 'vendor', scope: 'webhooks:read' },
  { name: 'replayWebhook', method: 'POST', path: '/webhooks/{id}/replay', function: 'vendor', scope: 'webhooks:write' },
  {
    name: 'createWebhookSecret',
    method: 'POST',
    path: '/webhook-secrets',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  { name: 'listWebhookSecrets', method: 'GET', path: '/webhook-secrets', function: 'vendor', scope: 'webhooks:read' },
  {
    name: 'deleteWebhookSecret',
    method: 'DELETE',
    path: '/webhook-secrets/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  {
    name: 'createEventEndpoint',
    method: 'POST',
    path: '/event-endpoints',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  { name: 'listEventEndpoints', method: 'GET', path: '/event-endpoints', function: 'vendor', scope: 'webhooks:read' },
  {
    name: 'getEventEndpoint',
    method: 'GET',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:read',
    tagged: true,
  },
  {
    name: 'putEventEndpoint',
    method: 'PUT',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
    tagged: true,
  },
  {
    name: 'deleteEventEndpoint',
    method: 'DELETE',
    path: '/event-endpoints/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
    tagged: true,
  },
  {
    name: 'rotateEventSecret',
    method: 'POST',
    path: '/event-endpoints/{id}/secret',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  {
    name: 'pingEventEndpoint',
    method: 'POST',
    path: '/event-endpoints/{id}/ping',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  {
    name: 'listDeadLetters',
    method: 'GET',
    path: '/event-endpoints/{id}/dead-letters',
    function: 'vendor',
    scope: 'webhooks:read',
  },
  {
    name: 'replayDeadLetters',
    method: 'POST',
    path: '/event-endpoints/{id}/dead-letters/replay',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  {
    name: 'replayDeadLetter',
    method: 'POST',
    path: '/event-endpoints/{id}/dead-letters/{event}/replay',
    function: 'vendor',
    scope: 'webhooks:write',
  },
  { name: 'createToken', method: 'POST', path: '/tokens', function: 'vendor', scope: 'tokens:write' },
  { name: 'listTokens', method: 'GET', path: '/tokens', function: 'vendor', scope: 'tokens:read' },
  { name: 'getToken', method: 'GET', path: '/tokens/{id}', function: 'vendor', scope: 'tokens:read' },
  { name: 'putToken', method: 'PUT', path: '/tokens/{id}', function: 'vendor', scope: 'tokens:write' },
  { name: 'revokeToken', method: 'DELETE', path: '/tokens/{id}', function: 'vendor', scope: 'tokens:write' },
  { name: 'getTicket', method: 'GET', path: '/depot/tickets/{code}', function: 'depot' },
  { name: 'createReprogramming', method: 'POST', path: '/depot/reprogrammings', function: 'depot' },
  { name: 'getReprogramming', method: 'GET', path: '/depot/reprogrammings/{id}', function: 'depot' },
  { name: 'createReceipt', method: 'POST', path: '/depot/receipts', function: 'depot' },
  { name: 'findAutoUpdates', method: 'POST', path: '/depot/auto-updates', function: 'depot' },
  { name: 'getJwks', method: 'GET', path: '/.well-known/jwks.json', function: 'public' },
  { name: 'getProblem', method: 'GET', path: '/problems/{code}', function: 'public' },
  { name: 'getOpenApi', method: 'GET', path: '/openapi.json', function: 'public' },
  { name: 'getDocs', method: 'GET', path: '/docs', function: 'public' },
  { name: 'getDocsFile', method: 'GET', path: '/docs/{file}', function: 'public' },
] as const satisfies readonly Endpoint[];

export type EndpointName = (typeof ENDPOINTS)[number]['name'];
