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

/** Whether to use colours: on a terminal without NO_COLOR (no-color.org). */
export function wantsColour(isTerminal: boolean, noColour: string | undefined): boolean {
  return isTerminal && (noColour === undefined || noColour === '');
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
