/** Why a command changed nothing more; the message is for the person. */
export class CommandError extends Error {
  /** The server was not reached, or failed: trying again may help. */
  readonly isUnreachable: boolean;

  constructor(message: string, { isUnreachable = false, ...options }: ErrorOptions & { isUnreachable?: boolean } = {}) {
    super(message, options);
    this.isUnreachable = isUnreachable;
  }
}
