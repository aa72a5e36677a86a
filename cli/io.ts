/** What the command line uses of its process. Tests pass their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of relative paths. */
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
    /** One line from the person at the terminal; `hidden` does not show the typed text. */
    ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>;
  };
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch | undefined;
}
