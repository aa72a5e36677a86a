import { createClient } from '../../client/index.ts';

/** The address of the API: the pages are served at the same address. */
export const SERVER = location.origin;

/** The user's endpoints need no token. */
export const depot = createClient({ server: SERVER, attempts: 2 });

/** How often a page asks for changes while a person looks at it. */
export const REFRESH_MILLISECONDS = 1_500;

/** The beginning of a serial: enough to tell containers apart. */
export const short = (serial: string): string => serial.slice(0, 8);
