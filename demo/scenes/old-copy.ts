import { cpSync, rmSync } from 'node:fs';
import { history, problem } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const oldCopy: Scene = {
  title: 'A container that was restored from an old copy is refused',
  why: 'The customer backs up the laptop, returns Viewer 3, and restores the backup. Now the license would exist twice, but the counter of the old copy is too low.',

  async play(stage) {
    const { api, page, laptop } = stage;
    const backup = `${laptop.folder}-backup`;
    cpSync(laptop.folder, backup, { recursive: true });
    const before = await stage.moment();
    const synced = await stage.sync(laptop, { deactivate: ['Viewer 3'] });
    page.action('customer', 'back up the folder, then sync: deactivate Viewer 3', synced.status);
    const returned = await stage.moment();
    rmSync(laptop.folder, { recursive: true });
    cpSync(backup, laptop.folder, { recursive: true });
    page.action('laptop', 'restore the backup', `holds ${(await stage.heldBy(laptop)).join(', ')} again`);
    const ask = async () => api.depot('POST', '/depot/reprogrammings', { context: await laptop.context() });
    let reply = await ask();
    // The backup is a moment old: its first contexts have the times of the laptop's own. A day later they would be newer.
    while (stage.read(reply, 409, problem).divergence === 'late') reply = await ask();
    const { code, detail, divergence } = stage.read(reply, 409, problem);
    page.action('laptop', 'ask for an update', `${reply.status} ${page.style.yellow(code)}`);
    page.note(detail);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['returned', returned],
      ['old copy', after],
    ]);

    stage.checks();
    stage.equal('the old copy is refused', [code, divergence], ['container-diverged', 'behind']);
    stage.moved('Viewer 3 had been returned before', before, returned, { 'Viewer 3': 'available' });
    stage.moved('the old copy changes no license', returned, after, {});
    const response = stage.read(await api.vendor('GET', `/containers/${laptop.serial}/history`), 200, history);
    stage.equal('the container’s history records it', response.items.at(-1)?.type, 'container.diverged');
  },
};
