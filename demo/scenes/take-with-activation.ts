import type { Scene } from '../scene.ts';

export const takeWithActivation: Scene = {
  title: 'It is taken at the next activation of something else',
  why: 'The customer only wants a viewer. The update that brings it takes Render along: he can neither prevent nor skip it.',
  quote:
    'Whatever happens, that license will be withdrawn as soon as the CmContainer is reprogrammed – irrespective of whether an auto-update is executed or another license is activated or deactivated.',

  async play(stage) {
    const { page, desk } = stage;
    const before = await stage.moment();
    const answer = await stage.reprogram(desk, { activate: ['Viewer 1'] });
    page.deed(
      'customer',
      'activate Viewer 1',
      `${answer.updates.length} update: withdraws ${stage.listed(answer.executed.withdraw)}, activates ${stage.listed(answer.executed.activate)}`,
    );
    const issued = await stage.moment();
    await desk.apply(answer.updates);
    await stage.sendReceipt(desk);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['update issued', issued],
      ['receipt', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.equal('one update, one step of the counter', [answer.updates.length, (await desk.content()).counter], [1, 2]);
    stage.moved('Render is on its way back, Viewer 1 on its way in', before, issued, {
      Render: 'returned-without-receipt',
      'Viewer 1': 'collected-without-receipt',
    });
    stage.moved('the receipt settles both', issued, after, { Render: 'withdrawn', 'Viewer 1': 'confirmed-collected' });
    stage.check('Render is off the ticket', !(await stage.onTicket()).includes('Render'), await stage.onTicket());
  },
};
