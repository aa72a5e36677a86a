/** A problem document (RFC 9457) with the members of its code, such as `dependents` or `errors`. */
export interface Problem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Members that are the code's own. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** The server refused, and says why. */
export class ProblemError extends Error implements Problem {
  override readonly name = 'ProblemError';
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;
  /**
   * Whether an earlier attempt of the same request got no answer. It may have been carried out: a `not-found` after it can
   * mean that what was to be taken away is gone already.
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

/** No answer that can be used, after all retries: not reached, too slow, or no server of this kind. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly server: string;

  constructor(server: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.server = server;
  }
}

const OWN = new Set(['type', 'code', 'status', 'title', 'detail']);

/** Reads a problem out of an answer that is none of success, whoever gave it: a gateway knows no code. */
export function readProblem(status: number, body: unknown): Problem {
  const said: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
  const text = (name: string): string | undefined => {
    const value = said[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const title = text('title') ?? `The server answered with status ${status}`;
  return {
    code: text('code') ?? text('type')?.replace(/^.*\/problems\//, '') ?? `http-${status}`,
    status,
    title,
    detail: text('detail') ?? text('message') ?? `${title}.`,
    members: Object.fromEntries(Object.entries(said).filter(([name]) => !OWN.has(name))),
  };
}
