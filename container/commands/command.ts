/** What a command gets of its command line. */
export interface Arguments {
  /** The container file. */
  readonly file: string;
  text(option: string): string | undefined;
  switch(option: string): boolean;
  list(option: string): readonly string[];
  /** What follows the command without being an option. */
  readonly words: readonly string[];
}

/** What a command may use of its process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results. */
  out(text: string): void;
  /** Warnings, progress, refusals. */
  err(text: string): void;
  /** Standard input to its end, or until it is longer than `maxBytes`. */
  input(maxBytes: number): Promise<Uint8Array>;
}

/** A command that finds out by itself that it was called wrongly. */
export class UsageError extends Error {}

/** One JSON document, for scripts. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
