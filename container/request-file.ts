import { isObject } from '../protocol/http-client.ts';
import { parseJson } from '../protocol/index.ts';
import type { ReprogrammingRequest } from './depot.ts';

/**
 * A request that travels by file: `{context, activate?, deactivate?}`, the body of `POST /depot/reprogrammings`. The context is
 * signed for exactly these actions. A context alone, as text, is a request without actions.
 */
export type RequestFile = Pick<ReprogrammingRequest, 'context' | 'activate' | 'deactivate'>;

/** More than 1,000 actions of each kind. */
export const MAX_REQUEST_FILE_BYTES = 1024 * 1024;

/** Three parts of base64url: a compact JWS. */
const CONTEXT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Reads a request file. It does not verify the context: the server does. Returns `undefined` for any other text. */
export function readRequestFile(text: string): RequestFile | undefined {
  // Mail programs break long lines.
  const joined = text.replace(/\s+/g, '');
  if (CONTEXT.test(joined)) return { context: joined };
  const json = parseJson(text, { maxBytes: MAX_REQUEST_FILE_BYTES, maxDepth: 8 });
  if (!json.ok || !isObject(json.value)) return undefined;
  const { context, activate = [], deactivate = [], ...others } = json.value;
  if (typeof context !== 'string' || !CONTEXT.test(context) || Object.keys(others).length > 0) return undefined;
  if (!Array.isArray(activate) || !activate.every(isActivation)) return undefined;
  if (!Array.isArray(deactivate) || !deactivate.every((id) => typeof id === 'string')) return undefined;
  return { context, activate, deactivate };
}

function isActivation(value: unknown): value is { readonly ticket: string; readonly license: string } {
  return isObject(value) && typeof value.ticket === 'string' && typeof value.license === 'string';
}
