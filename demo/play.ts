import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from './api.ts';
import { createCustomer } from './customer.ts';
import { DemoFailed } from './demo-failed.ts';
import type { FoundRuntime } from './find-runtime.ts';
import type { Leftovers } from './leftovers.ts';
import type { Page } from './page/page.ts';
import type { Scene } from './scene.ts';
import { activate } from './scenes/activate.ts';
import { catchUp } from './scenes/catch-up.ts';
import { earmark } from './scenes/earmark.ts';
import { histories } from './scenes/histories.ts';
import { manualConflict } from './scenes/manual-conflict.ts';
import { oldCopy } from './scenes/old-copy.ts';
import { push } from './scenes/push.ts';
import { refuseWithdrawal } from './scenes/refuse-withdrawal.ts';
import { replaceUnnoticed } from './scenes/replace-unnoticed.ts';
import { retire } from './scenes/retire.ts';
import { returnReplaced } from './scenes/return-replaced.ts';
import { sell } from './scenes/sell.ts';
import { takeWithActivation } from './scenes/take-with-activation.ts';
import { withdrawAvailable } from './scenes/withdraw-available.ts';
import { Stage } from './stage.ts';

/** The scenes in their order; each continues from the state that the one before left. */
const scenesOf = (run: string): readonly Scene[] => [
  sell(run),
  activate,
  withdrawAvailable,
  refuseWithdrawal,
  earmark,
  takeWithActivation,
  replaceUnnoticed,
  returnReplaced,
  manualConflict,
  catchUp,
  oldCopy,
  retire,
  push,
  histories,
];

export interface Played {
  readonly scenes: number;
  /** Title of the scene in which a check failed. */
  readonly failed?: string;
}

/**
 * Plays all scenes against a running Relicense, with two containers in a temporary folder. Stops at the first failed check. The
 * folder is one of the leftovers.
 *
 * @param run a few characters that make the order's id of this run unique.
 */
export async function play(page: Page, runtime: FoundRuntime, run: string, leftovers: Leftovers): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'relicense-demo-containers-'));
  leftovers.add(() => rmSync(folder, { recursive: true, force: true }));
  const scenes = scenesOf(run);
  const desk = await createCustomer('desk', join(folder, 'desk'), runtime.url);
  const laptop = await createCustomer('laptop', join(folder, 'laptop'), runtime.url);
  const stage = new Stage(page, createApi(runtime.url, runtime.token), { desk, laptop });
  for (const [index, scene] of scenes.entries()) {
    page.heading(index + 1, scene.title);
    page.prose(scene.why);
    if (scene.quote !== undefined) page.quote(scene.quote);
    try {
      await scene.play(stage);
    } catch (error) {
      if (error instanceof DemoFailed) return { scenes: index, failed: scene.title };
      throw error;
    }
  }
  return { scenes: scenes.length };
}
