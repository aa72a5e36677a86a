import { withdrawal } from '../answers.ts';
import type { Scene } from '../scene.ts';

/** Report requires Simulation. The viewer is dropped too, because a conflict drops all manual actions. */
const REASONS: Readonly<Record<string, string>> = {
  'requires-unmet': 'a license that it requires would be missing',
  'dropped-together': 'dropped with the other; request it again alone',
};

export const manualConflict: Scene = {
  title: 'A conflict: only the vendor’s actions run',
  why: 'The vendor withdraws Simulation. At the same time the customer wants to activate Report, which requires Simulation, and a viewer. Relicense drops both manual actions, each with a reason, and still issues the update.',
  quote:
    'If there is a conflict in the sequence (e.g. other licenses not activating or deactivating after a license has been withdrawn), only the actions initiated by the vendor are executed.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const reply = await api.vendor('POST', `/licenses/${stage.id('Simulation')}/withdrawal`, {
      reason: 'returned within the grace period',
    });
    page.action('vendor', 'withdraw Simulation', `202 ${stage.read(reply, 202, withdrawal).status}`);
    const answer = await stage.sync(desk, { activate: ['Report', 'Viewer 3'] });
    page.action(
      'customer',
      'sync: activate Report, Viewer 3',
      `${answer.applied.length} update: withdraws ${stage.listed(answer.executed.withdraw)}`,
    );
    for (const { action, license, reason } of answer.dropped) {
      page.note(`dropped: ${action} ${stage.label(license)}, ${REASONS[reason] ?? reason}`);
    }
    const after = await stage.moment();
    stage.show(
      [
        ['before', before],
        ['receipt', after],
      ],
      ['Report', 'Viewer 3'],
    );
    await stage.showHeld(desk);

    stage.checks();
    stage.moved('Simulation is withdrawn, and no other license changes', before, after, { Simulation: 'withdrawn' });
    stage.equal(
      'both manual actions are dropped, each with its reason',
      answer.dropped.map(({ action, license, reason }) => [action, stage.label(license), reason]),
      [
        ['activate', 'Report', 'requires-unmet'],
        ['activate', 'Viewer 3', 'dropped-together'],
      ],
    );
    stage.equal('no manual action was carried out', [answer.executed.activate, answer.executed.deactivate], [[], []]);
  },
};
