import type { Client } from '../client/index.ts';
import type { Style } from '../terminal/style.ts';
import type { Io } from './io.ts';
import type { Known } from './settings.ts';

/** What a command runs with. */
export interface Session {
  readonly io: Io;
  /** Asked for with `--json`. */
  readonly json: boolean;
  readonly style: Style;
  /** Server and token, and where each comes from. */
  readonly known: Known;
  /** The server's client, made at first use. @throws UsageError when no server or no token is known. */
  client(): Client;
}
