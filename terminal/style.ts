import type { Io } from './io.ts';

/** Colours a text for a terminal, or returns it unchanged. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  magenta(text: string): string;
  cyan(text: string): string;
}

const ESCAPE = '\u001b[';

interface Environment {
  readonly NO_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
}

/** Whether to use colours: on a terminal that can show them, without NO_COLOR (no-color.org). */
export function wantsColour(isTerminal: boolean, { NO_COLOR, TERM }: Environment): boolean {
  return isTerminal && TERM !== 'dumb' && (NO_COLOR === undefined || NO_COLOR === '');
}

/** @param coloured Without colours every method returns its text unchanged. */
export function createStyle(coloured: boolean): Style {
  const painted = (start: number, end: number) => (text: string) =>
    coloured && text !== '' ? `${ESCAPE}${start}m${text}${ESCAPE}${end}m` : text;
  return {
    bold: painted(1, 22),
    dim: painted(2, 22),
    red: painted(31, 39),
    green: painted(32, 39),
    yellow: painted(33, 39),
    blue: painted(34, 39),
    magenta: painted(35, 39),
    cyan: painted(36, 39),
  };
}

/** The style of the results on standard output. */
export function outputStyle({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Style {
  return createStyle(wantsColour(stdout.isTerminal, env));
}

/** The style of the messages on standard error. */
export function errorStyle({ stderr, env }: Pick<Io, 'stderr' | 'env'>): Style {
  return createStyle(wantsColour(stderr.isTerminal, env));
}
