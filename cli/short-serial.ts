import { escapeForTerminal } from '../terminal/text.ts';

export const SHORT_CHARACTERS = 8;

/** The first 8 characters of a serial, which every command accepts. */
export function shortSerial(serial: string): string {
  return serial.length <= SHORT_CHARACTERS ? serial : `${serial.slice(0, SHORT_CHARACTERS)}…`;
}

/** `X8RpWMD7… “Reception PC”`: a container in a table. On a narrow terminal the name is cut. */
export function formatContainerCell(serial: string | undefined, name: string | undefined): string {
  if (serial === undefined) return '';
  return name === undefined ? shortSerial(serial) : `${shortSerial(serial)} “${name}”`;
}

/** The column of {@link formatContainerCell}: the short serial always fits. */
export const CONTAINER_COLUMN = { title: 'Container', narrowest: SHORT_CHARACTERS + 1 } as const;

/** `container X8RpWMD7… (“Reception PC”)`: a container in a sentence. */
export function formatContainerName(serial: string, name?: string): string {
  const short = escapeForTerminal(shortSerial(serial));
  return name === undefined ? `container ${short}` : `container ${short} (“${escapeForTerminal(name)}”)`;
}
