/** What keeps the runtime from starting. */
export type StartErrorCode =
  | 'home-in-use'
  | 'home-unusable'
  | 'port-in-use'
  | 'engine-missing'
  | 'engine-failed'
  | 'table-failed';

/**
 * The runtime cannot start, for a reason that the person in front of it can mend: a home in use, a taken port, a missing
 * engine. The message says how. Anything else that goes wrong is an ordinary error with its stack.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;

  constructor(message: string, { code, ...options }: ErrorOptions & { readonly code: StartErrorCode }) {
    super(message, options);
    this.code = code;
  }
}
