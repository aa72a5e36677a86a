/** A problem document (RFC 9457) with the members of its code, such as `dependents` or `errors`. */
export interface Problem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Members that belong to the code. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** The server refused the request; `code` is the reason. */
export class ProblemError extends Error implements Problem {
  override readonly name = 'ProblemError';
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;
  /**
   * Whether an earlier attempt of the same request got no answer. That attempt may have been carried out: after it, a
   * `not-found` can mean that the attempt deleted the resource.
   */
  readonly afterLostAnswer: boolean;

  constructor({ code, status, title, detail, members }: Problem, afterLostAnswer = false) {
    super(detail);
    this.code = code;
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.members = members;
    this.afterLostAnswer = afterLostAnswer;
  }
}

/** No usable answer after all retries: the server was not reached, was too slow, or is not a Relicense server. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly server: string;

  constructor(server: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.server = server;
  }
}
