import { reprogramming } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const push: Scene = {
  title: 'Push: the vendor makes an update without waiting for the customer',
  why: 'The vendor assigns Viewer 4 to the desk machine and withdraws Viewer 1. Relicense makes the update without a context from the container, and the vendor sends it by mail.',
  quote:
    'You can simply withdraw the license, and you can rest assured that it will actually be taken away from the user at the next possible point.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const assigned = await api.vendor('PUT', `/containers/${desk.serial}/assignments/${stage.id('Viewer 4')}`, {});
    page.action('vendor', 'assign Viewer 4 to the desk', `${assigned.status} pending`);
    const withdrawn = await api.vendor('POST', `/licenses/${stage.id('Viewer 1')}/withdrawal`, {});
    page.action('vendor', 'withdraw Viewer 1', `${withdrawn.status} pending`);
    const ordered = await stage.moment();
    const reply = await api.vendor('POST', `/containers/${desk.serial}/reprogrammings`);
    const answer = stage.read(reply, 200, reprogramming);
    page.action('vendor', 'push', `${answer.updates.length} update, ${answer.status}, sent by mail`);
    await desk.apply(answer.updates);
    await stage.sendReceipt(desk);
    page.action('desk', 'apply the file from the mail', 'confirmed');
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['ordered', ordered],
      ['receipt', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.moved('both vendor actions are pending for the container', before, ordered, {
      'Viewer 1': 'confirmed-collected+withdraw',
      'Viewer 4': 'assigned',
    });
    stage.equal(
      'one update carries out both, in the order of the sequence',
      [answer.executed.withdraw, answer.executed.assign, answer.updates.length],
      [[stage.id('Viewer 1')], [stage.id('Viewer 4')], 1],
    );
    stage.moved('the customer only had to apply the file', ordered, after, {
      'Viewer 1': 'withdrawn',
      'Viewer 4': 'confirmed-collected',
    });
  },
};
