/** Why the runtime cannot start. */
export type StartErrorCode =
  | 'home-in-use'
  | 'identity-provider-unusable'
  | 'home-unusable'
  | 'port-in-use'
  | 'table-failed';

/**
 * The runtime cannot start, for a reason that the person at this machine can fix: a home in use, a port in use, a table of
 * an earlier version. The message says how. Any other failure is an ordinary error with its stack.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;

  constructor(message: string, { code, ...options }: ErrorOptions & { readonly code: StartErrorCode }) {
    super(message, options);
    this.code = code;
  }
}
