import * as z from 'zod/mini';
import type { ProblemCode } from './problems.ts';
import type { Scope } from './scopes.ts';

/** The Lambda function that serves an endpoint. */
export type FunctionName = 'vendor' | 'depot' | 'public';

/** The contract of one endpoint, which separately built parts share. `<resource>.docs.ts` has its documentation. */
export interface Endpoint {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** API Gateway's notation: `/licenses/{license}/withdrawal`. */
  readonly path: string;
  readonly function: FunctionName;
  /** The scope that a vendor token needs; absent for the public and the user's endpoints. */
  readonly scope?: Scope;
  /** The operation gets the body as received, because its bytes are signed. */
  readonly raw?: true;
  /** The answer has an entity tag, and the endpoint checks preconditions on it (`If-Match`, `If-None-Match`). */
  readonly tagged?: true;
  /** An absent part has no members. Unknown members are an error. */
  readonly request?: RequestSchemas;
  /** The schemas of successful answers, by status. */
  readonly answers: Readonly<Record<number, z.ZodMiniType>>;
  /** Problem codes, beside those of every endpoint of its kind (`endpoint-problems.ts`). */
  readonly problems: readonly ProblemCode[];
}

export interface RequestSchemas {
  readonly params?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
}

/** The endpoints of one resource, by name. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

const nothing = z.strictObject({});

/** The schemas of all three parts of a request; a part that the endpoint does not name has no members. */
export function requestSchemas({ request = {} }: Endpoint): Required<RequestSchemas> {
  const { params = nothing, query = nothing, body = nothing } = request;
  return { params, query, body };
}

type PartOf<Of, Part extends keyof RequestSchemas> = Of extends {
  readonly request: { readonly [Key in Part]: infer Schema extends z.ZodMiniType };
}
  ? z.infer<Schema>
  : Record<string, never>;

/** A request to this endpoint after parsing. Header names are lower case. */
export interface RequestOf<Of extends Endpoint> {
  readonly params: PartOf<Of, 'params'>;
  readonly query: PartOf<Of, 'query'>;
  readonly body: PartOf<Of, 'body'>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}
