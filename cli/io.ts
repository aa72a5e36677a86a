import type { Io as Outputs } from '../terminal/io.ts';

/** What the command line uses of its process. Tests pass their own. */
export interface Io extends Outputs {
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
