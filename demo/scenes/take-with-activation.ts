import type { Scene } from '../scene.ts';

export const takeWithActivation: Scene = {
  title: 'The next activation of another license withdraws it',
  why: 'The customer only wants a viewer. The update that activates the viewer also withdraws Render. The customer can neither prevent nor skip this.',
  quote:
    'Whatever happens, that license will be withdrawn as soon as the CmContainer is reprogrammed – irrespective of whether an auto-update is executed or another license is activated or deactivated.',

  async play(stage) {
    const { page, desk } = stage;
    const before = await stage.moment();
    const answer = await stage.reprogram(desk, { activate: ['Viewer 1'] });
    page.action(
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
    stage.equal(
      'one update was issued, and the counter rose by one',
      [answer.updates.length, (await desk.content()).counter],
      [1, 2],
    );
    stage.moved('until the receipt comes, Render is returned and Viewer 1 collected', before, issued, {
      Render: 'returned-without-receipt',
      'Viewer 1': 'collected-without-receipt',
    });
    stage.moved('the receipt confirms both', issued, after, { Render: 'withdrawn', 'Viewer 1': 'confirmed-collected' });
    stage.check(
      'the ticket no longer shows Render',
      !(await stage.onTicket()).includes('Render'),
      await stage.onTicket(),
    );
  },
};
