import type { Stage } from './stage.ts';

/** One step of the demo. */
export interface Scene {
  readonly title: string;
  /** Says in a few sentences what happens and why. */
  readonly why: string;
  /** A literal quotation. Source: "Automatic License Updates", KEYnote 35, 2018. */
  readonly quote?: string;
  play(stage: Stage): Promise<void>;
}
