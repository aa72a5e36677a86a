import type { Stage } from './stage.ts';

/** One step of the demo. */
export interface Scene {
  readonly title: string;
  /** A sentence or two that say why this matters. */
  readonly why: string;
  /** What the source says of it, word for word. Source: "Automatic License Updates", KEYnote 35, 2018. */
  readonly quote?: string;
  play(stage: Stage): Promise<void>;
}
