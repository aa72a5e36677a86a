import type { Client } from '../client/index.ts';
import type { Style } from '../terminal/style.ts';
import type { Io } from './io.ts';
import type { Settings } from './settings.ts';
import type { Written } from './written.ts';

/** What a command runs with. */
export interface Session {
  readonly io: Io;
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly style: Style;
  readonly settings: Settings;
  /** What the person wrote. */
  readonly written: Written;
  /** Whether a request was sent that can change something. */
  hasRequestedChange(): boolean;
  /** The server's client, made at its first use. @throws UsageError when the server or the token is missing. */
  client(): Client;
}
