/** What the command line may use of its process. Tests bring their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start. */
  readonly folder: string;
  /** Results. */
  out(text: string): void;
  /** Progress, questions, warnings, refusals. */
  err(text: string): void;
  readonly stdout: { readonly isTerminal: boolean; readonly columns?: number | undefined };
  readonly stderr: { readonly isTerminal: boolean };
  readonly stdin: {
    readonly isTerminal: boolean;
    /** Standard input to its end, or until it is longer than `maxBytes`. */
    read(maxBytes: number): Promise<Uint8Array>;
    /** One line from the person at the terminal; `hidden` does not show what is typed. */
    ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>;
  };
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch | undefined;
}

/** The command was called wrongly: told in one line, with the way to its help. */
export class UsageError extends Error {}
