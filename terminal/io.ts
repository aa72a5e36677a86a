/** The outputs of a command line. Tests pass their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Results. */
  out(text: string): void;
  /** Progress, questions, warnings, refusals. */
  err(text: string): void;
  readonly stdout: { readonly isTerminal: boolean; readonly columns?: number | undefined };
  readonly stderr: { readonly isTerminal: boolean };
}
