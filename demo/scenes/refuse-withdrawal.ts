import { problem } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const refuseWithdrawal: Scene = {
  title: 'A withdrawal is refused, because add-ons require the license',
  why: 'Simulation, Render, Export and Materials require CAD in the same container. Taking CAD away would break what the customer paid for.',
  quote:
    'For instance, if a basic license is to be withdrawn, an add-on license should not have been activated in the first place … In cases like these, the license withdrawal is not accepted, and the software vendor is sent an error message.',

  async play(stage) {
    const { api, page } = stage;
    const before = await stage.moment();
    const reply = await api.vendor('POST', `/licenses/${stage.id('CAD 1')}/withdrawal`);
    const { code, detail, dependents = [] } = stage.read(reply, 409, problem);
    page.action('vendor', 'withdraw CAD 1', `${reply.status} ${page.style.yellow(code)}`);
    page.note(detail.replaceAll(/[0-9A-Z]{20}/g, (id) => stage.label(id)));

    stage.checks();
    stage.equal('the withdrawal is refused with a code', code, 'dependency-violation');
    stage.equal('the answer names every license that requires it', dependents.map((id) => stage.label(id)).sort(), [
      'Export',
      'Materials',
      'Render',
      'Simulation',
    ]);
    stage.moved('nothing has changed', before, await stage.moment(), {});
  },
};
